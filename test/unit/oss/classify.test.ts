import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  CallbackError,
  CheckpointError,
  CorsError,
  CredentialsError,
  FileChangedError,
  FileUnreadableError,
  IntegrityError,
  NetworkError,
  OssError,
  UploadError,
} from '../../../src/errors.js';
import { type Action, classify } from '../../../src/oss/classify.js';

interface ErrorRow {
  code: string;
  status: number;
  operation: string;
  message: string;
  extra: Record<string, string>;
  clientAction: 'retry' | 'refresh-credentials' | 'fix-clock' | 'restart-upload' | 'skip-part' | 'inspect' | 'stored' | 'fatal';
}

const { errors } = JSON.parse(readFileSync(new URL('../../vectors/errors.json', import.meta.url), 'utf8')) as { errors: ErrorRow[] };

/** What the table calls it, and what we do. */
const ACTIONS: Record<ErrorRow['clientAction'], Action> = {
  retry: 'retry',
  'refresh-credentials': 'refresh',
  'fix-clock': 'adjust-clock',
  'restart-upload': 'restart',
  fatal: 'fail',
  // Only sequential uploads meet it, and we begin none.
  'skip-part': 'fail',
  inspect: 'fail',
  // A 2xx never comes here as a failure: it is read as the object's, and told by a CallbackError.
  stored: 'fail',
};

/** Rows where the operation, not the error, decides. */
function actionFor({ code, operation, clientAction }: ErrorRow): Action {
  // No repetition helps; Complete looks at the object first, and Abort takes it for success: see multipart.ts and client.ts.
  if (code === 'NoSuchUpload') return 'restart';
  // The reply can't be told from other AccessDenied, and we send no presigned requests.
  if (code === 'AccessDenied' && operation === 'presigned') return 'fail';
  return ACTIONS[clientAction];
}

function ossError({ status, code, extra = {} }: Pick<ErrorRow, 'status' | 'code'> & { extra?: Record<string, string> }): OssError {
  const serverTime = extra['ServerTime'] ? Date.parse(extra['ServerTime']) : undefined;
  return new OssError(code, 'message', { status, operation: 'UploadPart', serverTime });
}

test('the table has all 57 rows', () => {
  expect(errors).toHaveLength(57);
});

describe('what OSS answers', () => {
  for (const row of errors) {
    test(`${row.status} ${row.code} to ${row.operation} (${row.clientAction}): ${actionFor(row)}. ${row.message.slice(0, 50)}`, () => {
      expect(classify(ossError(row), true)).toBe(actionFor(row));
      // An answer arrived: whether the platform believes in a network changes nothing.
      expect(classify(ossError(row), false)).toBe(actionFor(row));
    });
  }

  test.each<[number, string, Action]>([
    [408, 'HTTP408', 'retry'],
    [429, 'HTTP429', 'retry'],
    [500, 'HTTP500', 'retry'],
    [502, 'HTTP502', 'retry'],
    [503, 'HTTP503', 'retry'],
    [504, 'HTTP504', 'retry'],
    [501, 'NotImplemented', 'fail'],
    [400, 'HTTP400', 'fail'],
    [401, 'HTTP401', 'fail'],
    [403, 'HTTP403', 'fail'],
    [404, 'HTTP404', 'fail'],
    [413, 'HTTP413', 'fail'],
  ])('%i of something between (%s): %s', (status, code, action) => {
    expect(classify(ossError({ status, code }), true)).toBe(action);
  });

  test("doesn't try to correct the clock when the answer tells no time", () => {
    expect(classify(ossError({ status: 403, code: 'RequestTimeTooSkewed' }), true)).toBe('fail');
  });
});

describe('when no answer arrives', () => {
  test.each(['NetworkError', 'Stalled', 'UnreadableAnswer'])('%s: retry, and while offline wait without spending an attempt', (code) => {
    expect(classify(new NetworkError(code, 'message'), true)).toBe('retry');
    expect(classify(new NetworkError(code, 'message'), false)).toBe('wait-online');
  });
});

describe('what no repetition cures', () => {
  test.each([
    new DOMException('paused', 'AbortError'),
    Object.assign(new Error('aborted in another realm'), { name: 'AbortError' }),
    new DOMException('stopped', 'TimeoutError'),
    new TypeError('a bug'),
    new Error('unknown'),
    new UploadError('InvalidKey', 'message'),
    new CorsError('EtagNotExposed', 'message'),
    new CredentialsError('InvalidCredentials', 'message'),
    new IntegrityError('PartMismatch', 'message'),
    new FileChangedError('FileChanged', 'message'),
    new FileUnreadableError('FileUnreadable', 'message'),
    new CheckpointError('Checkpoint', 'message'),
    new CallbackError('message', {}, {}),
  ])('%s', (error) => {
    expect([classify(error, true), classify(error, false)]).toEqual(['fail', 'fail']);
  });

  test.each([undefined, null, 'text', 42])('%j thrown', (thrown) => {
    expect(classify(thrown, true)).toBe('fail');
  });
});

test('an error of ours is not taken for OSS’s because of its code', () => {
  for (const code of ['SecurityTokenExpired', 'NoSuchUpload', 'RequestTimeout'])
    expect(classify(new UploadError(code, 'message'), true)).toBe('fail');
});
