import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { CredentialsError } from '../../../src/errors.js';
import type { Credentials } from '../../../src/options/types.js';
import { createServiceClock } from '../../../src/oss/service-clock.js';
import { createCredentialsCache, type CredentialsCache } from '../../../src/oss/credentials.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { settle } from '../../helpers/turns.js';

const HOUR = 3_600_000;

interface Call {
  resolve(answer: Credentials): void;
  reject(error: unknown): void;
}

/** A cache over a function whose answers the test gives by hand. */
function setup(): { clock: ManualClock; cache: CredentialsCache; calls: Call[]; get(signal?: AbortSignal): Promise<string> } {
  const clock = new ManualClock();
  const calls: Call[] = [];
  const provider = (): Promise<Credentials> => new Promise((resolve, reject) => calls.push({ resolve, reject }));
  const cache = createCredentialsCache(provider, clock, createServiceClock(clock));
  return {
    clock,
    cache,
    calls,
    get: async (signal = new AbortController().signal) => (await cache.get(signal, () => {})).accessKeyId,
  };
}

const issue = (n: number, clock: ManualClock, life = HOUR): Credentials => ({
  accessKeyId: `STS.id${n}`,
  accessKeySecret: 'secret',
  expiration: clock.time + life,
});

describe('a failure in the background', () => {
  test('is not repeated while nobody asks, and not before half a second when somebody does', async () => {
    const { clock, calls, get } = setup();
    const first = get();
    calls[0]?.resolve(issue(1, clock));
    await first;
    clock.pass(HOUR - 60_000);
    await get();
    calls[1]?.reject(new Error('STS is down'));
    await settle();
    for (let second = 0; second < 10; second += 1) {
      clock.pass(30);
      await settle();
    }
    expect(calls).toHaveLength(2);
    clock.pass(199);
    await get();
    expect(calls).toHaveLength(2);
    clock.pass(1);
    expect(await get()).toBe('STS.id1');
    expect(calls).toHaveLength(3);
  });
});

describe('a renewal that was given up', () => {
  test('does not end the one that was begun since: who asks joins that', async () => {
    const { clock, calls, get } = setup();
    const controller = new AbortController();
    const left = get(controller.signal);
    controller.abort(new Error('paused'));
    await expect(left).rejects.toThrow('paused');
    const second = get();
    calls[0]?.reject(new Error('aborted'));
    await settle();
    const third = get();
    expect(calls).toHaveLength(2);
    calls[1]?.resolve(issue(2, clock));
    expect(await Promise.all([second, third])).toEqual(['STS.id2', 'STS.id2']);
  });
});

test('keys that are dead on arrival to the millisecond are for OSS to judge', async () => {
  const { clock, calls, get } = setup();
  const first = get();
  calls[0]?.resolve(issue(1, clock, 0));
  await first;
  for (let request = 0; request < 3; request += 1) expect(await get()).toBe('STS.id1');
  expect(calls).toHaveLength(1);
});

test('every waiting request learns what fails, also one that joins later; the function’s own words stay in the cause', async () => {
  const { cache, calls } = setup();
  const cause = new Error('internal host 10.0.0.7 refused');
  const [early, late] = [vi.fn(), vi.fn()];
  void cache.get(new AbortController().signal, early).catch(() => {});
  calls[0]?.reject(cause);
  await settle();
  void cache.get(new AbortController().signal, late).catch(() => {});
  await settle();
  for (const onWait of [early, late]) {
    const error: unknown = onWait.mock.calls[0]?.[0];
    expect(error).toBeInstanceOf(CredentialsError);
    expect(error).toMatchObject({ code: 'ProviderFailed', cause, resumable: true });
    expect((error as Error).message).toMatch(/`credentials` function failed/);
    expect((error as Error).message).not.toContain('10.0.0.7');
  }
});

test('a signal that lasts for ten thousand parts collects no listeners', async () => {
  const { clock, calls, get } = setup();
  const { signal } = new AbortController();
  const first = get(signal);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  calls[0]?.resolve(issue(1, clock));
  await first;
  await settle();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
