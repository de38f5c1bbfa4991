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
import { type Action, classify, createRetryBudget, type Decision } from '../../../src/oss/retry.js';

const LIMITS = { limit: 2, networkLimit: 4, baseDelay: 100, maxDelay: 1_000 };
const silence = new NetworkError('NetworkError', 'm');
const stall = new NetworkError('Stalled', 'm');
const unreadable = new NetworkError('UnreadableAnswer', 'm');
const refusal = (code: string, status = 403, more: { serverTime?: number; retryAfter?: number } = {}): OssError =>
  new OssError(code, 'm', { status, operation: 'O', ...more });
const busy = refusal('ServiceUnavailable', 503);
const expired = refusal('SecurityTokenExpired');
const skewed = refusal('RequestTimeTooSkewed', 403, { serverTime: 1 });

/** What is decided about these errors, one after the other. */
function decide(
  errors: Error[],
  { unreadableLimit, random = 1 }: { unreadableLimit?: number; random?: number } = {},
): Decision['action'][] {
  const budget = createRetryBudget(LIMITS, unreadableLimit, () => random);
  return errors.map((error) => budget.spend(error, true).action);
}

const times = <T>(count: number, value: T): T[] => Array(count).fill(value);

describe('each kind of trouble has its own budget', () => {
  test.each([
    ['silence', silence, 4],
    ['a stall, which is silence', stall, 4],
    ['an answer that is not OSS’s', unreadable, 4],
    ['a busy service', busy, 2],
  ] as const)('%s is repeated as often as its budget allows, and then final', (_, error, limit) => {
    expect(decide(times(limit + 2, error))).toEqual([...times(limit, 'repeat'), 'fail', 'fail']);
  });

  test('credentials are renewed three times, the clock is set twice', () => {
    expect(decide(times(4, expired))).toEqual([...times(3, 'refresh'), 'fail']);
    expect(decide(times(3, skewed))).toEqual([...times(2, 'adjust-clock'), 'fail']);
  });

  test('a 503 after an outage has its full budget, and the outage after it another one', () => {
    expect(decide([...times(4, silence), busy, busy])).not.toContain('fail');
    expect(decide([...times(4, silence), busy, ...times(4, silence), busy, silence])).not.toContain('fail');
  });

  test('silence and a service that is busy in turn end: only one of the two budgets begins anew', () => {
    const turns = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? silence : busy));
    expect(decide(turns).indexOf('fail')).toBe(5);
  });

  test('a portal’s answer doesn’t renew the budget of silence', () => {
    expect(decide([...times(4, silence), unreadable, silence])).toEqual([...times(5, 'repeat'), 'fail']);
  });

  test('renewed credentials cost nothing of the others', () => {
    expect(decide([expired, expired, expired, busy, busy, ...times(4, silence)])).not.toContain('fail');
  });

  test('an Initiate whose answer can’t be read is repeated twice: each may leave an upload behind', () => {
    expect(decide(times(3, unreadable), { unreadableLimit: 2 })).toEqual(['repeat', 'repeat', 'fail']);
  });
});

describe('delays', () => {
  const delays = (errors: Error[], random: number): number[] => {
    const budget = createRetryBudget({ ...LIMITS, limit: 10, networkLimit: 10 }, undefined, () => random);
    return errors.map((error) => {
      const decision = budget.spend(error, true);
      return decision.action === 'repeat' ? decision.delay : Number.NaN;
    });
  };

  test('double up to the longest, with full jitter', () => {
    expect(delays(times(6, busy), 1)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(delays(times(3, busy), 0.5)).toEqual([50, 100, 200]);
    expect(delays(times(3, busy), 0)).toEqual([0, 0, 0]);
  });

  test('begin small again after an answer', () => {
    expect(delays([silence, silence, silence, busy, silence], 1)).toEqual([100, 200, 400, 100, 100]);
  });

  test.each([
    [7_000, 7_000],
    [0, 0],
    [86_400_000, 300_000],
  ])('that the service asks for (%i ms) are kept, up to five minutes', (retryAfter, delay) => {
    expect(delays([refusal('ServiceUnavailable', 503, { retryAfter })], 1)).toEqual([delay]);
  });

  test('are shown from the second repetition on, or when they are long; for what they are', () => {
    const shown = (errors: Error[], baseDelay: number): unknown[] => {
      const budget = createRetryBudget({ ...LIMITS, baseDelay, maxDelay: 5_000 }, undefined, () => 1);
      return errors.map((error) => (budget.spend(error, true) as { wait: unknown }).wait);
    };
    expect(shown([silence, silence], 999)).toEqual([undefined, 'network']);
    expect(shown([silence], 1_000)).toEqual(['network']);
    expect(shown([busy], 1_000)).toEqual(['service']);
    expect(shown([unreadable], 1_000)).toEqual(['network']);
  });
});

test('offline, silence waits for the network and spends nothing', () => {
  const budget = createRetryBudget(LIMITS);
  for (let attempt = 0; attempt < 100; attempt += 1) expect(budget.spend(silence, false)).toEqual({ action: 'wait-online' });
  expect(budget.spend(silence, true).action).toBe('repeat');
});

test.each([
  [refusal('AccessDenied'), 'fail'],
  [refusal('NoSuchUpload', 404), 'fail'],
  [new Error('m'), 'fail'],
  [refusal('PublicEndpointForbidden', 400), 'leave-endpoint'],
])('%s: %s', (error, action) => {
  expect(createRetryBudget(LIMITS).spend(error, true)).toEqual({ action });
});

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
  // No repetition of the request helps: what opened the upload looks at the object, or begins another upload.
  'restart-upload': 'fail',
  fatal: 'fail',
  // Only sequential uploads meet it, and we begin none.
  'skip-part': 'fail',
  inspect: 'fail',
  // A 2xx is never a failure here: the object is stored, and a CallbackError reports it.
  stored: 'fail',
};

/** Rows where the operation, not the error, decides. */
function actionFor({ code, operation, clientAction }: ErrorRow): Action {
  // Complete looks at the object first, and Abort takes it for success: see upload-in-parts.ts and client.ts.
  if (code === 'NoSuchUpload') return 'fail';
  // A URL that has expired, which only a signer can have given: it is dropped with the signatures of its time.
  if (code === 'AccessDenied' && operation === 'presigned') return 'adjust-clock';
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
