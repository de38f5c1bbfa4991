import { expect, test } from 'vitest';
import { keepStored } from '../../../src/element/claims.js';
import { createNames } from '../../../src/element/object-keys.js';
import type { CollectedFile, UnfinishedUpload, UploaderOptions } from '../../../src/index.js';
import { makeFile } from '../../helpers/make-file.js';

const rules = { keyPrefix: 'p/', uniqueKeys: false, multiple: true, directory: false };
const options = { forUploader: () => ({ bucket: 'keys-test' }) as UploaderOptions, forUpload: () => ({}) };
const older = makeFile(2_000, { seed: 1, name: 'photo.jpg', lastModified: 1_600_000_000_000 });
const newer = makeFile(1_000, { seed: 2, name: 'photo.jpg', lastModified: 1_700_000_000_000 });

const found = (file: File): CollectedFile => ({ file, path: 'photo.jpg' });
/** Names of one element, with its own prefix in each test: claims are the page's. */
const namesBelow = (keyPrefix: string, other: Partial<typeof rules> = {}, forUpload = {}, shown: string[] = []) =>
  createNames({ ...rules, keyPrefix, ...other }, { ...options, forUpload: () => forUpload }, { isForeign: () => false, keys: () => shown });

test('a file doesn’t get the key under which an upload of another file is unfinished; that file gets it again', () => {
  const { name, size, lastModified, type } = older;
  const left = { key: 'p/photo.jpg', scope: undefined, file: { name, size, lastModified, type } } as UnfinishedUpload;
  const names = namesBelow('p/');
  const first = names.forFile({ file: newer, path: 'photo.jpg' }, [left]);
  expect(first.options.key).toBe('p/photo (2).jpg');
  first.release(true);
  expect(names.forFile({ file: older, path: 'photo.jpg' }, [left]).options.key).toBe('p/photo.jpg');
});

test('an unfinished upload with another prefix, which may still be listed, isn’t resumed', () => {
  const { name, size, lastModified, type } = older;
  const left = { key: 'user-1/photo.jpg', scope: undefined, file: { name, size, lastModified, type } } as UnfinishedUpload;
  expect(namesBelow('user-2/').forFile(found(older), [left]).options.key).toBe('user-2/photo.jpg');
});

test('one file in two elements has one key, which is free when both have released it, in any order', () => {
  for (const [prefix, first, second] of [['ab/', 0, 1] as const, ['ba/', 1, 0] as const]) {
    const names = [namesBelow(prefix), namesBelow(prefix)];
    const claims = names.map((one) => one.forFile(found(older), []));
    expect(claims.map((one) => one.options.key)).toEqual([`${prefix}photo.jpg`, `${prefix}photo.jpg`]);
    claims[first]!.release(false);
    const other = names[second]!.forFile(found(newer), []);
    expect(other.options.key).toBe(`${prefix}photo (2).jpg`);
    other.release(false);
    claims[second]!.release(false);
    expect(names[second]!.forFile(found(newer), []).options.key).toBe(`${prefix}photo.jpg`);
  }
});

test('a stored file keeps its key when the same file is selected again and cancelled', () => {
  const names = namesBelow('again/');
  names.forFile(found(older), []).release(true);
  const again = names.forFile(found(older), []);
  expect(again.options.key).toBe('again/photo.jpg');
  again.release(false);
  expect(names.forFile(found(newer), []).options.key).toBe('again/photo (2).jpg');
});

test('the key of a file that was stored before is for no other file, unless files replace each other or the application makes the key', () => {
  keepStored('before/photo.jpg');
  expect(namesBelow('before/').forFile(found(newer), []).options.key).toBe('before/photo (2).jpg');
  expect(namesBelow('before/', { multiple: false, directory: true }).forFile(found(older), []).options.key).toBe('before/photo (3).jpg');
  expect(namesBelow('before/', { multiple: false }, {}, ['before/photo.jpg']).forFile(found(newer), []).options.key).toBe(
    'before/photo.jpg',
  );
  expect(namesBelow('', {}, { key: 'before/photo.jpg' }).forFile(found(newer), []).options.key).toBe('before/photo.jpg');
});

test('one file replaces only what its own element shows, not what another element has stored', () => {
  keepStored('field/photo.jpg');
  expect(namesBelow('field/', { multiple: false }).forFile(found(newer), []).options.key).toBe('field/photo (2).jpg');
});

test('an unfinished upload that is resumed has its key, also where a file was stored under it before: no other file gets it', () => {
  keepStored('resumed.jpg');
  const { name, size, lastModified, type } = older;
  const left = { key: 'resumed.jpg', scope: undefined, file: { name, size, lastModified, type } } as UnfinishedUpload;
  const names = namesBelow('', {}, { key: 'resumed.jpg' });
  expect(names.forUnfinished(found(older), left).options.key).toBe('resumed.jpg');
  expect(names.forFile(found(newer), []).options.key).toBe('resumed (2).jpg');
});
