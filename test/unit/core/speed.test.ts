import { describe, expect, test } from 'vitest';
import { createLedger, type Ledger } from '../../../src/core/progress.js';

/** A ledger at 5 s on the clock, looked at once. */
function startedLedger(total = 10_000, parts = 10): Ledger {
  const ledger = createLedger(total);
  ledger.plan(parts);
  ledger.snapshot(5_000);
  return ledger;
}

describe('what sockets swallow at the beginning of an attempt', () => {
  test('is no speed within the first second, and is from then on', () => {
    const ledger = startedLedger();
    ledger.sent(1, 500);
    ledger.snapshot(5_900);
    ledger.sent(1, 600);
    expect(ledger.snapshot(6_000).speed).toBe(0);
    ledger.sent(1, 700);
    expect(ledger.snapshot(7_000).speed).toBe(100);
  });

  test('nor is it when the attempt is made again, for its first second', () => {
    const ledger = startedLedger();
    ledger.sent(1, 500);
    ledger.snapshot(6_500);
    // The connection was lost; the next attempt begins at the first byte.
    ledger.sent(1, 300);
    ledger.sent(1, 400);
    expect(ledger.snapshot(7_000).speed).toBe(0);
    ledger.snapshot(7_600);
    ledger.sent(1, 1_000);
    expect(ledger.snapshot(8_600).speed).toBeGreaterThan(0);
  });
});

describe('the average', () => {
  test('forgets: three seconds of silence leave the e-th part', () => {
    const ledger = startedLedger();
    ledger.confirm(1, 1_000);
    expect(ledger.snapshot(6_000).speed).toBe(1_000);
    expect(ledger.snapshot(9_000).speed).toBe(Math.round(1_000 / Math.E));
  });

  test('takes a change in by how long it lasts', () => {
    const ledger = startedLedger();
    ledger.confirm(1, 1_000);
    ledger.snapshot(6_000);
    ledger.confirm(2, 2_000);
    expect(ledger.snapshot(7_000).speed).toBe(Math.round(1_000 + (1 - Math.exp(-1 / 3)) * 1_000));
  });

  test('one byte a second is a speed, less is none', () => {
    const ledger = startedLedger();
    ledger.confirm(1, 1);
    expect(ledger.snapshot(6_000).speed).toBe(1);
    const slower = startedLedger();
    slower.confirm(1, 1);
    expect(slower.snapshot(6_100).speed).toBe(0);
  });

  test('two looks at one moment lose nothing, and a twentieth of a second is enough for the next', () => {
    const ledger = startedLedger();
    ledger.confirm(1, 100);
    ledger.snapshot(5_000);
    expect(ledger.snapshot(5_049).speed).toBe(0);
    expect(ledger.snapshot(5_050).speed).toBe(2_000);
  });
});

describe('a silent line', () => {
  /** Sends `rate` bytes a second from `from` to `to`, in milliseconds, with ten looks a second. */
  function stream(ledger: Ledger, { from, to, rate, sent = 0 }: { from: number; to: number; rate: number; sent?: number }): number {
    for (let now = from; now <= to; now += 100) {
      ledger.sent(1, (sent += rate / 10));
      ledger.snapshot(now);
    }
    return sent;
  }

  /** The figures at each snapshot of some milliseconds without a byte. */
  function wait(ledger: Ledger, from: number, milliseconds: number): { speed: number; eta: number | undefined }[] {
    const looks = Array.from({ length: milliseconds / 100 }, (_, index) => ledger.snapshot(from + 100 * (index + 1)));
    return looks.map(({ speed, eta }) => ({ speed, eta }));
  }

  test('has an average for five seconds, and then neither a speed nor a time left, for as long as it lasts', () => {
    const ledger = startedLedger(1e9, 1);
    stream(ledger, { from: 5_000, to: 9_000, rate: 1e6 });
    const figures = wait(ledger, 9_000, 600_000);
    expect(figures.slice(0, 49).every(({ speed, eta }) => speed > 100_000 && eta! < 10_000_000)).toBe(true);
    expect(new Set(figures.slice(49).map(({ speed, eta }) => `${speed} ${eta}`))).toEqual(new Set(['0 undefined']));
  });

  test('is measured anew as soon as bytes move again', () => {
    const ledger = startedLedger(1e9, 1);
    const sent = stream(ledger, { from: 5_000, to: 9_000, rate: 1e6 });
    wait(ledger, 9_000, 60_000);
    ledger.sent(1, sent + 50_000);
    expect(ledger.snapshot(69_100)).toMatchObject({ speed: 500_000, eta: expect.closeTo((1e9 - sent - 50_000) / 500, -3) });
  });

  test('that ends with a part confirmed, whose bytes were in buffers: its speed is over its whole attempt, not since the last look', () => {
    const ledger = startedLedger(1e9, 10);
    ledger.sent(1, 6e6);
    wait(ledger, 5_000, 30_000);
    ledger.confirm(1, 6e6);
    expect(ledger.snapshot(35_100).speed).toBe(Math.round(6e6 / 30.1));
  });

  test('even when the attempt had begun before anybody looked', () => {
    const ledger = createLedger(1e9);
    ledger.plan(10);
    ledger.sent(1, 6e6);
    ledger.snapshot(1_700_000_000_000);
    wait(ledger, 1_700_000_000_000, 30_000);
    ledger.confirm(1, 6e6);
    expect(ledger.snapshot(1_700_000_030_100).speed).toBe(Math.round(6e6 / 30.1));
  });

  test('is not one that is looked at seldom, by a throttled timer, while bytes move', () => {
    const ledger = startedLedger(1e9, 1);
    ledger.sent(1, 1e6);
    ledger.snapshot(65_000);
    ledger.sent(1, 7e6);
    expect(ledger.snapshot(125_000).speed).toBe(100_000);
    ledger.sent(1, 13e6);
    expect(ledger.snapshot(185_000).speed).toBe(100_000);
  });

  test("is not noticed by a clock that was set back, which can't say how long it was", () => {
    const ledger = startedLedger(1e9, 1);
    stream(ledger, { from: 5_000, to: 9_000, rate: 1e6 });
    expect(ledger.snapshot(1_000).speed).toBe(1e6);
    expect(wait(ledger, 1_000, 5_000).at(-2)!.speed).toBeGreaterThan(0);
  });

  test('what sockets swallow of an attempt that is made again does not end the silence', () => {
    const ledger = startedLedger(1e9, 1);
    stream(ledger, { from: 5_000, to: 9_000, rate: 1e6 });
    wait(ledger, 9_000, 6_000);
    ledger.sent(1, 0);
    ledger.sent(1, 500_000);
    expect(ledger.snapshot(15_100)).toMatchObject({ speed: 0, eta: undefined });
  });
});

test('at rest, nothing is on its way any more', () => {
  const ledger = startedLedger();
  ledger.sent(1, 500);
  ledger.rest();
  ledger.sent(2, 600);
  expect(ledger.snapshot(5_100).loaded).toBe(600);
});
