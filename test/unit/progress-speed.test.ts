import { describe, expect, test } from 'vitest';
import { createLedger, type Ledger } from '../../src/core/progress.js';

/** A ledger at 5 s on the clock, looked at once. */
function startedLedger(total = 10_000, parts = 10): Ledger {
  const ledger = createLedger(total);
  ledger.plan(total, parts);
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

test('at rest, nothing is on its way any more', () => {
  const ledger = startedLedger();
  ledger.sent(1, 500);
  ledger.rest();
  ledger.sent(2, 600);
  expect(ledger.snapshot(5_100).loaded).toBe(600);
});
