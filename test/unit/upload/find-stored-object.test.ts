import { describe, expect, test } from 'vitest';
import { NetworkError, OssError, type UploadError } from '../../../src/errors.js';
import { unconfirmed } from '../../../src/upload/find-stored-object.js';

const ossError = new OssError('AccessDenied', 'message', { status: 403, operation: 'PutObject', key: 'k' });

describe('unconfirmed', () => {
  test('turns a refused HEAD into an error that names the permission', () => {
    const error = unconfirmed(ossError, 'dir/a.bin') as UploadError;
    expect(error).toMatchObject({ code: 'Unconfirmed', key: 'dir/a.bin', cause: ossError });
    expect(error.message).toMatch(/"dir\/a\.bin".*can't be confirmed.*AccessDenied.*oss:GetObject/);
  });

  test('returns any other failure of HEAD as it is', () => {
    const other = new NetworkError('NetworkError', 'message');
    expect(unconfirmed(other, 'k')).toBe(other);
  });
});
