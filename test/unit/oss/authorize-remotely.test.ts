import { describe, expect, test } from 'vitest';
import { CredentialsError } from '../../../src/errors.js';
import type { RequestSignature, RequestToSign } from '../../../src/options/signer-types.js';
import type { Authorization } from '../../../src/oss/authorize.js';
import { createRemoteAuthorizer } from '../../../src/oss/authorize-remotely.js';
import type { Operation } from '../../../src/oss/operation.js';
import { createServiceClock } from '../../../src/oss/service-clock.js';
import type { Waits } from '../../../src/oss/waits.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { settle } from '../../helpers/turns.js';

const MINUTE = 60_000;

/** Signs with the number of the call, which the test may answer otherwise. */
function setup({
  parallel = 2,
  answer,
}: {
  parallel?: number;
  answer?: (call: number, requests: readonly RequestToSign[]) => unknown;
} = {}) {
  const clock = new ManualClock();
  const serviceClock = createServiceClock(clock);
  const calls: string[][] = [];
  const waited: (string | undefined)[] = [];
  const authorizer = createRemoteAuthorizer(
    async (requests) => {
      calls.push(requests.map(({ operation, key, query }) => `${operation} ${query['partNumber'] ?? key}`));
      const signed = requests.map((): RequestSignature => ({ headers: { Authorization: `call ${calls.length}` } }));
      return ((await answer?.(calls.length, requests)) as RequestSignature[] | undefined) ?? signed;
    },
    undefined,
    parallel,
    clock,
    serviceClock,
  );
  const authorize = (operation: Operation<unknown>, signal = new AbortController().signal): Promise<Authorization> => {
    const waits: Waits = {
      signal,
      show: (reason, error) => void waited.push(`${reason}: ${error?.code}`),
      end: () => {},
      takeReason: () => undefined,
    };
    return authorizer.authorize(operation, waits);
  };
  return { clock, serviceClock, calls, waited, authorize };
}

/** Part `number` of ten. */
function part(number: number): Operation<unknown> {
  const single = (each: number): Operation<unknown> => ({
    operation: 'UploadPart',
    method: 'PUT',
    key: 'a.bin',
    query: { partNumber: String(each), uploadId: 'U' },
    size: 7,
    read: () => undefined,
  });
  const ahead = (count: number): Operation<unknown>[] =>
    Array.from({ length: Math.min(count, 10 - number) }, (_, index) => single(number + 1 + index));
  return { ...single(number), ahead };
}

const put = (key: string): Operation<unknown> => ({
  operation: 'PutObject',
  method: 'PUT',
  key,
  query: {},
  headers: { 'Content-Type': 'text/plain' },
  size: 5,
  read: () => undefined,
});

describe('a request', () => {
  test('is shown to the signer as it will be sent, and gets its headers in lower case', async () => {
    let seen: readonly RequestToSign[] = [];
    const { authorize } = setup({
      answer: (_, requests) => {
        seen = requests;
        return [{ headers: { Authorization: 'signed', 'X-Oss-Date': '20300101T000000Z', Host: 'b.example.com', 'Content-Length': '5' } }];
      },
    });
    const { headers } = await authorize(put('a.txt'));
    expect(seen).toEqual([
      {
        operation: 'PutObject',
        method: 'PUT',
        key: 'a.txt',
        query: {},
        headers: { 'content-type': 'text/plain' },
        size: 5,
        parts: undefined,
      },
    ]);
    expect(headers).toEqual({ 'content-type': 'text/plain', authorization: 'signed', 'x-oss-date': '20300101T000000Z' });
  });

  test('may get a presigned URL, whose secrets no message contains', async () => {
    const url = 'https://b.example.com/a.txt?x-oss-security-token=to%2Bken&x-oss-signature=abc&x-oss-date=20300101T000000Z';
    const { authorize } = setup({ answer: () => [{ url }] });
    const authorization = await authorize(put('a.txt'));
    expect(authorization.url).toBe(url);
    expect(authorization.secrets).toEqual(expect.arrayContaining(['to+ken', 'abc']));
  });

  test('goes along with the others of the same turn', async () => {
    const { authorize, calls } = setup();
    await Promise.all([authorize(put('a')), authorize(put('b')), authorize(put('c'))]);
    expect(calls).toEqual([['PutObject a', 'PutObject b', 'PutObject c']]);
  });

  test('uses its signature again when it is repeated, so that a key chosen by the server stays', async () => {
    const { authorize, calls } = setup({ answer: (call) => [{ headers: { authorization: 'x' }, key: `chosen-${call}` }] });
    const operation = put('a');
    expect([(await authorize(operation)).key, (await authorize(operation)).key]).toEqual(['chosen-1', 'chosen-1']);
    expect(calls).toHaveLength(1);
  });

  test('asks anew after twelve minutes, after a refusal, and where the clock was set back', async () => {
    const { authorize, calls, clock } = setup();
    const operation = put('a');
    await authorize(operation);
    clock.pass(12 * MINUTE);
    const second = await authorize(operation);
    expect(calls).toHaveLength(2);
    second.refuseCredentials();
    await authorize(operation);
    expect(calls).toHaveLength(3);
    clock.time -= 60 * MINUTE;
    await authorize(operation);
    expect(calls).toHaveLength(4);
  });

  test('asks anew once four fifths of the life of a URL are over', async () => {
    const { authorize, calls, clock } = setup({ answer: () => [{ url: 'https://b.example.com/a?x-oss-expires=60' }] });
    const operation = put('a');
    await authorize(operation);
    clock.pass(47_000);
    await authorize(operation);
    expect(calls).toHaveLength(1);
    clock.pass(2_000);
    await authorize(operation);
    expect(calls).toHaveLength(2);
  });
});

