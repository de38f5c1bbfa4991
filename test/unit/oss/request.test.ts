import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CorsError, CredentialsError, NetworkError, OssError } from '../../../src/errors.js';
import { normalizeOptions } from '../../../src/options/normalize.js';
import type { RetryOptions, UploaderConfig } from '../../../src/options/types.js';
import { createAuthorizer } from '../../../src/oss/authorize.js';
import { createServiceClock } from '../../../src/oss/service-clock.js';
import type { CredentialsCache } from '../../../src/oss/credentials.js';
import type { Keys } from '../../../src/oss/parse-credentials.js';
import type { Operation, Reply, RequestContext } from '../../../src/oss/operation.js';
import { createRequester } from '../../../src/oss/request.js';
import type { Signer } from '../../../src/oss/sign.js';
import type { Transport, TransportInit } from '../../../src/oss/xhr-fetch.js';
import type { Network } from '../../../src/ports.js';
import { ManualClock, START } from '../../helpers/manual-clock.js';

type Answer = (url: string, init: TransportInit) => Response | Promise<Response>;

const ok: Answer = () => new Response('fine');
const refuse =
  (status: number, code: string, headers: Record<string, string> = {}, extra = ''): Answer =>
  () =>
    new Response(`<Error><Code>${code}</Code><Message>Said</Message>${extra}</Error>`, { status, headers });
const busy = refuse(503, 'ServiceUnavailable');
const silence: Answer = () => Promise.reject(new TypeError('Failed to fetch'));

/** A requester over a scripted transport: the answers in order, the last one repeatedly. */
function setup({
  answers = [ok],
  retry = {},
  stallTimeout = 60_000,
  endpoints = ['https://oss-cn-hangzhou.aliyuncs.com'],
}: {
  answers?: Answer[];
  endpoints?: string[];
  retry?: RetryOptions;
  stallTimeout?: number;
} = {}) {
  const clock = new ManualClock();
  const listeners = new Set<(online: boolean) => void>();
  const connection: { isOnline: boolean; troubleWithKeys?: (onWait: (error?: CredentialsError) => void) => void } = { isOnline: true };
  const sent: { url: string; init: TransportInit }[] = [];
  const refused: Keys[] = [];
  const waits: string[] = [];
  const errors: unknown[] = [];
  let keyNumber = 1;
  const controller = new AbortController();
  const serviceClock = createServiceClock(clock);
  const signedAt: number[] = [];
  const config: UploaderConfig = {
    ...normalizeOptions({
      region: 'cn-hangzhou',
      bucket: 'examplebucket',
      credentials: { accessKeyId: 'STS.id', accessKeySecret: 'secret' },
      retry,
      stallTimeout,
    }),
    endpoints: endpoints.map((origin) => ({ origin, addressing: 'virtual-host' as const })) as unknown as UploaderConfig['endpoints'],
  };
  const network: Network = {
    isOnline: () => connection.isOnline,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const transport: Transport = async (url, init) => {
    sent.push({ url, init });
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) as Answer;
    return answer(url, init);
  };
  const signer: Signer = {
    sign: async ({ headers }, { accessKeyId }, time) => {
      signedAt.push(time);
      return { ...headers, Authorization: accessKeyId };
    },
    signText: async () => 'signature',
    credential: ({ accessKeyId }) => `${accessKeyId}/scope`,
  };
  const credentials: CredentialsCache = {
    get: async (_signal, onWait) => {
      connection.troubleWithKeys?.(onWait);
      return { accessKeyId: `id${keyNumber}`, accessKeySecret: 'the-secret', securityToken: 'the-token', expiration: undefined };
    },
    refuse(keys) {
      refused.push(keys);
      keyNumber += 1;
    },
  };
  const authorizer = createAuthorizer('examplebucket', signer, credentials, serviceClock);
  const requester = createRequester(config, transport, authorizer, network, clock);
  const context: RequestContext = {
    signal: controller.signal,
    onWait(reason, error?: unknown) {
      waits.push(reason);
      errors.push(error);
      let isOver = false;
      return () => {
        if (!isOver) waits.push(`${reason} over`);
        isOver = true;
      };
    },
  };
  const operation: Operation<Reply> = {
    operation: 'UploadPart',
    method: 'PUT',
    key: 'dir/a b.bin',
    partNumber: 3,
    query: { partNumber: '3', uploadId: 'U' },
    headers: { 'x-oss-a': 'b' },
    read: (reply) => reply,
  };
  /** Sends, and says how it came out. */
  const begin = (change: Partial<Operation<Reply>> = {}, more: Partial<RequestContext> = {}) => {
    const outcome: { reply?: Reply; error?: any; isOver: boolean } = { isOver: false };
    const done = requester.send({ ...operation, ...change }, { ...context, ...more }).then(
      (reply) => Object.assign(outcome, { reply, isOver: true }),
      (error: unknown) => Object.assign(outcome, { error, isOver: true }),
    );
    return { outcome, done };
  };
  return { requester, serviceClock, clock, connection, listeners, sent, refused, waits, errors, controller, signedAt, begin };
}

/** Bodies being read: Firefox does that on another thread, so how many tasks it takes is nobody's to say. */
const readings = new Set<Promise<unknown>>();

function watchReadings(prototype: Response | Blob, method: 'text' | 'arrayBuffer'): void {
  const read = prototype[method] as () => Promise<string & ArrayBuffer>;
  vi.spyOn(prototype, method).mockImplementation(function (this: Response | Blob) {
    const reading = read.call(this);
    readings.add(reading);
    const end = (): void => void readings.delete(reading);
    reading.then(end, end);
    return reading;
  });
}

