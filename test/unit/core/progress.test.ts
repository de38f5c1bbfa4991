import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLedger, type Ledger } from '../../../src/core/progress.js';

const PART = 100;
const PARTS = 10;
const TOTAL = PART * PARTS;

type Step =
  | { type: 'sent'; part: number; bytes: number }
  | { type: 'confirm' | 'restore' | 'reset'; part: number }
  | { type: 'plan' | 'rest' }
  | { type: 'snapshot'; after: number };

const anyPart = fc.integer({ min: 1, max: PARTS });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('sent' as const), part: anyPart, bytes: fc.nat(PART) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('confirm' as const, 'restore' as const, 'reset' as const), part: anyPart }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('plan' as const, 'rest' as const) }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('snapshot' as const), after: fc.nat(5_000) }) },
);

function apply(ledger: Ledger, step: Exclude<Step, { type: 'snapshot' }>): void {
  if (step.type === 'sent') ledger.sent(step.part, step.bytes);
  else if (step.type === 'confirm') ledger.confirm(step.part, PART);
  else if (step.type === 'restore') ledger.restore(step.part, PART);
  else if (step.type === 'reset') ledger.reset(step.part);
  else if (step.type === 'plan') ledger.plan(PARTS);
  else ledger.rest();
}

describe('whatever happens to the parts', () => {
  test('loaded never decreases and stays below the total; confirmed is the sum of the confirmed parts', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => {
        const ledger = createLedger(TOTAL);
        ledger.plan(PARTS);
        const done = new Set<number>();
        let now = 1_000;
        let before = 0;
        for (const step of steps) {
          if (step.type === 'snapshot') now += step.after;
          else apply(ledger, step);
          if (step.type === 'confirm' || step.type === 'restore') done.add(step.part);
          if (step.type === 'reset') done.delete(step.part);
          if (step.type === 'plan') done.clear();
          const { loaded, confirmed, total, speed, eta, parts } = ledger.snapshot(now);
          expect(loaded).toBeGreaterThanOrEqual(before);
          expect(loaded).toBeLessThan(TOTAL);
          expect(loaded).toBeGreaterThanOrEqual(Math.min(confirmed, TOTAL - 1));
          expect([confirmed, total, parts]).toEqual([PART * done.size, TOTAL, { done: done.size, total: PARTS }]);
          expect(Number.isFinite(speed) && speed >= 0).toBe(true);
          if (eta !== undefined) expect(Number.isFinite(eta) && eta >= 0).toBe(true);
          before = loaded;
        }
      }),
      { numRuns: 400 },
    );
  });

  test('nothing that is read moves the figures: two looks at the same moment are equal', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const ledger = createLedger(TOTAL);
        for (const step of steps) if (step.type !== 'snapshot') apply(ledger, step);
        expect(ledger.snapshot(5_000)).toEqual(ledger.snapshot(5_000));
      }),
    );
  });
});

describe('loaded and confirmed', () => {
  test('count what is on its way, then what is acknowledged, and no byte twice', () => {
    const ledger = createLedger(TOTAL);
    ledger.plan(PARTS);
    ledger.sent(1, 60);
    ledger.sent(2, 30);
    expect(ledger.snapshot(0)).toMatchObject({ loaded: 90, confirmed: 0 });
    ledger.confirm(1, PART);
    expect(ledger.snapshot(0)).toMatchObject({ loaded: 130, confirmed: 100, parts: { done: 1, total: 10 } });
    ledger.confirm(1, PART);
    expect(ledger.snapshot(0)).toMatchObject({ loaded: 130, confirmed: 100 });
  });

  test('a repeated attempt shows no step back, and no progress until it has caught up', () => {
    const ledger = createLedger(TOTAL);
    ledger.plan(PARTS);
    ledger.sent(1, 80);
    expect(ledger.snapshot(0).loaded).toBe(80);
    ledger.sent(1, 0);
    ledger.sent(1, 70);
    expect(ledger.snapshot(0).loaded).toBe(80);
    ledger.sent(1, 90);
    expect(ledger.snapshot(0).loaded).toBe(90);
  });

  test('a part that has to be sent again leaves confirmed, not loaded', () => {
    const ledger = createLedger(TOTAL);
    ledger.plan(PARTS);
    ledger.confirm(1, PART);
    ledger.snapshot(0);
    ledger.reset(1);
    expect(ledger.snapshot(0)).toMatchObject({ loaded: 100, confirmed: 0, parts: { done: 0, total: 10 } });
  });

  test('a new plan forgets the parts, not what was shown', () => {
    const ledger = createLedger(TOTAL);
    ledger.plan(PARTS);
    ledger.confirm(1, PART);
    ledger.confirm(2, PART);
    ledger.snapshot(0);
    ledger.plan(20);
    expect(ledger.snapshot(0)).toMatchObject({ loaded: 200, confirmed: 0, parts: { done: 0, total: 20 } });
  });

  test('one byte is kept back until the object is complete, and an empty file has none to keep', () => {
    const ledger = createLedger(TOTAL);
    ledger.plan(1);
    ledger.confirm(1, TOTAL);
    expect(ledger.snapshot(0)).toMatchObject({ loaded: TOTAL - 1, confirmed: TOTAL });
    const empty = createLedger(0);
    empty.plan(1);
    empty.confirm(1, 0);
    expect(empty.snapshot(0)).toMatchObject({ loaded: 0, confirmed: 0, total: 0 });
  });
});

