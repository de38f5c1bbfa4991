import { describe, expect, it } from 'vitest';
import { pastedName } from '../../../src/element/intake.js';

describe('pastedName', () => {
  const time = new Date(2026, 10, 6, 7, 8, 9);

  it.each([
    ['image.png', 'image-2026-11-06-070809.png'],
    ['Image.JPEG', 'image-2026-11-06-070809.JPEG'],
    ['image', 'image-2026-11-06-070809'],
    ['', 'image-2026-11-06-070809'],
  ])('renames %j to %s', (path, name) => {
    expect(pastedName(path, time)).toBe(name);
  });

  it.each([['holiday.png'], ['image (2).png'], ['album/image.png'], ['.png'], ['images.png']])('keeps the name %s', (path) => {
    expect(pastedName(path, time)).toBe(path);
  });
});