/** Lets everything happen that waits for no timer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) {
    await vi.advanceTimersByTimeAsync(0);
    while (readings.size > 0) await Promise.allSettled(readings);
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    });
  }
}

/** Lets a request finish that waits only for moments. */
async function over({ outcome }: { outcome: { isOver: boolean } }): Promise<void> {
  for (let turn = 0; turn < 300 && !outcome.isOver; turn += 1) await pass(1);
}

async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.spyOn(Math, 'random').mockReturnValue(1);
  vi.stubGlobal('fetch', silence);
  watchReadings(Response.prototype, 'text');
  watchReadings(Blob.prototype, 'arrayBuffer');
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('one attempt', () => {
  test('is signed, carries the body as it is made at that moment, and reads the reply', async () => {
    const { begin, sent, controller, signedAt } = setup();
    const body = new Blob(['x']);
    const { outcome } = begin({ body: () => body });
    await settle();
    expect(sent[0]?.url).toBe('https://examplebucket.oss-cn-hangzhou.aliyuncs.com/dir/a%20b.bin?partNumber=3&uploadId=U');
    expect(sent[0]?.init).toMatchObject({
      method: 'PUT',
      headers: { 'x-oss-a': 'b', Authorization: 'id1' },
    });
    expect(sent[0]?.init.cache).toBeUndefined();
    controller.abort();
    expect(sent[0]?.init.signal.aborted).toBe(true);
    expect(sent[0]?.init.body).toBe(body);
    expect(outcome.reply).toMatchObject({ status: 200, body: 'fine', headers: expect.any(Headers) });
    expect(signedAt).toEqual([START]);
  });

  test('without a body sends none, and without headers none of its own', async () => {
    const { begin, sent } = setup();
    begin({ headers: undefined } as never);
    await settle();
    expect(sent[0]?.init).not.toHaveProperty('body');
    expect(sent[0]?.init.headers).toEqual({ Authorization: 'id1' });
  });

  test('of an operation that the service thinks long about may be silent longer', async () => {
    const { begin, clock } = setup({ answers: [() => new Promise(() => {})], stallTimeout: 1_000, retry: { limit: 0 } });
    const { outcome } = begin({ patience: 3 });
    await settle();
    clock.pass(2_999);
    await settle();
    expect(outcome.isOver).toBe(false);
    clock.pass(1);
    await settle();
    expect(outcome.error).toMatchObject({ code: 'Stalled', message: expect.stringContaining('for 3 s') });
  });

  test('that is refused tells neither secret nor token, should the service repeat them', async () => {
    const { begin } = setup({ answers: [refuse(403, 'AccessDenied', {}, '<EC>the-token the-secret</EC>')] });
    const { outcome } = begin();
    await over({ outcome });
    expect(outcome.error).toMatchObject({ code: 'AccessDenied', ec: '*** ***' });
    expect(outcome.error.message).not.toMatch(/the-token|the-secret/);
  });

  test('tells the bytes that are sent', async () => {
    const onSent = vi.fn();
    const { begin } = setup({
      answers: [
        (_url, init) => {
          init.onSent?.(5);
          return new Response('');
        },
      ],
    });
    begin({}, { onSent });
    await settle();
    expect(onSent.mock.calls).toEqual([[5]]);
  });
});

