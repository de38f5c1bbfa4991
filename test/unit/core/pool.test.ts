import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { createPool } from '../../../src/core/pool.js';

/** A signal of its own for each wish, as requests have. */
const never = (): AbortSignal => new AbortController().signal;

/** Lets everything that is due happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

type Step =
  | { type: 'acquire'; owner: number; limit: number | undefined }
  | { type: 'release'; index: number; twice: boolean }
  | { type: 'abort'; index: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('acquire' as const), owner: fc.nat(3), limit: fc.constantFrom(undefined, 1, 2, 3) }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('release' as const), index: fc.nat(50), twice: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('abort' as const), index: fc.nat(50) }) },
);

interface Wish {
  owner: number;
  limit: number;
  controller: AbortController;
  state: 'waiting' | 'holding' | 'released' | 'aborted';
  release: () => void;
  rejection: unknown;
}

describe('whatever is asked for, in any order', () => {
  test('holds the size, the limits and the promise of no idle slot; aborted waiters get their reason and no slot', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(anyStep, { maxLength: 60 }), async (size, steps) => {
        const pool = createPool(size);
        const owners = Array.from({ length: 4 }, (_, id) => ({ id }));
        const wishes: Wish[] = [];
        const inState = (state: Wish['state']): Wish[] => wishes.filter((wish) => wish.state === state);
        const overLimit: Wish[] = [];
        const holds = (owner: number): number => inState('holding').filter((wish) => wish.owner === owner).length;

        for (const step of steps) {
          if (step.type === 'acquire') {
            const { owner, limit } = step;
            const wish: Wish = {
              owner,
              limit: limit ?? size,
              controller: new AbortController(),
              state: 'waiting',
              release: () => {},
              rejection: undefined,
            };
            wishes.push(wish);
            pool.acquire(owners[owner] as object, wish.controller.signal, limit).then(
              (release) => {
                if (holds(owner) >= wish.limit) overLimit.push(wish);
                Object.assign(wish, { state: 'holding', release });
              },
              (rejection) => {
                wish.rejection = rejection;
              },
            );
          } else if (step.type === 'release') {
            const holding = inState('holding');
            const wish = holding[step.index % (holding.length || 1)];
            if (wish) {
              wish.state = 'released';
              wish.release();
              if (step.twice) wish.release();
            }
          } else {
            const wish = wishes[step.index % (wishes.length || 1)];
            // Also wishes that were granted or given back: their signal must have lost its hold on the pool.
            if (wish?.state === 'waiting') wish.state = 'aborted';
            wish?.controller.abort(wish);
          }
          await settle();

          expect(pool.busy).toBe(inState('holding').length);
          expect(pool.busy).toBeLessThanOrEqual(size);
          expect(overLimit).toEqual([]);
          for (const wish of inState('aborted')) expect(wish.rejection).toBe(wish);
          for (const wish of inState('holding')) expect(wish.rejection).toBeUndefined();
          if (pool.busy < size) {
            // An owner's wishes are served in their order, so the first of each says whether the owner waits rightly.
            for (let owner = 0; owner < owners.length; owner += 1) {
              const first = inState('waiting').find((wish) => wish.owner === owner);
              if (first) expect(holds(owner)).toBeGreaterThanOrEqual(first.limit);
            }
          }
        }
        for (let round = 0; round <= wishes.length; round += 1) {
          for (const wish of inState('holding')) {
            wish.state = 'released';
            wish.release();
          }
          await settle();
        }
        expect(inState('waiting')).toEqual([]);
        expect(pool.busy).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('never gives an owner more slots than its limit, while others fill the rest', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        async (size, limits) => {
          const pool = createPool(size);
          const holding = limits.map(() => 0);
          const most = limits.map(() => 0);
          const releases: (() => void)[] = [];
          limits.forEach((limit, index) => {
            const owner = {};
            for (let wish = 0; wish < 10; wish += 1) {
              void pool.acquire(owner, never(), limit).then((release) => {
                holding[index] = (holding[index] ?? 0) + 1;
                most[index] = Math.max(most[index] ?? 0, holding[index]);
                releases.push(() => {
                  holding[index] = (holding[index] ?? 0) - 1;
                  release();
                });
              });
            }
          });
          await settle();
          const served = Math.min(
            size,
            limits.reduce((sum, limit) => sum + limit, 0),
          );
          expect(pool.busy).toBe(served);
          while (releases.length > 0) {
            releases.shift()?.();
            await settle();
          }
          limits.forEach((limit, index) => expect(most[index]).toBeLessThanOrEqual(limit));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('goes round the owners that wait: their turns differ by one at most', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 5 }), async (size, count) => {
        const pool = createPool(size);
        const turns = Array.from({ length: count }, () => 0);
        const releases: (() => void)[] = [];
        // The first owner asks for everything before the others come.
        for (let owner = 0; owner < count; owner += 1) {
          const key = {};
          for (let wish = 0; wish < 20; wish += 1) {
            void pool.acquire(key, never()).then((release) => {
              turns[owner] = (turns[owner] ?? 0) + 1;
              releases.push(release);
            });
          }
        }
        await settle();
        const head = [...turns];
        for (let step = 0; step < 10 * count; step += 1) {
          releases.shift()?.();
          await settle();
          const since = turns.map((turn, owner) => turn - (head[owner] ?? 0));
          expect(Math.max(...since) - Math.min(...since)).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('createPool', () => {
  test('grants in the same turn in which a slot is given back', async () => {
    const pool = createPool(1);
    const release = await pool.acquire({}, never());
    const second = pool.acquire({}, never());
    expect(pool.busy).toBe(1);
    release();
    // No timer, no microtask: the slot has changed hands already.
    expect(pool.busy).toBe(1);
    (await second)();
    expect(pool.busy).toBe(0);
  });

  test('a release called twice gives back one slot', async () => {
    const pool = createPool(2);
    const [first] = await Promise.all([pool.acquire({}, never()), pool.acquire({}, never())]);
    first?.();
    first?.();
    expect(pool.busy).toBe(1);
  });

  test('rejects with signal.reason: at once when aborted already, and later when aborted while waiting', async () => {
    const pool = createPool(1);
    const reason = new Error('paused');
    await expect(pool.acquire({}, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(pool.busy).toBe(0);
    await pool.acquire({}, never());
    const controller = new AbortController();
    const waiting = pool.acquire({}, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test('an aborted waiter lets the next one of its owner have the slot', async () => {
    const pool = createPool(1);
    const owner = {};
    const release = await pool.acquire(owner, never());
    const controller = new AbortController();
    const [gone, next] = [pool.acquire(owner, controller.signal), pool.acquire(owner, never())];
    controller.abort();
    release();
    await expect(gone).rejects.toThrow();
    await expect(next).resolves.toBeTypeOf('function');
    expect(pool.busy).toBe(1);
  });

  test("a limit counts its own owner's slots only, and passes the rest on", async () => {
    const pool = createPool(3);
    const [narrow, wide] = [{}, {}];
    const first = await pool.acquire(narrow, never(), 1);
    const second = pool.acquire(narrow, never(), 1);
    await Promise.all([pool.acquire(wide, never()), pool.acquire(wide, never())]);
    expect(pool.busy).toBe(3);
    first();
    await second;
    expect(pool.busy).toBe(3);
  });

  test('leaves no listener on a signal, granted or aborted', async () => {
    const pool = createPool(1);
    const controller = new AbortController();
    const [add, remove] = [vi.spyOn(controller.signal, 'addEventListener'), vi.spyOn(controller.signal, 'removeEventListener')];
    const release = await pool.acquire({}, controller.signal);
    release();
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener));
  });
});

test('a waiter that leaves lets the one behind it, whose limit is higher, have the free slot', async () => {
  const pool = createPool(3);
  const owner = {};
  await pool.acquire(owner, never());
  await pool.acquire(owner, never());
  const controller = new AbortController();
  const blocked = pool.acquire(owner, controller.signal, 1);
  blocked.catch(() => {});
  const behind = pool.acquire(owner, never());
  controller.abort(new Error('gone'));
  await expect(blocked).rejects.toThrow('gone');
  await behind;
  expect(pool.busy).toBe(3);
});

test('a signal that lasts for ten thousand parts collects no listeners', async () => {
  const pool = createPool(1);
  const { signal } = new AbortController();
  const owner = {};
  const release = await pool.acquire(owner, signal);
  const next = pool.acquire(owner, signal);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  release();
  (await next)();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('who leaves the line gets no slot; once it has one, it is too late to leave', () => {
  const pool = createPool(1);
  const granted: string[] = [];
  let release = (): void => {};
  const leaveFirst = pool.enter({}, (end) => {
    granted.push('first');
    release = end;
  });
  const leaveSecond = pool.enter({}, () => granted.push('second'));
  pool.enter({}, () => granted.push('third'));
  expect([leaveFirst(), leaveSecond(), leaveSecond()]).toEqual([false, true, false]);
  release();
  expect([granted, pool.busy]).toEqual([['first', 'third'], 1]);
});
