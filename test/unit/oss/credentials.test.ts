import { describe, expect, test, vi } from 'vitest';
import { CredentialsError } from '../../../src/errors.js';
import type { Credentials, CredentialsProvider } from '../../../src/options/types.js';
import { createServiceClock } from '../../../src/oss/service-clock.js';
import { createCredentialsCache, type CredentialsCache } from '../../../src/oss/credentials.js';
import { type Keys, parseCredentials } from '../../../src/oss/parse-credentials.js';
import { ManualClock, START } from '../../helpers/manual-clock.js';
import { settlePromises } from '../../helpers/turns.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Keys number `n`, good for `life` from when they are made. */
function issue(n: number, clock: ManualClock, life = HOUR): Credentials {
  return { accessKeyId: `STS.id${n}`, accessKeySecret: `secret${n}`, securityToken: `token${n}`, expiration: clock.time + life };
}

function setup(makeProvider: (clock: ManualClock) => CredentialsProvider | Credentials): {
  clock: ManualClock;
  cache: CredentialsCache;
  service: ReturnType<typeof createServiceClock>;
  get(options?: { signal?: AbortSignal; onWait?: () => void }): Promise<Keys>;
} {
  const clock = new ManualClock();
  const service = createServiceClock(clock);
  const cache = createCredentialsCache(makeProvider(clock), clock, service);
  return { clock, service, cache, get: ({ signal = new AbortController().signal, onWait = () => {} } = {}) => cache.get(signal, onWait) };
}

/** A provider that answers keys 1, 2, 3 …, at once. */
function counting(life?: number): {
  provider: ReturnType<typeof vi.fn<CredentialsProvider>>;
  make: (clock: ManualClock) => CredentialsProvider;
} {
  const provider = vi.fn<CredentialsProvider>();
  return { provider, make: (clock) => provider.mockImplementation(async () => issue(provider.mock.calls.length, clock, life)) };
}

/** A provider whose answers the test gives by hand. */
function manual(): {
  provider: CredentialsProvider;
  calls: { signal: AbortSignal; resolve(answer: Credentials): void; reject(error: unknown): void }[];
} {
  const calls: { signal: AbortSignal; resolve(answer: Credentials): void; reject(error: unknown): void }[] = [];
  return { calls, provider: ({ signal }) => new Promise((resolve, reject) => calls.push({ signal, resolve, reject })) };
}

describe('single flight', () => {
  test('a hundred requests make one call, and so do a hundred later ones', async () => {
    const { provider, make } = counting();
    const { get } = setup(make);
    const first = await Promise.all(Array.from({ length: 100 }, () => get()));
    const later = await Promise.all(Array.from({ length: 100 }, () => get()));
    expect(provider).toHaveBeenCalledTimes(1);
    expect(new Set([...first, ...later]).size).toBe(1);
  });

  test('nothing is fetched before the first request', async () => {
    const { provider, make } = counting();
    const { clock } = setup(make);
    await clock.passSettling(HOUR);
    expect(provider).not.toHaveBeenCalled();
  });

  test('a provider may answer without a promise', async () => {
    const { get } = setup((clock) => () => issue(1, clock));
    expect(await get()).toMatchObject({ accessKeyId: 'STS.id1' });
  });
});