describe('what may help is tried again', () => {
  test.each([0, 1, 3])('%i times more, and then fails with the last error', async (limit) => {
    const { begin, sent } = setup({ answers: [busy], retry: { limit, baseDelay: 0 } });
    const { outcome } = begin();
    await over({ outcome });
    expect(sent).toHaveLength(limit + 1);
    expect(outcome.error).toBeInstanceOf(OssError);
    expect(outcome.error).toMatchObject({ code: 'ServiceUnavailable', status: 503 });
  });

  test('after delays that double up to the longest, each anywhere below that', async () => {
    const { begin, sent } = setup({ answers: [busy], retry: { limit: 5, baseDelay: 100, maxDelay: 500 } });
    begin();
    await settle();
    for (const [index, delay] of [100, 200, 400, 500, 500].entries()) {
      await pass(delay - 1);
      expect(sent).toHaveLength(index + 1);
      await pass(1);
      expect(sent).toHaveLength(index + 2);
    }
    vi.mocked(Math.random).mockReturnValue(0.5);
    const half = setup({ answers: [busy, ok], retry: { baseDelay: 100 } });
    half.begin();
    await settle();
    await pass(50);
    expect(half.sent).toHaveLength(2);
  });

  test.each([
    ['7', 7_000],
    ['0', 0],
    ['86400', 300_000],
  ])('after Retry-After: %s, for as long as it says, though not longer than five minutes', async (value, delay) => {
    const { begin, sent } = setup({ answers: [refuse(503, 'ServiceUnavailable', { 'Retry-After': value }), ok] });
    const { outcome } = begin();
    await settle();
    if (delay > 0) {
      await pass(delay - 1);
      expect(sent).toHaveLength(1);
      await pass(1);
    }
    expect([sent.length, outcome.reply?.body]).toEqual([2, 'fine']);
  });

  test('a body is made anew for each attempt', async () => {
    const body = vi.fn(() => new Blob(['x']));
    const { begin } = setup({ answers: [busy, ok], retry: { baseDelay: 0 } });
    await over(begin({ body }));
    expect(body).toHaveBeenCalledTimes(2);
  });

  test('an answer that makes no sense is one', async () => {
    const read = vi.fn<(reply: Reply) => Reply | undefined>((reply) => reply).mockReturnValueOnce(undefined);
    const { begin, sent } = setup({ retry: { baseDelay: 0 } });
    const { outcome } = begin({ read });
    await over({ outcome });
    expect([sent.length, outcome.reply?.body]).toEqual([2, 'fine']);
  });

  test.each([
    [403, 'AccessDenied'],
    [404, 'NoSuchUpload'],
    [501, 'NotImplemented'],
    [409, 'FileAlreadyExists'],
  ])('%i %s is not', async (status, code) => {
    const { begin, sent } = setup({ answers: [refuse(status, code)] });
    const { outcome } = begin();
    await settle();
    expect(outcome.error).toMatchObject({ code, status, key: 'dir/a b.bin', partNumber: 3 });
    expect(sent).toHaveLength(1);
  });

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const)('whatever the method is: %s', async (method) => {
    const { begin, sent } = setup({ answers: [() => new Response(null, { status: 503 }), ok], retry: { baseDelay: 0 } });
    await over(begin({ method }));
    expect(sent.map(({ init }) => init.method)).toEqual([method, method]);
  });

  test('not when the caller gives up', async () => {
    const others = new AbortController();
    const { begin, sent } = setup({
      answers: [
        (...request) => {
          others.abort(new Error('another part failed'));
          return busy(...request);
        },
      ],
      retry: { baseDelay: 0 },
    });
    const { outcome } = begin({}, { givingUp: others.signal });
    await settle();
    expect([sent.length, outcome.error?.code]).toEqual([1, 'ServiceUnavailable']);
  });

  test('what is under way when the caller gives up may finish', async () => {
    const others = new AbortController();
    let answer: (response: Response) => void = () => {};
    const { begin, sent } = setup({ answers: [() => new Promise((resolve) => (answer = resolve))] });
    const { outcome } = begin({}, { givingUp: others.signal });
    await settle();
    others.abort(new Error('another part failed'));
    await settle();
    expect([sent[0]?.init.signal.aborted, outcome.isOver]).toEqual([false, false]);
    answer(new Response('fine'));
    await settle();
    expect(outcome.reply?.body).toBe('fine');
  });

  test('a delay before the next one ends when the caller gives up', async () => {
    const others = new AbortController();
    const { begin, sent, waits } = setup({ answers: [refuse(503, 'ServiceUnavailable', { 'Retry-After': '300' })] });
    const { outcome } = begin({}, { givingUp: others.signal });
    await settle();
    const reason = new Error('another part failed');
    others.abort(reason);
    await settle();
    expect([outcome.error, sent.length, waits]).toEqual([reason, 1, ['service', 'service over']]);
  });

  test('not when it is aborted meanwhile: rejects with the reason, at once', async () => {
    const { begin, sent, controller } = setup({ answers: [busy], retry: { baseDelay: 10_000 } });
    const { outcome } = begin();
    await settle();
    const reason = new DOMException('paused', 'AbortError');
    controller.abort(reason);
    await settle();
    expect([outcome.error, sent.length]).toEqual([reason, 1]);
  });

  test('not when it was aborted in flight, whatever the transport says', async () => {
    const reason = new DOMException('paused', 'AbortError');
    const { begin, sent, controller } = setup({
      answers: [
        () => {
          controller.abort(reason);
          throw new TypeError('Failed to fetch');
        },
      ],
    });
    const { outcome } = begin();
    await settle();
    expect([outcome.error, sent.length]).toEqual([reason, 1]);
  });
});

describe('keys that are refused', () => {
  const expired = refuse(403, 'SecurityTokenExpired');

  test('are given up for others, at once and without spending an attempt', async () => {
    const { begin, sent, refused } = setup({ answers: [expired, expired, expired, ok], retry: { limit: 0 } });
    const { outcome } = begin();
    await over({ outcome });
    expect(outcome.reply?.body).toBe('fine');
    expect(sent.map(({ init }) => init.headers['Authorization'])).toEqual(['id1', 'id2', 'id3', 'id4']);
    expect(refused.map(({ accessKeyId }) => accessKeyId)).toEqual(['id1', 'id2', 'id3']);
  });

  test('a fourth time are an error', async () => {
    const { begin, sent } = setup({ answers: [expired] });
    const { outcome } = begin();
    await over({ outcome });
    expect([outcome.error?.code, sent.length]).toEqual(['SecurityTokenExpired', 4]);
  });
});

describe('a clock that is wrong', () => {
  const at = (time: number): Answer => refuse(403, 'RequestTimeTooSkewed', {}, `<ServerTime>${new Date(time).toISOString()}</ServerTime>`);

  test('is set by what the service says, and the request signed anew', async () => {
    const { begin, signedAt } = setup({ answers: [at(START + 3_600_000), ok], retry: { limit: 0 } });
    const { outcome } = begin();
    await over({ outcome });
    expect(outcome.reply?.body).toBe('fine');
    expect(signedAt).toEqual([START, START + 3_600_000]);
  });

  test('is set twice for one request and no more', async () => {
    const { begin, sent } = setup({ answers: [at(START + 3_600_000)] });
    const { outcome } = begin();
    await over({ outcome });
    expect([outcome.error?.code, sent.length]).toEqual(['RequestTimeTooSkewed', 3]);
  });
});

