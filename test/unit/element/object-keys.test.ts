import { expect, test } from 'vitest';
import { createNames } from '../../../src/element/object-keys.js';
import type { UnfinishedUpload, UploaderOptions } from '../../../src/index.js';
import { makeFile } from '../../helpers/make-file.js';

const rules = { keyPrefix: 'p/', uniqueKeys: false, multiple: true, directory: false };
const options = { forUploader: () => ({ bucket: 'keys-test' }) as UploaderOptions, forUpload: () => ({}) };
const older = makeFile(2_000, { seed: 1, name: 'photo.jpg', lastModified: 1_600_000_000_000 });
const newer = makeFile(1_000, { seed: 2, name: 'photo.jpg', lastModified: 1_700_000_000_000 });

test('a file doesn’t get the key under which an upload of another file is unfinished; that file gets it again', () => {
  const { name, size, lastModified, type } = older;
  const left = { key: 'p/photo.jpg', scope: undefined, file: { name, size, lastModified, type } } as UnfinishedUpload;
  const names = createNames(rules, options, () => false);
  const first = names.forFile({ file: newer, path: 'photo.jpg' }, [left]);
  expect(first.options.key).toBe('p/photo (2).jpg');
  first.release(true);
  expect(names.forFile({ file: older, path: 'photo.jpg' }, [left]).options.key).toBe('p/photo.jpg');
});
