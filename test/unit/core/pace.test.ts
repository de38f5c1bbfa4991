/** What parts that arrive say about the part size that suits the line. */
import { expect, test } from 'vitest';
import { createPace, type Pace } from '../../../src/core/pace.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { KiB, MiB } from '../../helpers/sizes.js';

const MINUTE = 60_000;

function setup(slots = 1) {
  const clock = new ManualClock();
  return { clock, pace: createPace(slots, clock) };
}

/** A part of which `waiting` milliseconds pass before the first byte, and `moving` until the answer. */
async function arrive(pace: Pace, clock: ManualClock, size: number, moving: number, waiting = 0): Promise<void> {
  await pace.measure(size, async (onSent) => {
    clock.pass(waiting);
    onSent(size / 4);
    clock.pass(moving);
    onSent(size);
  });
}

test('nothing is known before a part has arrived', () => {
  expect(setup().pace.suitable(1)).toBeUndefined();
});

test('a part that takes three seconds suits', async () => {
  const { pace, clock } = setup();
  await arrive(pace, clock, MiB, 1_000);
  expect(pace.suitable(1)).toBe(3 * MiB);
  await arrive(pace, clock, 3 * MiB, 3_000);
  expect(pace.suitable(1)).toBe(3 * MiB);
});

test('the answer takes a round trip, as the preflight did: neither is the line’s speed', async () => {
  const { pace, clock } = setup();
  await arrive(pace, clock, MiB, 1_500, 500);
  expect(pace.suitable(1)).toBe(3 * MiB);
});

test('a page that is busy before the first byte makes no line fast', async () => {
  const { pace, clock } = setup();
  await arrive(pace, clock, MiB, 2_500, 3_000);
  expect(pace.suitable(1)).toBe(1.5 * MiB);
});

test('where round trips are most of it, half of the time counts, and others that were not seen beside it', async () => {
  const { pace, clock } = setup(6);
  await arrive(pace, clock, 256 * KiB, 250, 125);
  expect(pace.suitable(6)).toBe(6 * MiB);
});

test('of a page that hears of the first bytes with the answer only, a third of the time counts', async () => {
  const { pace, clock } = setup();
  await arrive(pace, clock, MiB, 0, 9_000);
  expect(pace.suitable(1)).toBe(1 * MiB);
});

test('where no bytes are reported, all slots count as busy', async () => {
  const { pace, clock } = setup(2);
  await pace.measure(MiB, async () => clock.pass(2_000));
  expect(pace.suitable(2)).toBe(1.5 * MiB);
  await arrive(pace, clock, MiB, 1_000);
  expect(pace.suitable(2)).toBe(1.5 * MiB);
});

test('only the attempt that arrived counts', async () => {
  const { pace, clock } = setup();
  await pace.measure(MiB, async (report) => {
    report(0);
    clock.pass(500);
    report(MiB);
    clock.pass(MINUTE);
    report(0);
    report(MiB);
    clock.pass(2_000);
  });
  expect(pace.suitable(1)).toBe(1.5 * MiB);
});

test('a clock that is set back during a part says nothing, and spoils nothing', async () => {
  const { pace, clock } = setup(2);
  const ends: (() => void)[] = [];
  const send = () =>
    pace.measure(MiB, (report) => {
      report(0);
      report(1);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const first = send();
  clock.pass(2_000);
  const second = send();
  clock.pass(100);
  clock.time -= 1_000;
  for (const end of ends) end();
  await Promise.all([first, second]);
  expect(pace.suitable(1) ?? 1).toBeGreaterThan(0);
  await arrive(pace, clock, MiB, 1_000);
  expect(pace.suitable(1)).toBeGreaterThan(0);
});

test('parts that fail say nothing', async () => {
  const { pace } = setup();
  await expect(pace.measure(MiB, () => Promise.reject(new Error('cut')))).rejects.toThrow('cut');
  expect(pace.suitable(1)).toBeUndefined();
});

test('of the line a part has had what those beside it left: the mean of its beginning and its end', async () => {
  const { pace, clock } = setup(2);
  const ends: (() => void)[] = [];
  const send = () =>
    pace.measure(MiB, (report) => {
      report(1);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const [first, second] = [send(), send()];
  clock.pass(2_000);
  ends[0]!();
  await first;
  expect(pace.suitable(2)).toBe(1.5 * MiB * 0.75);
  ends[1]!();
  await second;
  expect(pace.suitable(2)).toBe(1.5 * MiB * 0.75);
  const alone = setup(2);
  await arrive(alone.pace, alone.clock, MiB, 1_000);
  expect(alone.pace.suitable(2)).toBe(1.5 * MiB);
});

test('one part that was held up counts half', async () => {
  const { pace, clock } = setup();
  await arrive(pace, clock, MiB, 1_000);
  await arrive(pace, clock, MiB, 16_000);
  expect(pace.suitable(1)).toBe(0.75 * MiB);
});

test('after ten minutes, or when the clock is set, the device may be somewhere else', async () => {
  const { pace, clock } = setup();
  await arrive(pace, clock, MiB, 1_000);
  clock.pass(10 * MINUTE - 1);
  expect(pace.suitable(1)).toBe(3 * MiB);
  clock.pass(1);
  expect(pace.suitable(1)).toBeUndefined();
  await arrive(pace, clock, 256 * KiB, 1_000);
  expect(pace.suitable(1)).toBe(0.75 * MiB);
});