describe('speed', () => {
  /** Sends `rate` bytes a second for some seconds, looked at every `interval` milliseconds. */
  function run(
    ledger: Ledger,
    {
      from = 0,
      seconds,
      rate,
      interval = 100,
      start = 0,
    }: { from?: number; seconds: number; rate: number; interval?: number; start?: number },
  ): number {
    let now = start;
    for (; now <= start + seconds * 1000; now += interval) {
      ledger.sent(1, from + ((now - start) * rate) / 1000);
      ledger.snapshot(now);
    }
    return now - interval;
  }

  function makeLedger(total = 1e9): Ledger {
    const ledger = createLedger(total);
    ledger.plan(1);
    return ledger;
  }

  test('is unknown before two looks', () => {
    const ledger = makeLedger();
    ledger.sent(1, 1_000);
    expect(ledger.snapshot(0)).toMatchObject({ speed: 0, eta: undefined });
    // Within a twentieth of a second there is nothing to be told yet.
    expect(ledger.snapshot(20)).toMatchObject({ speed: 0, eta: undefined });
  });

  test('is the rate when the rate is steady', () => {
    const ledger = makeLedger();
    const now = run(ledger, { seconds: 2, rate: 1_000_000 });
    expect(ledger.snapshot(now).speed).toBeCloseTo(1_000_000, -2);
  });

  test.each([100, 1_000, 5_000])('follows a change of the rate within some seconds, looked at every %i ms', (interval) => {
    const ledger = makeLedger();
    const changed = run(ledger, { seconds: 10, rate: 1_000_000, interval });
    const now = run(ledger, { start: changed, from: 10_000_000, seconds: 15, rate: 200_000, interval });
    const { speed } = ledger.snapshot(now);
    expect(speed).toBeGreaterThan(195_000);
    expect(speed).toBeLessThan(220_000);
  });

  test('falls to nothing when nothing moves', () => {
    const ledger = makeLedger();
    let now = run(ledger, { seconds: 5, rate: 1_000_000 });
    for (let look = 0; look < 100; look += 1) ledger.snapshot((now += 1_000));
    expect(ledger.snapshot(now)).toMatchObject({ speed: 0, eta: undefined });
  });

  test("isn't made of parts that were there before", () => {
    const ledger = makeLedger();
    ledger.snapshot(0);
    ledger.restore(2, 500_000_000);
    ledger.restore(3, 400_000_000);
    expect(ledger.snapshot(1_000)).toMatchObject({ loaded: 900_000_000, confirmed: 900_000_000, speed: 0, eta: undefined });
  });

  test('counts bytes that are sent again, since they move', () => {
    const ledger = makeLedger();
    ledger.snapshot(0);
    const speeds = [400_000, 1_000_000, 400_000, 1_000_000, 1_000_000].map((bytes, index) => {
      const { speed } = ledger.snapshot(2_000 * index);
      ledger.sent(1, bytes);
      return speed;
    });
    // What was sent first in each of the two attempts went into buffers; the 600 KB after that moved twice.
    expect(speeds).toEqual([0, 0, 300_000, expect.any(Number), expect.any(Number)]);
    expect(speeds[4]).toBeGreaterThan(speeds[3] as number);
  });

  test('what a socket swallows at once counts as moved when the part is confirmed, not before', () => {
    const ledger = makeLedger();
    ledger.snapshot(0);
    ledger.sent(1, 4_000_000);
    expect(ledger.snapshot(1_000)).toMatchObject({ loaded: 4_000_000, speed: 0 });
    ledger.confirm(1, 4_000_000);
    expect(ledger.snapshot(2_000).speed).toBe(4_000_000);
  });

  test('a rest forgets it, and the time of the rest is not counted in', () => {
    const ledger = makeLedger();
    const paused = run(ledger, { seconds: 5, rate: 1_000_000 });
    ledger.rest();
    const resumed = paused + 3_600_000;
    expect(ledger.snapshot(resumed)).toMatchObject({ speed: 0, eta: undefined });
    const now = run(ledger, { start: resumed, seconds: 2, rate: 500_000 });
    expect(ledger.snapshot(now).speed).toBeCloseTo(500_000, -2);
  });

  test('the time left is what is missing at this speed', () => {
    const ledger = makeLedger(10_000_000);
    const now = run(ledger, { seconds: 4, rate: 1_000_000 });
    const { eta } = ledger.snapshot(now);
    expect(eta).toBeGreaterThan(5_900);
    expect(eta).toBeLessThan(6_100);
  });

  test("a clock that is set back doesn't bend it", () => {
    const ledger = makeLedger();
    const now = run(ledger, { seconds: 5, rate: 1_000_000 });
    const { speed } = ledger.snapshot(now - 3_600_000);
    expect(speed).toBeCloseTo(1_000_000, -2);
  });

  test("a clock that is set back doesn't freeze it", () => {
    const ledger = makeLedger();
    const now = run(ledger, { seconds: 5, rate: 1_000_000 });
    const later = run(ledger, { start: now - 3_600_000, from: 5_000_000, seconds: 20, rate: 200_000 });
    expect(ledger.snapshot(later).speed).toBeLessThan(220_000);
  });
});
