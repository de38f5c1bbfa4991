import { afterEach, describe, expect, test, vi } from 'vitest';
import { createWakeLock } from '../../src/browser/wake-lock.js';

/** The platform's lock, which a headless browser may refuse. */
function platform(): { request: ReturnType<typeof vi.fn>; held: () => number; takeAway(): void } {
  const sentinels: { released: boolean }[] = [];
  const request = vi.fn(async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const sentinel = {
      released: false,
      async release() {
        sentinel.released = true;
      },
    };
    sentinels.push(sentinel);
    return sentinel;
  });
  vi.spyOn(navigator, 'wakeLock', 'get').mockReturnValue({ request } as unknown as WakeLock);
  return {
    request,
    held: () => sentinels.filter(({ released }) => !released).length,
    takeAway: () => sentinels.forEach((sentinel) => (sentinel.released = true)),
  };
}

describe('createWakeLock', () => {
  afterEach(() => void vi.restoreAllMocks());

  test('each holder has a lock of its own until it releases it', async () => {
    const { request, held } = platform();
    const lock = createWakeLock();
    const releaseA = lock.acquire();
    const releaseB = lock.acquire();
    await vi.waitFor(() => expect(held()).toBe(2));
    releaseA();
    releaseA();
    expect(held()).toBe(1);
    releaseB();
    expect(held()).toBe(0);
    expect(request).toHaveBeenCalledTimes(2);
  });

  test('seen again while a lock is on its way, one lock is left', async () => {
    const { request, held } = platform();
    const release = createWakeLock().acquire();
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.waitFor(() => expect(request).toHaveBeenCalledTimes(2));
    await vi.waitFor(() => expect(held()).toBe(1));
    release();
    expect(held()).toBe(0);
  });

  test('lets go of a lock that arrives when nobody wants it any more', async () => {
    const { request, held } = platform();
    createWakeLock().acquire()();
    await vi.waitFor(() => expect(request).toHaveBeenCalled());
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(held()).toBe(0);
  });

  test('asks again when the page is seen again', async () => {
    const { held, takeAway } = platform();
    const release = createWakeLock().acquire();
    await vi.waitFor(() => expect(held()).toBe(1));
    takeAway();
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.waitFor(() => expect(held()).toBe(1));
    release();
    expect(held()).toBe(0);
    document.dispatchEvent(new Event('visibilitychange'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(held()).toBe(0);
  });

  test('never fails: a refusal, a host without it, or the real one', async () => {
    createWakeLock().acquire()();
    const { request } = platform();
    request.mockRejectedValue(new DOMException('Low battery', 'NotAllowedError'));
    createWakeLock().acquire()();
    vi.spyOn(navigator, 'wakeLock', 'get').mockReturnValue(undefined as never);
    createWakeLock().acquire()();
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
