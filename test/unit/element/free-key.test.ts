import { describe, expect, it } from 'vitest';
import { freeKey, isVariantOf } from '../../../src/element/free-key.js';

const next = (key: string, ...taken: string[]): string => freeKey(key, (candidate) => !taken.includes(candidate));

describe('freeKey', () => {
  it('returns a free key unchanged', () => {
    expect(next('a/photo.jpg', 'photo.jpg', 'a/photo.png')).toBe('a/photo.jpg');
  });

  it.each([
    ['a/photo.jpg', 'a/photo (2).jpg'],
    ['photo', 'photo (2)'],
    ['v1.2/photo', 'v1.2/photo (2)'],
    ['a/.env', 'a/.env (2)'],
    ['.env', '.env (2)'],
    ['a.tar.gz', 'a.tar (2).gz'],
    ['photo (2).jpg', 'photo (2) (2).jpg'],
    ['name.', 'name (2).'],
    ['照片.jpg', '照片 (2).jpg'],
  ])('numbers %s as %s', (key, numbered) => {
    expect(next(key, key)).toBe(numbered);
    expect(isVariantOf(numbered, key)).toBe(true);
  });

  it('counts up to the first free key', () => {
    expect(next('a.txt', 'a.txt', 'a (2).txt', 'a (3).txt', 'a (5).txt')).toBe('a (4).txt');
  });
});

describe('isVariantOf', () => {
  it.each([
    ['a.txt', 'a.txt'],
    ['a (12).txt', 'a.txt'],
  ])('%s is a variant of %s', (key, base) => {
    expect(isVariantOf(key, base)).toBe(true);
  });

  it.each([
    ['a (2).txt', 'a.png'],
    ['b/a.txt', 'a.txt'],
    ['a (x).txt', 'a.txt'],
    ['a (2)/a.txt', 'a.txt'],
    ['', 'a.txt'],
  ])('%s is no variant of %s', (key, base) => {
    expect(isVariantOf(key, base)).toBe(false);
  });
});