describe('no answer', () => {
  test('from an endpoint that has answered is tried as often as `networkLimit` says, and is the network’s error', async () => {
    const { begin, sent, requester, clock } = setup({ answers: [silence], retry: { limit: 1, networkLimit: 6, baseDelay: 0 } });
    requester.trust();
    const { outcome } = begin();
    while (sent.length < 7) await pass(1);
    await settle();
    clock.pass(2_000);
    await settle();
    expect(sent).toHaveLength(7);
    expect(outcome.error).toBeInstanceOf(NetworkError);
    expect(outcome.error).toMatchObject({ code: 'NetworkError', key: 'dir/a b.bin', partNumber: 3 });
  });

  test('an answer, even a refusal, makes the endpoint known', async () => {
    const { begin, sent } = setup({ answers: [busy, silence], retry: { limit: 1, networkLimit: 6, baseDelay: 0 } });
    const { outcome } = begin();
    await over({ outcome });
    // The refusal's repetition, and then as many as silence is given.
    expect(sent).toHaveLength(8);
  });

  test('for want of moving bytes is a stall, also the first time: who refuses by CORS says so at once', async () => {
    const look = vi.fn();
    vi.stubGlobal('fetch', look);
    const stall: Answer = () => Promise.reject(new DOMException('no data was transferred for 0 s', 'TimeoutError'));
    const { begin } = setup({ answers: [stall], retry: { limit: 0 } });
    const { outcome } = begin();
    await over({ outcome });
    expect(outcome.error).toMatchObject({ name: 'NetworkError', code: 'Stalled' });
    expect(look).not.toHaveBeenCalled();
  });

  test.each([10, 2, 0])(
    'from one that never has, and that answers a plain request, is CORS when it comes once more (limit %i)',
    async (limit) => {
      const look = vi.fn(async (..._request: unknown[]) => new Response());
      vi.stubGlobal('fetch', look);
      const { begin, sent } = setup({ answers: [silence], retry: { limit, baseDelay: 0 } });
      const { outcome } = begin();
      await over({ outcome });
      expect([sent.length, look.mock.calls.length]).toEqual([2, 1]);
      expect(outcome.error).toBeInstanceOf(CorsError);
      expect(look.mock.calls[0]).toEqual([
        'https://examplebucket.oss-cn-hangzhou.aliyuncs.com/',
        { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: expect.any(AbortSignal) },
      ]);
    },
  );

  test('for five seconds at the first request fails nothing: the line was away', async () => {
    const answers = [silence];
    const { begin, sent, clock } = setup({ answers });
    const { outcome } = begin();
    await settle();
    for (let second = 0; second < 5; second += 1) {
      clock.pass(1_000);
      await pass(1_000);
    }
    expect([outcome.isOver, sent.length > 2]).toEqual([false, true]);
    vi.stubGlobal('fetch', async () => new Response());
    answers.splice(0, 1, ok);
    clock.pass(10_000);
    await pass(10_000);
    await over({ outcome });
    expect(outcome.reply?.body).toBe('fine');
  });

  test('for two seconds, with a plain answer after it, is no refusal by CORS', async () => {
    vi.stubGlobal('fetch', async () => new Response());
    const { begin } = setup({ answers: [silence, ok], retry: { baseDelay: 0 } });
    const { outcome } = begin();
    await over({ outcome });
    expect(outcome.reply?.body).toBe('fine');
  });

  test('from a wrong endpoint fails after 15 to 30 s, naming bucket and origin', async () => {
    const { begin, clock, waits } = setup({ answers: [silence] });
    const { outcome } = begin();
    await settle();
    let seconds = 0;
    for (; seconds < 60 && !outcome.isOver; seconds += 1) {
      clock.pass(1_000);
      await pass(1_000);
    }
    expect(seconds).toBeGreaterThanOrEqual(15);
    expect(seconds).toBeLessThanOrEqual(30);
    expect(outcome.error).toMatchObject({
      name: 'NetworkError',
      code: 'NetworkError',
      message: expect.stringMatching(/oss-cn-hangzhou.*can't be reached for bucket "examplebucket".*2025-03-20/s),
    });
    expect([waits.at(-1), clock.timers.size]).toEqual(['network over', 0]);
  });

  test('of a connection that takes everything and says nothing is the same, after its stall', async () => {
    const { begin, clock } = setup({ answers: [() => new Promise(() => {})] });
    const { outcome } = begin();
    await settle();
    clock.pass(60_000);
    await over({ outcome });
    expect(outcome.error?.message).toContain("can't be reached");
  });

  test('is not waited for by a plain request that hangs: five seconds, or until the upload is paused', async () => {
    vi.stubGlobal('fetch', () => new Promise(() => {}));
    const { begin, clock, controller, sent } = setup({ answers: [silence], retry: { baseDelay: 0 } });
    const { outcome } = begin();
    await settle();
    clock.pass(5_000);
    await settle();
    await pass(1);
    expect(sent).toHaveLength(2);
    const reason = new DOMException('paused', 'AbortError');
    controller.abort(reason);
    await settle();
    expect([outcome.error, clock.timers.size]).toEqual([reason, 0]);
  });
});

describe('parts that something on the way refuses', () => {
  /** A requester whose requests are all refused without CORS headers, and whose plain ones are answered. */
  async function refused({ besides = 0 } = {}) {
    const look = vi.fn(async () => new Response());
    vi.stubGlobal('fetch', look);
    const world = setup({ answers: [(_url, init) => (init.method === 'PUT' ? silence('', init) : ok('', init))], retry: { baseDelay: 1 } });
    await over(world.begin({ method: 'GET' }));
    const request = world.begin();
    for (let turn = 0; turn < 400 && !request.outcome.isOver; turn += 1) {
      if (besides > 0 && turn % 10 === 5) await over(world.begin({ method: 'GET' }));
      await pass(10);
    }
    return { ...world, ...request, puts: world.sent.filter(({ init }) => init.method === 'PUT').length };
  }

  test('end the upload after a handful of plain answers between them, resumably, and name proxies, size limits and firewalls', async () => {
    const { outcome, puts } = await refused();
    expect(outcome.error).toBeInstanceOf(CorsError);
    expect(outcome.error).toMatchObject({ code: 'AnswerBlocked', resumable: true, key: 'dir/a b.bin', partNumber: 3 });
    expect(outcome.error.message).toMatch(/proxy.*bodies.*partSize.*firewall/s);
    expect(puts).toBeLessThanOrEqual(8);
  });

  test('are tried longer while other requests get their answers', async () => {
    const { outcome, puts } = await refused({ besides: 1 });
    expect(outcome.error).toMatchObject({ code: 'AnswerBlocked' });
    expect(puts).toBeGreaterThan(8);
    expect(puts).toBeLessThanOrEqual(14);
  });

  test('are a bad line’s while no plain request is answered', async () => {
    const { begin, requester, sent } = setup({ answers: [...Array(20).fill(silence), ok], retry: { baseDelay: 0 } });
    requester.trust();
    const { outcome } = begin();
    await over({ outcome });
    expect([outcome.reply?.body, sent.length]).toEqual(['fine', 21]);
  });
});

describe('what silence means', () => {
  const first = async (look: () => Promise<unknown>): Promise<any> => {
    vi.stubGlobal('fetch', look);
    const request = setup({ answers: [silence], retry: { limit: 0 } }).begin();
    await over(request);
    return request.outcome.error;
  };

  test('fails at the first time with key and cause, whether the endpoint can be reached or not', async () => {
    const key = 'dir/a b.bin';
    const cause = { name: 'NetworkError' };
    expect(await first(async () => new Response())).toMatchObject({ name: 'CorsError', code: 'CorsRefused', key, cause });
    expect(await first(silence as never)).toMatchObject({ name: 'NetworkError', code: 'NetworkError', key, cause });
  });

  const afterSending = async (body: Blob): Promise<any> => {
    const { begin, requester, clock } = setup({ answers: [silence], retry: { limit: 0 } });
    requester.trust();
    const { outcome } = begin({ body });
    await settle();
    clock.pass(2_000);
    await settle();
    return outcome.error;
  };

  test('a body that can be read, also an empty one, leaves the network', async () => {
    for (const body of [new Blob(['x']), new Blob([])]) expect(await afterSending(body)).toMatchObject({ code: 'NetworkError' });
  });

  test.each([
    ['NotReadableError', 'FileChanged'],
    ['NotFoundError', 'FileUnreadable'],
  ])('a body that can’t be read (%s) is the file’s fault, with key and part', async (name, code) => {
    const body = new Blob(['x']);
    const cause = new DOMException('m', name);
    body.slice = () => ({ arrayBuffer: () => Promise.reject(cause) }) as Blob;
    expect(await afterSending(body)).toMatchObject({ code, key: 'dir/a b.bin', partNumber: 3 });
  });

  test('so is one that reads as nothing', async () => {
    const body = new Blob(['x']);
    body.slice = () => new Blob([]);
    expect(await afterSending(body)).toMatchObject({ code: 'FileChanged', key: 'dir/a b.bin', partNumber: 3 });
  });
});

describe('offline', () => {
  /** A request that has found the network gone. */
  async function parked(retry: RetryOptions = { limit: 0, baseDelay: 0 }) {
    const world = setup({ answers: [silence, ok], retry });
    world.requester.trust();
    world.connection.isOnline = false;
    const request = world.begin();
    await settle();
    return { ...world, ...request };
  }

  test('waits visibly, spends no attempt, and continues when the network is back', async () => {
    const { waits, errors, outcome, sent, listeners, connection, clock } = await parked();
    expect([waits, sent.length, outcome.isOver, listeners.size, clock.timers.size]).toEqual([['network'], 1, false, 1, 1]);
    expect(errors[0]).toBeInstanceOf(NetworkError);
    for (const listener of listeners) listener(false);
    await settle();
    expect(sent).toHaveLength(1);
    connection.isOnline = true;
    for (const listener of listeners) listener(true);
    await over({ outcome });
    expect([outcome.reply?.body, waits, listeners.size, clock.timers.size]).toEqual(['fine', ['network', 'network over'], 0, 0]);
  });

  test('checks every half minute: not every return is announced', async () => {
    const { outcome, sent, clock, listeners } = await parked();
    clock.pass(29_999);
    await settle();
    expect(sent).toHaveLength(1);
    clock.pass(1);
    await over({ outcome });
    expect([outcome.reply?.body, listeners.size]).toEqual(['fine', 0]);
  });

  test('what comes back together begins spread over the first delay', async () => {
    const { sent, listeners } = await parked({ limit: 0, baseDelay: 400 });
    for (const listener of listeners) listener(true);
    await pass(399);
    expect(sent).toHaveLength(1);
    await pass(1);
    expect(sent).toHaveLength(2);
  });

  test('paused meanwhile it ends with the reason, and leaves nothing behind', async () => {
    const { outcome, controller, listeners, clock, waits } = await parked();
    const reason = new DOMException('paused', 'AbortError');
    controller.abort(reason);
    await settle();
    expect([outcome.error, listeners.size, clock.timers.size, waits.at(-1)]).toEqual([reason, 0, 0, 'network over']);
  });

  test('is not waited for when the caller gives up, before or meanwhile', async () => {
    for (const isBefore of [true, false]) {
      const others = new AbortController();
      const reason = new Error('another part failed');
      const { begin, connection, requester, waits, listeners, clock } = setup({
        answers: [
          (...request) => {
            if (isBefore) others.abort(reason);
            return silence(...request);
          },
        ],
      });
      requester.trust();
      connection.isOnline = false;
      const { outcome } = begin({}, { givingUp: others.signal });
      await settle();
      others.abort(reason);
      await settle();
      if (isBefore) expect([outcome.error?.code, waits]).toEqual(['NetworkError', []]);
      else expect([outcome.error, waits]).toEqual([reason, ['network', 'network over']]);
      expect([listeners.size, clock.timers.size]).toEqual([0, 0]);
    }
  });

  test('is shown at once, also by an attempt whose connection has not noticed, until a byte of it moves', async () => {
    let answer: (response: Response) => void = () => {};
    const pending: Answer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const { begin, listeners, waits, sent } = setup({ answers: [pending] });
    const { outcome } = begin();
    await settle();
    for (const listener of listeners) listener(false);
    expect(waits).toEqual(['network']);
    for (const listener of listeners) listener(true);
    expect(waits).toEqual(['network']);
    sent[0]?.init.onSent?.(1);
    expect(waits).toEqual(['network', 'network over']);
    answer(new Response('fine'));
    await over({ outcome });
    expect([outcome.reply?.body, listeners.size, waits]).toEqual(['fine', 0, ['network', 'network over']]);
  });

  test('an attempt that stalls because the network was away meanwhile is not spent, though the network is back', async () => {
    const stalled: Answer = () => {
      for (const online of [false, true]) for (const listener of [...world.listeners]) listener(online);
      return Promise.reject(new DOMException('no data was transferred for 2 s', 'TimeoutError'));
    };
    const world = setup({ answers: [stalled, ok], retry: { limit: 0, baseDelay: 0 } });
    world.requester.trust();
    const { outcome } = world.begin();
    await over({ outcome });
    expect([outcome.reply?.body, world.sent.length, world.waits, world.listeners.size, world.clock.timers.size]).toEqual([
      'fine',
      2,
      ['network', 'network over', 'network', 'network over'],
      0,
      0,
    ]);
  });

  test('the next attempt counts again: a stall without a word from the browser is spent', async () => {
    const stalled: Answer = () => Promise.reject(new DOMException('no data was transferred for 2 s', 'TimeoutError'));
    const stalledOffline: Answer = (...request) => {
      for (const online of [false, true]) for (const listener of [...world.listeners]) listener(online);
      return stalled(...request);
    };
    const world = setup({ answers: [stalledOffline, stalled], retry: { limit: 0, baseDelay: 0 } });
    world.requester.trust();
    const { outcome } = world.begin();
    await over({ outcome });
    expect([outcome.error?.code, world.sent.length]).toEqual(['Stalled', 2]);
  });

  test('a connection that broke a moment before the browser noticed spends no attempt', async () => {
    const world = setup({ answers: [silence, ok], retry: { limit: 0, baseDelay: 0 } });
    world.requester.trust();
    const { outcome } = world.begin();
    await settle();
    expect([world.waits, world.listeners.size]).toEqual([[], 1]);
    world.clock.pass(1_999);
    world.connection.isOnline = false;
    for (const listener of world.listeners) listener(false);
    await settle();
    expect([world.waits, world.sent.length, outcome.isOver]).toEqual([['network'], 1, false]);
    world.connection.isOnline = true;
    for (const listener of world.listeners) listener(true);
    await over({ outcome });
    expect([outcome.reply?.body, world.listeners.size, world.clock.timers.size]).toEqual(['fine', 0, 0]);
  });

  test('is waited for two seconds before a network error is final, and only where the endpoint has answered before', async () => {
    const known = setup({ answers: [silence], retry: { limit: 0 } });
    known.requester.trust();
    const { outcome } = known.begin();
    await settle();
    known.clock.pass(1_999);
    await settle();
    expect(outcome.isOver).toBe(false);
    known.clock.pass(1);
    await settle();
    expect([outcome.error?.code, known.waits, known.listeners.size]).toEqual(['NetworkError', [], 0]);

    // An answer that makes no sense did come.
    const senseless = setup({ retry: { limit: 0 } });
    senseless.requester.trust();
    const second = senseless.begin({ read: () => undefined });
    await settle();
    expect([second.outcome.error?.code, senseless.clock.timers.size]).toEqual(['UnreadableAnswer', 0]);

    vi.stubGlobal('fetch', () => Promise.reject(new TypeError()));
    const unknown = setup({ answers: [silence], retry: { limit: 0 } });
    const first = unknown.begin();
    await settle();
    expect([first.outcome.error?.code, unknown.clock.timers.size]).toEqual(['NetworkError', 0]);
  });

  test('a network that came back between the two looks is not waited for', async () => {
    const world = setup({ answers: [silence, ok], retry: { limit: 0, baseDelay: 0 } });
    world.requester.trust();
    let looks = 0;
    Object.defineProperty(world.connection, 'isOnline', { get: () => (looks += 1) > 1 });
    const { outcome } = world.begin();
    await over({ outcome });
    expect([outcome.reply?.body, world.listeners.size, world.clock.timers.size]).toEqual(['fine', 0, 0]);
  });
});

describe('a wait is shown', () => {
  test('from the second repetition on, for what it is for, until bytes move again', async () => {
    let send: ((bytes: number) => void) | undefined;
    const { begin, waits, requester } = setup({
      answers: [
        silence,
        silence,
        (_url, init) => {
          send = init.onSent;
          return new Promise(() => {});
        },
      ],
      retry: { baseDelay: 100 },
    });
    requester.trust();
    begin();
    await settle();
    expect(waits).toEqual([]);
    await pass(100);
    expect(waits).toEqual(['network']);
    await pass(200);
    send?.(0);
    expect(waits).toEqual(['network']);
    send?.(1);
    expect(waits).toEqual(['network', 'network over']);
  });

  test('ends with the answer, or with the error', async () => {
    const won = setup({ answers: [busy, busy, ok], retry: { baseDelay: 0 } });
    await over(won.begin());
    expect(won.waits).toEqual(['service', 'service over']);
    const lost = setup({ answers: [busy], retry: { limit: 2, baseDelay: 0 } });
    await over(lost.begin());
    expect(lost.waits).toEqual(['service', 'service over']);
    expect(lost.errors[0]).toMatchObject({ code: 'ServiceUnavailable' });
  });

  test('while keys are waited for, with what is wrong with them', async () => {
    const { begin, connection, waits, errors } = setup();
    const trouble = new CredentialsError('ProviderFailed', 'message');
    connection.troubleWithKeys = (onWait) => onWait(trouble);
    await over(begin());
    expect([waits, errors]).toEqual([['credentials', 'credentials over'], [trouble]]);
  });

  test('at once when it is a long one', async () => {
    const long = setup({ answers: [refuse(503, 'ServiceUnavailable', { 'Retry-After': '1' })] });
    long.begin();
    await settle();
    expect(long.waits).toEqual(['service']);
    const short = setup({ answers: [busy], retry: { baseDelay: 999 } });
    short.begin();
    await settle();
    expect(short.waits).toEqual([]);
  });
});

describe('an answer that makes no sense', () => {
  const portal: Partial<Operation<Reply>> = { read: () => undefined };

  test('is repeated as often as the operation allows', async () => {
    const { begin, sent } = setup({ retry: { baseDelay: 0 } });
    const { outcome } = begin({ ...portal, unreadableLimit: 2 });
    await over({ outcome });
    expect([outcome.error?.code, sent.length]).toEqual(['UnreadableAnswer', 3]);
  });
});

describe('a budget for each kind of trouble', () => {
  test('a 503 after twelve unanswered attempts is repeated as often as any', async () => {
    const { begin, requester, sent } = setup({
      answers: [...Array(12).fill(silence), busy, busy, ok],
      retry: { limit: 10, networkLimit: 40, baseDelay: 0 },
    });
    requester.trust();
    const { outcome } = begin();
    await over({ outcome });
    expect([outcome.reply?.body, sent.length]).toEqual(['fine', 15]);
  });
});

describe('onLine that says false while answers come', () => {
  test('is not believed: nobody waits half a minute, and attempts are spent', async () => {
    const { begin, connection, sent, waits } = setup({ answers: [ok, silence], retry: { limit: 3, baseDelay: 0 } });
    connection.isOnline = false;
    await over(begin());
    const { outcome } = begin();
    await over({ outcome });
    // The plain question stays unanswered too, but the first answer counts until the browser's next word.
    expect([outcome.isOver, sent.length, waits.filter((wait) => wait === 'network').length > 0]).toEqual([false, 5, true]);
  });

  test('is asked about with a plain request before anything is parked, and a missing CORS rule is reported', async () => {
    const look = vi.fn(async () => new Response());
    vi.stubGlobal('fetch', look);
    const { begin, connection, sent } = setup({ answers: [silence], retry: { baseDelay: 0 } });
    connection.isOnline = false;
    const { outcome } = begin();
    await over({ outcome });
    expect(outcome.error).toMatchObject({ name: 'CorsError', code: 'CorsRefused' });
    expect(sent).toHaveLength(2);
  });

  test('is believed again at the browser’s next word', async () => {
    const { begin, connection, listeners, sent, waits } = setup({
      answers: [ok, () => new Promise(() => {}), silence],
      retry: { limit: 0 },
    });
    connection.isOnline = false;
    await over(begin());
    begin();
    await settle();
    for (const listener of listeners) listener(false);
    begin();
    await settle();
    expect([sent.length, waits.at(-1)]).toEqual([3, 'network']);
  });
});

describe('a list of endpoints', () => {
  const [a, b] = ['https://oss-cn-hangzhou.aliyuncs.com', 'https://oss-accelerate.aliyuncs.com'];
  const hosts = (sent: { url: string }[]): string[] => sent.map(({ url }) => new URL(url).hostname.split('.')[1] as string);
  const only =
    (endpoint: string): Answer =>
    (url, init) =>
      url.includes(new URL(endpoint).hostname) ? ok(url, init) : silence(url, init);

  test('the next one is tried when one stays silent, for real and plain requests; what comes later begins there', async () => {
    const { begin, sent, requester } = setup({ answers: [only(b)], endpoints: [a, b], retry: { baseDelay: 0 } });
    expect(requester.urlOf('k')).toContain('oss-cn-hangzhou');
    const { outcome } = begin();
    await over({ outcome });
    expect([outcome.reply?.body, hosts(sent)]).toEqual(['fine', ['oss-cn-hangzhou', 'oss-accelerate']]);
    expect(requester.urlOf('k')).toBe('https://examplebucket.oss-accelerate.aliyuncs.com/k');
    await over(begin());
    expect(hosts(sent).at(-1)).toBe('oss-accelerate');
  });

  test('one that falls silent in mid-upload is left as well, and requests under way move over at their next attempt', async () => {
    const { begin, sent, requester } = setup({ answers: [only(b)], endpoints: [a, b], retry: { baseDelay: 0 } });
    requester.trust();
    const requests = [begin(), begin()];
    for (const request of requests) await over(request);
    expect(requests.map(({ outcome }) => outcome.reply?.body)).toEqual(['fine', 'fine']);
    expect(hosts(sent).filter((host) => host === 'oss-cn-hangzhou').length).toBeLessThanOrEqual(6);
  });

  test('one that answers plain requests is kept', async () => {
    vi.stubGlobal('fetch', async () => new Response());
    const { begin, sent, requester } = setup({
      answers: [silence, silence, silence, silence, ok],
      endpoints: [a, b],
      retry: { baseDelay: 0 },
    });
    requester.trust();
    const { outcome } = begin();
    await over({ outcome });
    expect([outcome.reply?.body, new Set(hosts(sent)).size]).toEqual(['fine', 1]);
  });

  test('one that is forbidden is left at once and permanently', async () => {
    const forbidden = refuse(400, 'PublicEndpointForbidden', {}, '<EC>0048-00000401</EC>');
    const { begin, sent } = setup({ answers: [forbidden, silence, silence, silence, ok], endpoints: [a, b], retry: { baseDelay: 0 } });
    const { outcome } = begin();
    await over({ outcome });
    expect([outcome.reply?.body, hosts(sent)]).toEqual(['fine', ['oss-cn-hangzhou', ...Array(4).fill('oss-accelerate')]]);
  });

  test('the last one that is forbidden fails the request, with the way out', async () => {
    for (const endpoints of [[a], [a, b]]) {
      const { begin, sent } = setup({ answers: [refuse(400, 'PublicEndpointForbidden')], endpoints: endpoints as string[] });
      const { outcome } = begin();
      await over({ outcome });
      expect(outcome.error).toMatchObject({
        code: 'PublicEndpointForbidden',
        message: expect.stringMatching(/custom domain.*`endpoint`.*`cname: true`/),
      });
      expect(sent).toHaveLength(endpoints.length);
    }
  });

  test('none of which can be reached fails within a minute', async () => {
    const { begin, clock } = setup({ answers: [silence], endpoints: [a as string, b as string] });
    const { outcome } = begin();
    await settle();
    let seconds = 0;
    for (; seconds < 120 && !outcome.isOver; seconds += 1) {
      clock.pass(1_000);
      await pass(1_000);
    }
    expect(seconds).toBeLessThanOrEqual(60);
    expect(outcome.error?.message).toContain("can't be reached");
  });
});

describe('a transport of the page’s own', () => {
  const deaf: Answer = () => new Promise(() => {});

  test('that heeds no signal ends at once all the same when the upload is paused', async () => {
    const { begin, controller, clock } = setup({ answers: [deaf] });
    const { outcome } = begin();
    await settle();
    const reason = new DOMException('paused', 'AbortError');
    controller.abort(reason);
    await settle();
    expect([outcome.error, clock.timers.size]).toEqual([reason, 0]);
  });

  test('that never answers has stalled', async () => {
    const { begin, clock, sent, requester } = setup({ answers: [deaf, ok], retry: { baseDelay: 0 } });
    requester.trust();
    const { outcome } = begin();
    await settle();
    clock.pass(60_000);
    await over({ outcome });
    expect([outcome.reply?.body, sent.length]).toEqual(['fine', 2]);
  });

  test('so has one whose answer’s body never ends, and one whose body breaks off is no answer', async () => {
    const endless: Answer = () => new Response(new ReadableStream({}));
    const broken: Answer = () => new Response(new ReadableStream({ start: (controller) => controller.error(new TypeError('cut')) }));
    const { begin, clock, sent, requester } = setup({ answers: [endless, broken, ok], retry: { baseDelay: 0 } });
    requester.trust();
    const { outcome } = begin();
    // Not with the readings: this one never ends.
    await vi.advanceTimersByTimeAsync(0);
    readings.clear();
    clock.pass(60_000);
    await over({ outcome });
    expect([outcome.reply?.body, sent.length]).toEqual(['fine', 3]);
  });

  test('is asked to pass the HTTP cache by, for questions only', async () => {
    const { begin, sent } = setup();
    for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] as const) await over(begin({ method }));
    expect(sent.map(({ init }) => init.cache)).toEqual(['no-store', 'no-store', undefined, undefined, undefined]);
  });
});

