import { describe, expect, test } from 'vitest';
import { fileError, isReadFailure } from '../../../src/core/file-errors.js';
import { FileChangedError, FileUnreadableError } from '../../../src/errors.js';

describe('a file that can’t be read', () => {
  const failure = (name: string): DOMException => new DOMException('The file could not be read', name);

  test.each(['NotReadableError', 'NotFoundError', 'SecurityError'])('%s is recognised', (name) => {
    expect(isReadFailure(failure(name))).toBe(true);
  });

  test.each([undefined, null, new TypeError('a bug'), failure('AbortError')])('%s is something else', (error) => {
    expect(isReadFailure(error)).toBe(false);
  });

  test('changed: says which, and that the same content can be resumed', () => {
    const cause = failure('NotReadableError');
    const error = fileError(cause, { key: 'dir/a.bin', partNumber: 2 });
    expect(error).toBeInstanceOf(FileChangedError);
    expect(error).toMatchObject({ code: 'FileChanged', key: 'dir/a.bin', partNumber: 2, cause, resumable: true });
    expect(error.message).toMatch(/"dir\/a\.bin" was modified, .* Select it again/);
  });

  test('gone: says so, and what to do', () => {
    const error = fileError(failure('NotFoundError'), {});
    expect(error).toBeInstanceOf(FileUnreadableError);
    expect(error).toMatchObject({ code: 'FileUnreadable', resumable: true });
    expect(error.message).toMatch(/^The file can't be read: it was deleted or moved.* Select it again to resume/);
  });
});
