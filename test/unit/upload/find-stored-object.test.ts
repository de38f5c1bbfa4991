import { describe, expect, test } from 'vitest';
import { NetworkError, OssError, type UploadError } from '../../../src/errors.js';
import { unconfirmed } from '../../../src/upload/find-stored-object.js';

const ossError = new OssError('AccessDenied', 'message', { status: 403, operation: 'PutObject', key: 'k' });

describe('an answer to Complete that was lost', () => {
  test('and a HEAD that was refused: names the permission that would tell', () => {
    const error = unconfirmed(ossError, 'dir/a.bin') as UploadError;
    expect(error).toMatchObject({ code: 'Unconfirmed', key: 'dir/a.bin', cause: ossError });
    expect(error.message).toMatch(/"dir\/a\.bin".*can't be confirmed.*AccessDenied.*oss:GetObject/);
  });

  test('other failures to look are left as they are', () => {
    const other = new NetworkError('NetworkError', 'message');
    expect(unconfirmed(other, 'k')).toBe(other);
  });
});
