import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLocks } from '../../src/browser/locks.js';
import type { Locks } from '../../src/ports.js';

let names = 0;
const freshName = (): string => `locks-test-${Date.now()}-${++names}`;
const never = new AbortController().signal;
const waiting = { signal: never, onWait: () => {} };

/** Locks as on a host without the API. */
function withoutApi(): Locks {
  vi.spyOn(navigator, 'locks', 'get').mockReturnValue(undefined as never);
  onTestFinished(() => void vi.restoreAllMocks());
  return createLocks();
}

/** A second page of the same origin. */
async function otherPage(): Promise<{ window: Window & typeof globalThis; close(): void }> {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  onTestFinished(() => frame.remove());
  return { window: frame.contentWindow as Window & typeof globalThis, close: () => frame.remove() };
}

function deferred(): { promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((r) => (resolve = r));
  return { promise, resolve };
}

describe.each<[string, () => Locks, boolean]>([
  ['with Web Locks', createLocks, true],
  ['without a lock API', withoutApi, false],
])('locks %s', (_, create, exclusive) => {
  test(`${exclusive ? 'hold' : "don't hold"} across tabs`, () => {
    expect(create().exclusive).toBe(exclusive);
  });

  test('give a free lock at once, without a wait, and return what was done', async () => {
    const onWait = vi.fn();
    expect(await create().request(freshName(), { signal: never, onWait }, async () => 42)).toBe(42);
    expect(onWait).not.toHaveBeenCalled();
  });

  test('are held by one at a time, in the order of asking', async () => {
    const locks = create();
    const name = freshName();
    const log: string[] = [];
    const hold = (who: string) => async (): Promise<void> => {
      log.push(`${who} in`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push(`${who} out`);
    };
    await Promise.all(['a', 'b', 'c'].map((who) => locks.request(name, waiting, hold(who))));
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  test('tell who has to wait, once', async () => {
    const locks = create();
    const name = freshName();
    const done = deferred();
    const first = locks.request(name, waiting, () => done.promise);
    const onWait = vi.fn(() => done.resolve());
    await locks.request(name, { signal: never, onWait }, async () => {});
    await first;
    expect(onWait).toHaveBeenCalledTimes(1);
  });

  test('know whether somebody waits', async () => {
    const locks = create();
    const name = freshName();
    const done = deferred();
    const waits = deferred();
    const first = locks.request(name, waiting, () => done.promise);
    expect(await locks.isAwaited(name)).toBe(false);
    expect(await locks.isHeld(name)).toBe(true);
    const second = locks.request(name, { signal: never, onWait: waits.resolve }, async () => {});
    await waits.promise;
    await vi.waitFor(async () => expect(await locks.isAwaited(name)).toBe(true));
    expect(await locks.isAwaited(freshName())).toBe(false);
    done.resolve();
    await Promise.all([first, second]);
    expect(await locks.isAwaited(name)).toBe(false);
  });

  test("reject an aborted wait with the signal's reason, and the lock goes to the next", async () => {
    const locks = create();
    const name = freshName();
    const done = deferred();
    const first = locks.request(name, waiting, () => done.promise);
    const controller = new AbortController();
    const hold = vi.fn(async () => {});
    const second = locks.request(name, { signal: controller.signal, onWait: () => setTimeout(() => controller.abort('paused'), 5) }, hold);
    const third = locks.request(name, waiting, async () => 'third');
    await expect(second).rejects.toBe('paused');
    done.resolve();
    expect(await third).toBe('third');
    await first;
    expect(hold).not.toHaveBeenCalled();
  });

  test('ask for nothing when aborted before', async () => {
    const hold = vi.fn(async () => {});
    const request = create().request(freshName(), { signal: AbortSignal.abort('gone'), onWait: () => {} }, hold);
    await expect(request).rejects.toBe('gone');
    expect(hold).not.toHaveBeenCalled();
  });

  test('are released when the work fails, and pass its error on', async () => {
    const locks = create();
    const name = freshName();
    const error = new Error('work failed');
    await expect(locks.request(name, waiting, () => Promise.reject(error))).rejects.toBe(error);
    expect(await locks.request(name, waiting, async () => 'free')).toBe('free');
  });

  test('let work that has begun continue after an abort', async () => {
    const controller = new AbortController();
    const result = create().request(freshName(), { signal: controller.signal, onWait: () => {} }, async () => {
      controller.abort();
      await new Promise((resolve) => setTimeout(resolve, 5));
      return 'finished';
    });
    expect(await result).toBe('finished');
  });
});

describe('Web Locks', () => {
  test('keep another page waiting, and go to it when the holder is done', async () => {
    const name = freshName();
    const { window } = await otherPage();
    const done = deferred();
    const held = deferred();
    const first = window.navigator.locks.request(name, () => {
      held.resolve();
      return done.promise;
    });
    await held.promise;
    const waits = deferred();
    const second = createLocks().request(name, { signal: never, onWait: waits.resolve }, async () => 'taken over');
    await waits.promise;
    done.resolve();
    expect(await second).toBe('taken over');
    await first;
  });

  test('go to the waiting page when the holding page dies', async () => {
    const name = freshName();
    const { window, close } = await otherPage();
    const held = deferred();
    void window.navigator.locks.request(name, () => {
      held.resolve();
      return new Promise(() => {});
    });
    await held.promise;
    const waits = deferred();
    const second = createLocks().request(name, { signal: never, onWait: waits.resolve }, async () => 'taken over');
    await waits.promise;
    close();
    expect(await second).toBe('taken over');
  });

  test('are shared by a worker', async () => {
    const name = freshName();
    const source = `navigator.locks.request(${JSON.stringify(name)}, () => { postMessage('held'); return new Promise(() => {}); })`;
    const worker = new Worker(URL.createObjectURL(new Blob([source])));
    await new Promise((resolve) => (worker.onmessage = resolve));
    const onWait = vi.fn(() => worker.terminate());
    expect(await createLocks().request(name, { signal: never, onWait }, async () => 'taken over')).toBe('taken over');
    expect(onWait).toHaveBeenCalledTimes(1);
  });

  test('that the browser refuses count as missing', async () => {
    vi.spyOn(navigator.locks, 'request').mockRejectedValue(new DOMException('Access denied', 'SecurityError'));
    onTestFinished(() => void vi.restoreAllMocks());
    const locks = createLocks();
    expect(await locks.request(freshName(), waiting, async () => 'held')).toBe('held');
    expect(locks.exclusive).toBe(false);
  });
});

test('a lock that another page steals aborts the signal of what it protected, which may still end regularly', async () => {
  const locks = createLocks();
  const name = freshName();
  const thief = deferred();
  let lost: AbortSignal | undefined;
  const held = locks.request(name, waiting, async (signal) => {
    lost = signal;
    await thief.promise;
    return 'ended';
  });
  await vi.waitFor(async () => expect(await locks.isHeld(name)).toBe(true));
  expect(lost?.aborted).toBe(false);
  const stolen = navigator.locks.request(name, { steal: true }, async () => {});
  await vi.waitFor(() => expect(lost?.aborted).toBe(true));
  thief.resolve();
  expect(await held).toBe('ended');
  await stolen;
});

describe('whether this page holds a lock', () => {
  test('is known of every request of this page, and of no other page’s', async () => {
    const name = freshName();
    const { window } = await otherPage();
    const [here, there] = [deferred(), deferred()];
    const own = createLocks().request(name, waiting, () => here.promise);
    const other = createLocks();
    await vi.waitFor(() => expect(other.isHeldHere?.(name)).toBe(true));
    const elsewhere = window.navigator.locks.request(name, () => there.promise);
    here.resolve();
    await own;
    await vi.waitFor(async () => expect(await other.isHeld(name)).toBe(true));
    expect(other.isHeldHere?.(name)).toBe(false);
    there.resolve();
    await elsewhere;
  });

  test('is said again to who waits, whenever it changes', async () => {
    const name = freshName();
    const { window } = await otherPage();
    const [elsewhere, here, elsewhereAgain] = [deferred(), deferred(), deferred()];
    const locks = createLocks();
    const said: (boolean | undefined)[] = [];
    const first = window.navigator.locks.request(name, () => elsewhere.promise);
    await vi.waitFor(async () => expect(await locks.isHeld(name)).toBe(true));
    const second = createLocks().request(name, waiting, () => here.promise);
    await vi.waitFor(async () => expect(await locks.isAwaited(name)).toBe(true));
    const third = window.navigator.locks.request(name, () => elsewhereAgain.promise);
    const onWait = (): void => void said.push(locks.isHeldHere?.(name));
    const last = locks.request(name, { signal: never, onWait }, async () => 'mine');
    await vi.waitFor(() => expect(said).toEqual([false]));
    elsewhere.resolve();
    await vi.waitFor(() => expect(said).toEqual([false, true]));
    here.resolve();
    await vi.waitFor(() => expect(said).toEqual([false, true, false]));
    elsewhereAgain.resolve();
    expect(await last).toBe('mine');
    expect(said).toEqual([false, true, false]);
    await Promise.all([first, second, third]);
    expect(locks.isHeldHere?.(name)).toBe(false);
  });

  test('is false as soon as another page has stolen it, though the work still runs', async () => {
    const name = freshName();
    const { window } = await otherPage();
    const locks = createLocks();
    const thief = deferred();
    const work = deferred();
    const held = locks.request(name, waiting, () => work.promise);
    await vi.waitFor(() => expect(locks.isHeldHere?.(name)).toBe(true));
    const stolen = window.navigator.locks.request(name, { steal: true }, () => thief.promise);
    await vi.waitFor(() => expect(locks.isHeldHere?.(name)).toBe(false));
    work.resolve();
    thief.resolve();
    await Promise.all([held, stolen]);
  });

  test('is always so without a lock API', async () => {
    const locks = withoutApi();
    const name = freshName();
    const done = deferred();
    const held = locks.request(name, waiting, () => done.promise);
    expect(locks.isHeldHere?.(name)).toBe(true);
    done.resolve();
    await held;
    expect(locks.isHeldHere?.(name)).toBe(false);
  });
});

test('without a lock API, whoever does not want to wait does not', async () => {
  const locks = withoutApi();
  const name = freshName();
  const first = deferred();
  const held = locks.request(name, waiting, () => first.promise);
  const busy = new AbortController();
  const hold = vi.fn(async () => {});
  await expect(locks.request(name, { signal: busy.signal, onWait: () => busy.abort() }, hold)).rejects.toMatchObject({
    name: 'AbortError',
  });
  first.resolve();
  await held;
  expect(hold).not.toHaveBeenCalled();
});