describe('near the end of their life', () => {
  test('the next keys are fetched in the background while the current ones are still served', async () => {
    const { provider, calls } = manual();
    const { clock, get } = setup(() => provider);
    const first = get();
    calls[0]?.resolve(issue(1, clock));
    const keys = await first;

    await clock.passSettling(HOUR - 5 * MINUTE - 1);
    expect(await get()).toBe(keys);
    expect(calls).toHaveLength(1);

    await clock.passSettling(2);
    const onWait = vi.fn();
    expect(await Promise.all([get({ onWait }), get(), get()])).toEqual([keys, keys, keys]);
    expect(calls).toHaveLength(2);
    expect(onWait).not.toHaveBeenCalled();

    calls[1]?.resolve(issue(2, clock));
    await settlePromises();
    expect(await get()).toMatchObject({ accessKeyId: 'STS.id2' });
    expect(calls).toHaveLength(2);
  });

  test('the last fifth counts when that is less than five minutes', async () => {
    const { provider, make } = counting(10 * MINUTE);
    const { clock, get } = setup(make);
    await get();
    await clock.passSettling(8 * MINUTE - 1);
    await get();
    expect(provider).toHaveBeenCalledTimes(1);
    await clock.passSettling(1);
    await get();
    expect(provider).toHaveBeenCalledTimes(2);
  });

  test('a failure in the background disturbs nobody while the keys are good', async () => {
    const { provider, calls } = manual();
    const { clock, get } = setup(() => provider);
    const first = get();
    calls[0]?.resolve(issue(1, clock));
    const keys = await first;
    await clock.passSettling(HOUR - MINUTE);
    expect(await get()).toBe(keys);
    calls[1]?.reject(new Error('STS is down'));
    const onWait = vi.fn();
    await clock.passSettling(1_000);
    expect(await get({ onWait })).toBe(keys);
    expect(onWait).not.toHaveBeenCalled();
    calls[2]?.resolve(null as never);
    await clock.passSettling(1_000);
    expect(await get()).toBe(keys);
  });

  test("a failure in the background is nobody's: who needs keys at that moment waits for the next answer", async () => {
    for (let turns = 0; turns < 20; turns += 1) {
      const { provider, calls } = manual();
      const { clock, cache, get } = setup(() => provider);
      const first = get();
      calls[0]?.resolve(issue(1, clock));
      const keys = await first;
      await clock.passSettling(HOUR - MINUTE);
      await get();
      calls[1]?.reject(new Error('STS is down'));
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      cache.refuse(keys);
      const next = get();
      next.catch(() => {});
      await clock.passSettling(1_000);
      calls[2]?.resolve(issue(2, clock));
      await expect(next, `asked ${turns} microtasks later`).resolves.toMatchObject({ accessKeyId: 'STS.id2' });
    }
  });

  test('expired keys are never served: requests wait for the next ones', async () => {
    const { provider, calls } = manual();
    const { clock, get } = setup(() => provider);
    const first = get();
    calls[0]?.resolve(issue(1, clock));
    await first;
    await clock.passSettling(HOUR);
    const next = get();
    calls[1]?.resolve(issue(2, clock));
    expect(await next).toMatchObject({ accessKeyId: 'STS.id2' });
  });

  test('keys without an expiration are kept until OSS refuses them', async () => {
    const provider = vi.fn(() => ({ accessKeyId: 'id', accessKeySecret: 'secret' }));
    const { clock, get } = setup(() => provider);
    await get();
    await clock.passSettling(1_000 * HOUR);
    await get();
    expect(provider).toHaveBeenCalledTimes(1);
  });

  test("a local clock that is ahead of the keys' end doesn't loop: OSS is asked, and its time makes them good again", async () => {
    const { provider, make } = counting(-HOUR);
    const { clock, get, service } = setup(make);
    for (let request = 0; request < 10; request += 1) await get();
    await clock.passSettling(MINUTE);
    await get();
    expect(provider).toHaveBeenCalledTimes(1);

    // OSS says that it is two hours earlier: the keys have an hour to live from when they came.
    service.learn(clock.time - 2 * HOUR);
    await get();
    await clock.passSettling(HOUR - 10 * MINUTE);
    await get();
    expect(provider).toHaveBeenCalledTimes(1);
    await clock.passSettling(10 * MINUTE);
    await get();
    expect(provider).toHaveBeenCalledTimes(2);
  });
});