describe('a file that can’t be read any more', () => {
  const gone = new Error('the file is gone');

  test('ends a request whose body no longer moves, for the reading’s reason and without a repetition', async () => {
    const reading = new AbortController();
    const { begin, clock, sent } = setup({ answers: [() => new Promise(() => {})] });
    const { outcome } = begin({ body: new Blob(['x']) }, { unreadable: reading.signal });
    await settle();
    reading.abort(gone);
    clock.pass(500);
    await over({ outcome });
    expect([outcome.error, sent.length, clock.timers.size]).toEqual([gone, 1, 0]);
  });

  test('lets one finish that is about to', async () => {
    const reading = new AbortController();
    let answer: (response: Response) => void = () => {};
    const { begin } = setup({ answers: [() => new Promise((resolve) => (answer = resolve))] });
    const { outcome } = begin({ body: new Blob(['x']) }, { unreadable: reading.signal });
    await settle();
    reading.abort(gone);
    answer(new Response('fine'));
    await over({ outcome });
    expect(outcome.reply?.body).toBe('fine');
  });

  test('ends the pause before a repetition', async () => {
    const reading = new AbortController();
    const { begin, sent } = setup({ answers: [refuse(503, 'ServiceUnavailable', { 'Retry-After': '300' })] });
    const { outcome } = begin({ body: new Blob(['x']) }, { unreadable: reading.signal });
    await settle();
    reading.abort(gone);
    await settle();
    expect([outcome.error, sent.length]).toEqual([gone, 1]);
  });
});