describe('parts', () => {
  test('are signed ahead, twice as many at a time as are sent at a time', async () => {
    const { authorize, calls } = setup();
    for (let number = 1; number <= 10; number += 1) await authorize(part(number));
    expect(calls).toEqual([
      ['UploadPart 1', 'UploadPart 2', 'UploadPart 3', 'UploadPart 4', 'UploadPart 5', 'UploadPart 6', 'UploadPart 7'],
      ['UploadPart 8', 'UploadPart 9', 'UploadPart 10'],
    ]);
  });

  test('that were signed by keys which OSS refuses are all signed anew', async () => {
    const { authorize, calls } = setup();
    (await authorize(part(1))).refuseCredentials();
    await authorize(part(2));
    expect(calls[1]).toContain('UploadPart 2');
  });

  test('signed ahead too early are signed anew', async () => {
    const { authorize, calls, clock } = setup();
    await authorize(part(1));
    clock.pass(13 * MINUTE);
    await authorize(part(2));
    expect(calls[1]).toContain('UploadPart 2');
  });
});

describe('a signer', () => {
  test('that refuses one request fails that one only', async () => {
    const refusal = new CredentialsError('SignerRefused', 'no');
    const { authorize } = setup({
      answer: (_, requests) => {
        if (requests.some(({ key }) => key === 'foreign')) throw refusal;
      },
    });
    const outcomes = await Promise.allSettled([authorize(put('mine')), authorize(put('foreign')), authorize(put('also-mine'))]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBe(refusal);
  });

  test('that fails is called again, while the upload waits for credentials', async () => {
    const { authorize, clock, waited, calls } = setup({
      answer: (call) => {
        if (call < 3) throw new Error('503');
      },
    });
    const authorizing = authorize(put('a'));
    await settle();
    expect(waited).toEqual(['credentials: ProviderFailed']);
    for (let turn = 0; turn < 4; turn += 1) {
      clock.pass(2_000);
      await settle();
    }
    await authorizing;
    expect(calls).toHaveLength(3);
  });

  test.each([
    ['nothing', undefined as unknown],
    ['fewer signatures than requests', []],
    ['a signature that is none', [{}]],
    ['a URL that is none', [{ url: '/a' }]],
    ['a header that no header can carry', [{ headers: { authorization: 'a\nb' } }]],
    ['a key that is none', [{ headers: {}, key: '' }]],
  ])('that returns %s at first fails, in words', async (name, answer) => {
    const { authorize } = setup({ answer: () => (name === 'nothing' ? 'nothing' : answer) });
    await expect(authorize(put('a'))).rejects.toMatchObject({
      code: 'InvalidSignatures',
      message: expect.stringContaining('`signer` must return 1'),
    });
  });

  test('that an ended upload had asked does not fail another that asked with it', async () => {
    const { authorize } = setup();
    const ending = new AbortController();
    const ended = authorize(put('a'), ending.signal);
    const other = authorize(put('b'));
    ending.abort(new Error('ended'));
    await expect(ended).rejects.toThrow('ended');
    await expect(other).resolves.toBeDefined();
  });

  test('shows a wrong clock by the date of its signatures', async () => {
    const { authorize, serviceClock, clock } = setup({ answer: () => [{ headers: { 'x-oss-date': '20360102T030405Z' } }] });
    expect(serviceClock.now()).toBe(clock.time);
    await authorize(put('a'));
    expect(serviceClock.now()).toBe(Date.UTC(2036, 0, 2, 3, 4, 5));
  });

  test('with about the same time changes nothing', async () => {
    const { authorize, serviceClock, clock } = setup({
      answer: () => [{ headers: { 'x-oss-date': new Date(clock.time + 14 * MINUTE).toISOString().replace(/[-:]|\.\d+/g, '') } }],
    });
    await authorize(put('a'));
    expect(serviceClock.now()).toBe(clock.time);
  });
});

describe('a batch with a request that is refused', () => {
  const isBad = (requests: readonly RequestToSign[]): boolean => requests.some(({ key }) => key === 'bad');
  const names = [...Array.from({ length: 63 }, (_, index) => `good ${index}`), 'bad'];

  test('is halved until that one is alone: a few calls more', async () => {
    const { calls, authorize } = setup({
      answer: (_, requests) => (isBad(requests) ? Promise.reject(new CredentialsError('SignerRefused', 'no')) : undefined),
    });
    const outcomes = await Promise.allSettled(names.map((name) => authorize(put(name))));
    expect(outcomes.map(({ status }) => status)).toEqual([...Array(63).fill('fulfilled'), 'rejected']);
    // 64, and two halves for each of six divisions.
    expect(calls).toHaveLength(13);
  });

  test('is halved as well where the server fails at that one: the others don’t wait', async () => {
    const { clock, calls, authorize } = setup({
      answer: (_, requests) => (isBad(requests) ? Promise.reject(new Error('database')) : undefined),
    });
    const settled: string[] = [];
    for (const name of ['bad', 'good']) void authorize(put(name)).then(() => settled.push(name));
    for (let second = 0; second < 10; second += 1) {
      clock.pass(1_000);
      await settle();
    }
    expect(settled).toEqual(['good']);
    expect(calls.filter((keys) => keys.length === 2)).toHaveLength(3);
  });
});

test('a list of uploads is asked for three times at most: the upload succeeds without it', async () => {
  const { clock, calls, authorize } = setup({ answer: () => Promise.reject(new Error('not here')) });
  const failure = authorize({ ...put(''), operation: 'ListMultipartUploads', method: 'GET' }).catch((error: unknown) => error);
  for (let second = 0; second < 10; second += 1) {
    clock.pass(1_000);
    await settle();
  }
  expect(await failure).toMatchObject({ code: 'ProviderFailed' });
  expect(calls).toHaveLength(3);
});