describe('refused keys', () => {
  test('six requests refused at once make one call', async () => {
    const { provider, make } = counting();
    const { cache, get } = setup(make);
    const refused = await Promise.all(Array.from({ length: 6 }, () => get()));
    const renewed = await Promise.all(
      refused.map((keys) => {
        cache.refuse(keys);
        return get();
      }),
    );
    expect(provider).toHaveBeenCalledTimes(2);
    expect(renewed.map(({ accessKeyId }) => accessKeyId)).toEqual(Array.from({ length: 6 }, () => 'STS.id2'));
  });

  test('late news about keys that were replaced already changes nothing', async () => {
    const { provider, make } = counting();
    const { cache, get } = setup(make);
    const old = await get();
    cache.refuse(old);
    const current = await get();
    cache.refuse(old);
    expect(await get()).toBe(current);
    expect(provider).toHaveBeenCalledTimes(2);
  });

  test('a refusal while the next keys are on their way waits for those', async () => {
    const { provider, calls } = manual();
    const { clock, cache, get } = setup(() => provider);
    const first = get();
    calls[0]?.resolve(issue(1, clock));
    const keys = await first;
    await clock.passSettling(HOUR - MINUTE);
    await get();
    cache.refuse(keys);
    const next = get();
    calls[1]?.resolve(issue(2, clock));
    expect(await next).toMatchObject({ accessKeyId: 'STS.id2' });
    expect(calls).toHaveLength(2);
  });
});

describe('a provider that fails', () => {
  test('is called again with increasing delays until it answers; each waiting request is notified once', async () => {
    const failures = 4;
    const provider = vi.fn<CredentialsProvider>();
    const { clock, get } = setup((time) =>
      provider.mockImplementation(async () => {
        if (provider.mock.calls.length <= failures) throw new Error('STS is down');
        return issue(1, time);
      }),
    );
    const onWaits = [vi.fn(), vi.fn(), vi.fn()];
    const waiting = onWaits.map((onWait) => get({ onWait }));
    await clock.passSettling(MINUTE);
    expect((await Promise.all(waiting)).map(({ accessKeyId }) => accessKeyId)).toEqual(['STS.id1', 'STS.id1', 'STS.id1']);
    expect(provider).toHaveBeenCalledTimes(failures + 1);
    expect(onWaits.map((onWait) => onWait.mock.calls.length)).toEqual([1, 1, 1]);
  });

  test('is called at growing intervals: half a second, doubling, half a minute at most', async () => {
    const times: number[] = [];
    const { clock, get } = setup((time) => () => {
      times.push(time.time);
      return Promise.reject(new Error('STS is down'));
    });
    const controller = new AbortController();
    const waiting = get({ signal: controller.signal });
    await clock.passSettling(5 * MINUTE);
    const delays = times.slice(1).map((time, index) => time - (times[index] as number));
    delays.forEach((delay, index) => {
      const most = Math.min(500 * 2 ** index, 30_000);
      expect(delay).toBeGreaterThanOrEqual(most / 2);
      expect(delay).toBeLessThanOrEqual(most);
    });
    expect(delays.length).toBeGreaterThan(10);
    controller.abort();
    await expect(waiting).rejects.toThrow();
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('down'))],
    [
      'throws',
      (): never => {
        throw new Error('down');
      },
    ],
  ] as [string, CredentialsProvider][])('a request that joins while it fails is notified at once (%s)', async (_, provider) => {
    const { get } = setup(() => provider);
    void get().catch(() => {});
    await settlePromises();
    const onWait = vi.fn();
    void get({ onWait }).catch(() => {});
    await settlePromises();
    expect(onWait).toHaveBeenCalledTimes(1);
  });

  test('a slow one is reported once, after five seconds, and its answer still counts', async () => {
    const { provider, calls } = manual();
    const { clock, get } = setup(() => provider);
    const [early, late] = [vi.fn(), vi.fn()];
    const first = get({ onWait: early });
    await clock.passSettling(4_999);
    expect(early).not.toHaveBeenCalled();
    await clock.passSettling(1);
    expect(early).toHaveBeenCalledTimes(1);
    const second = get({ onWait: late });
    expect(late).toHaveBeenCalledTimes(1);
    await clock.passSettling(MINUTE);
    calls[0]?.resolve(issue(1, clock));
    expect(await first).toBe(await second);
    // It was called once more after half a minute.
    expect([early.mock.calls.length, late.mock.calls.length, calls.length]).toEqual([1, 1, 2]);
    expect(clock.timers.size).toBe(0);
  });

  test('leaves no timer behind when it has answered', async () => {
    const { make } = counting();
    const { clock, get } = setup(make);
    await get();
    expect(clock.timers.size).toBe(0);
  });

  test('a quick one is not told at all', async () => {
    const { make } = counting();
    const { clock, get } = setup(make);
    const onWait = vi.fn();
    await get({ onWait });
    await clock.passSettling(MINUTE);
    expect(onWait).not.toHaveBeenCalled();
  });

  test('is not called again after a CredentialsError: the application says that it is final', async () => {
    const error = new CredentialsError('SignedOut', 'The session is over');
    const provider = vi.fn(() => Promise.reject(error));
    const { get } = setup(() => provider);
    await expect(get()).rejects.toBe(error);
    expect(provider).toHaveBeenCalledTimes(1);
  });

  test('is asked again by the next request after it was given up', async () => {
    const provider = vi.fn<CredentialsProvider>().mockResolvedValueOnce({} as Credentials);
    const { get } = setup((clock) => provider.mockImplementation(async () => issue(2, clock)));
    await expect(get()).rejects.toThrow(CredentialsError);
    expect(await get()).toMatchObject({ accessKeyId: 'STS.id2' });
  });
});

describe('a provider that hangs', () => {
  test('is called again after 30 s, 60 s, 120 s, the signal of the call before aborted', async () => {
    const { provider, calls } = manual();
    const { clock, get } = setup(() => provider);
    const times: number[] = [];
    const controller = new AbortController();
    const waiting = get({ signal: controller.signal });
    for (let second = 0; second < 400; second += 1) {
      if (calls.length > times.length) times.push(second);
      await clock.passSettling(1_000);
    }
    expect(times.length).toBe(4);
    for (const [index, patience] of [30, 60, 120].entries()) {
      const gap = (times[index + 1] as number) - (times[index] as number);
      // Between two calls there is a short pause as well.
      expect(gap).toBeGreaterThanOrEqual(patience);
      expect(gap).toBeLessThanOrEqual(patience + 5);
    }
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, true, true, false]);
    expect(calls[0]?.signal.reason).toMatchObject({
      name: 'CredentialsError',
      code: 'ProviderHung',
      message: expect.stringContaining('30 s'),
    });
    controller.abort(new Error('paused'));
    await expect(waiting).rejects.toThrow('paused');
    expect(clock.timers.size).toBe(0);
  });

  test('shows the wait, and the second call’s answer ends it', async () => {
    const { provider, calls } = manual();
    const { clock, get } = setup(() => provider);
    const onWait = vi.fn();
    const waiting = get({ onWait });
    await clock.passSettling(31_000);
    expect(onWait).toHaveBeenCalledTimes(1);
    calls[1]?.resolve(issue(2, clock));
    expect(await waiting).toMatchObject({ accessKeyId: 'STS.id2' });
    expect(clock.timers.size).toBe(0);
  });

  test('may answer an earlier call late, also in the pause before the next one', async () => {
    const { provider, calls } = manual();
    const { clock, get } = setup(() => provider);
    const waiting = get();
    await clock.passSettling(30_001);
    expect(calls).toHaveLength(1);
    calls[0]?.resolve(issue(1, clock));
    expect(await waiting).toMatchObject({ accessKeyId: 'STS.id1' });
    expect([calls.length, clock.timers.size]).toEqual([1, 0]);
  });
});

describe('an answer that is no credentials', () => {
  test('at a renewal is asked for again while the upload waits: a server that answers 503 with JSON recovers', async () => {
    const provider = vi.fn<CredentialsProvider>();
    const { clock, cache, get } = setup((time) =>
      provider.mockImplementation(async () => {
        const call = provider.mock.calls.length;
        return call === 1 || call > 4 ? issue(call, time) : ({ error: 'service unavailable' } as never);
      }),
    );
    cache.refuse(await get());
    const onWait = vi.fn();
    const waiting = get({ onWait });
    await clock.passSettling(10_000);
    expect(await waiting).toMatchObject({ accessKeyId: 'STS.id5' });
    expect(onWait).toHaveBeenCalledTimes(1);
    expect(onWait.mock.calls[0]?.[0]).toMatchObject({ code: 'InvalidCredentials' });
  });

  test('the first time is final: the function is wrong', async () => {
    const provider = vi.fn<CredentialsProvider>(async () => ({ error: 'x' }) as never);
    const { get } = setup(() => provider);
    await expect(get()).rejects.toMatchObject({ code: 'InvalidCredentials' });
    expect(provider).toHaveBeenCalledTimes(1);
  });
});

describe('whatever is thrown', () => {
  test('a CredentialsError of another copy of this library is final, by its shape', async () => {
    const foreign = Object.assign(new Error('The session is over'), { name: 'CredentialsError', code: 'SignedOut', resumable: true });
    const provider = vi.fn(() => Promise.reject(foreign));
    const { get } = setup(() => provider);
    await expect(get()).rejects.toBe(foreign);
    expect(provider).toHaveBeenCalledTimes(1);
  });

  test.each([[undefined], [null], ['text'], [7], [Symbol('s')], [{ name: 'CredentialsError' }]])(
    '%s is a failure like others',
    async (thrown) => {
      const provider = vi.fn<CredentialsProvider>();
      const { clock, get } = setup((time) =>
        provider.mockImplementation(async () => {
          if (provider.mock.calls.length < 3) throw thrown;
          return issue(1, time);
        }),
      );
      const onWait = vi.fn();
      const waiting = get({ onWait });
      await clock.passSettling(5_000);
      expect(await waiting).toMatchObject({ accessKeyId: 'STS.id1' });
      expect(onWait.mock.calls[0]?.[0]).toMatchObject({ code: 'ProviderFailed' });
    },
  );
});

describe('aborting', () => {
  test('rejects with signal.reason, before and while waiting', async () => {
    const { provider, calls } = manual();
    const { get } = setup(() => provider);
    const reason = new Error('paused');
    await expect(get({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(calls).toHaveLength(0);
    const controller = new AbortController();
    const waiting = get({ signal: controller.signal });
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test("the last one who waits ends the provider's call, the others don't", async () => {
    const { provider, calls } = manual();
    const { get } = setup(() => provider);
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = [get({ signal: first.signal }), get({ signal: second.signal })];
    first.abort();
    await settlePromises();
    expect(calls[0]?.signal.aborted).toBe(false);
    const reason = new Error('stopped');
    second.abort(reason);
    await settlePromises();
    expect(calls[0]?.signal.reason).toBe(reason);
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('a call that was ended leaves no trace: the next request makes a new one', async () => {
    const { provider, calls } = manual();
    const { clock, get } = setup(() => provider);
    const controller = new AbortController();
    const gone = get({ signal: controller.signal });
    controller.abort();
    await expect(gone).rejects.toThrow();
    await settlePromises();
    const next = get();
    calls[1]?.resolve(issue(2, clock));
    expect(await next).toMatchObject({ accessKeyId: 'STS.id2' });
  });

  test('one task that is stopped never ends another that begins at the same moment', async () => {
    for (let turns = 0; turns < 20; turns += 1) {
      const { provider, calls } = manual();
      const { clock, get } = setup(() => provider);
      const controller = new AbortController();
      const stopped = get({ signal: controller.signal }).catch(() => {});
      controller.abort(new Error('the other task was stopped'));
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      const begun = get();
      await settlePromises();
      calls.at(-1)?.resolve(issue(1, clock));
      begun.catch(() => {});
      await expect(begun, `begun ${turns} microtasks later`).resolves.toMatchObject({ accessKeyId: 'STS.id1' });
      await stopped;
    }
  });

  test('leaves no listener on the signal of a request', async () => {
    const { make } = counting();
    const { get } = setup(make);
    const { signal } = new AbortController();
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    await get({ signal });
    await settlePromises();
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener));
  });

  test('ends the pauses between calls of a failing provider', async () => {
    const provider = vi.fn(() => Promise.reject(new Error('down')));
    const { clock, get } = setup(() => provider);
    const controller = new AbortController();
    const waiting = get({ signal: controller.signal });
    await clock.passSettling(100);
    controller.abort();
    await expect(waiting).rejects.toThrow();
    await clock.passSettling(HOUR);
    expect(provider).toHaveBeenCalledTimes(1);
  });
});

describe('fixed credentials', () => {
  const fixed: Credentials = { accessKeyId: 'id', accessKeySecret: 'very secret', securityToken: 'token' };

  test('are served until OSS refuses them, also past their end, which OSS is to judge', async () => {
    const { clock, get } = setup(() => ({ ...fixed, expiration: START + HOUR }));
    const keys = await get();
    await clock.passSettling(2 * HOUR);
    expect(await get()).toBe(keys);
  });

  test('once refused, there are no others: a CredentialsError says what to do', async () => {
    const { cache, get } = setup(() => fixed);
    cache.refuse(await get());
    await expect(get()).rejects.toMatchObject({
      name: 'CredentialsError',
      code: 'CredentialsRefused',
      message: expect.stringContaining('Pass a function as `credentials`'),
    });
    await expect(get()).rejects.toThrow(CredentialsError);
  });
});

describe('parseCredentials', () => {
  const keys: Keys = { accessKeyId: 'id', accessKeySecret: 'secret', securityToken: 'token', expiration: START };
  const pascal: Credentials = { AccessKeyId: 'id', AccessKeySecret: 'secret', SecurityToken: 'token', Expiration: '2026-11-22T08:00:00Z' };

  test.each<[string, unknown]>([
    ["AssumeRole's Credentials object", pascal],
    ["AssumeRole's whole answer", { RequestId: 'r', AssumedRoleUser: {}, Credentials: pascal }],
    ['camelCase', { accessKeyId: 'id', accessKeySecret: 'secret', securityToken: 'token', expiration: '2026-11-22T08:00:00Z' }],
    ["ali-oss's stsToken, and milliseconds", { accessKeyId: 'id', accessKeySecret: 'secret', stsToken: 'token', expiration: START }],
    ['a Date', { accessKeyId: 'id', accessKeySecret: 'secret', stsToken: 'token', expiration: new Date(START) }],
    ['camelCase, nested', { Credentials: { accessKeyId: 'id', accessKeySecret: 'secret', securityToken: 'token', expiration: START } }],
  ])('reads %s', (_, answer) => {
    expect(parseCredentials(answer as Credentials)).toEqual(keys);
  });

  test('token and expiration may be missing; an empty token is none', () => {
    expect(parseCredentials({ accessKeyId: 'id', accessKeySecret: 'secret', securityToken: '' })).toEqual({
      ...keys,
      securityToken: undefined,
      expiration: undefined,
    });
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /no accessKeyId and accessKeySecret/],
    ['null', null, /no accessKeyId and accessKeySecret/],
    ['an error page', '<html>502 Bad Gateway</html>', /no accessKeyId and accessKeySecret/],
    ['an empty object', {}, /no accessKeyId and accessKeySecret/],
    ['empty Credentials', { Credentials: {} }, /no accessKeyId and accessKeySecret/],
    ['another shape', { data: { accessKeyId: 'LEAK' } }, /no accessKeyId and accessKeySecret/],
    ['no secret', { accessKeyId: 'LEAK' }, /no accessKeySecret/],
    ['an empty secret', { accessKeyId: 'LEAK', accessKeySecret: '' }, /no accessKeySecret/],
    ['no id', { AccessKeySecret: 'LEAK', SecurityToken: 'LEAK' }, /no accessKeyId/],
    ['a number for an id', { accessKeyId: 7, accessKeySecret: 'LEAK' }, /no accessKeyId/],
    ['a token that is no text', { accessKeyId: 'id', accessKeySecret: 'LEAK', securityToken: { LEAK: 1 } }, /securityToken/],
    ['an expiration that is no date', { accessKeyId: 'id', accessKeySecret: 'LEAK', expiration: 'LEAK' }, /an invalid expiration/],
    ['an empty expiration', { accessKeyId: 'id', accessKeySecret: 'LEAK', expiration: '' }, /an invalid expiration/],
  ])('refuses %s, naming what is missing and no value', async (_, answer, message) => {
    const { get } = setup(() => () => answer as Credentials);
    const error: unknown = await get().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CredentialsError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('LEAK');
    expect(error).toMatchObject({ code: 'InvalidCredentials' });
  });
});
