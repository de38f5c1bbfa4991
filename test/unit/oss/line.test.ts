import { describe, expect, test, vi } from 'vitest';
import { createLine, type Line, type Load } from '../../../src/oss/line.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { MiB } from '../../helpers/sizes.js';

const STALL = 60_000;

const body = (size: number): Load => ({ size, onMeasured: vi.fn() });

/** A line with bodies of these sizes under way. */
function under(...sizes: number[]): { clock: ManualClock; line: Line; loads: Load[] } {
  const clock = new ManualClock();
  const line = createLine(clock);
  const loads = sizes.map(body);
  for (const load of loads) line.add(load);
  return { clock, line, loads };
}

describe('patience with bodies that nobody sees moving', () => {
  test('is never less than stallTimeout', () => {
    const { line, loads } = under(1);
    expect(line.patience(loads[0] as Load, STALL)).toBe(STALL);
  });

  test('follows the bytes at 64 KiB/s, three times over, while nothing is measured', () => {
    const { line, loads } = under(16 * MiB);
    expect(line.patience(loads[0] as Load, STALL)).toBe((3 * 16 * MiB * 1_000) / 65_536);
  });

  test('of six small ones together is five minutes: a line that takes three for all of them is no stall', () => {
    const { line, loads } = under(...Array(6).fill(2 * MiB));
    for (const load of loads) expect(line.patience(load, STALL)).toBe(5 * STALL);
  });

  test('follows the speed once something is answered, with all that ever shared the line meanwhile', () => {
    const { clock, line, loads } = under(4 * MiB, 4 * MiB);
    clock.pass(40_000);
    line.remove(loads[0] as Load, true);
    // 4 MiB in 40 s were answered for, 8 MiB were to be sent: three times 80 s.
    expect(line.patience(loads[1] as Load, 1_000)).toBeCloseTo(3 * 80_000, 0);
    const next = body(4 * MiB);
    line.add(next);
    clock.pass(1_000);
    line.remove(loads[1] as Load, true);
    expect(line.patience(next, 1_000)).toBeCloseTo((3 * 8 * (0.8 * 40_000 + 1_000)) / (0.8 * 4 + 4), 0);
  });

  test('of a fast line is stallTimeout', () => {
    const { clock, line, loads } = under(MiB, MiB);
    clock.pass(200);
    line.remove(loads[0] as Load, true);
    expect(line.patience(loads[1] as Load, STALL)).toBe(STALL);
  });

  test('follows the line when it becomes slower', () => {
    const { clock, line } = under();
    const send = (duration: number): void => {
      const load = body(MiB);
      line.add(load);
      clock.pass(duration);
      line.remove(load, true);
    };
    for (let sent = 0; sent < 20; sent += 1) send(1_000);
    for (let sent = 0; sent < 5; sent += 1) send(60_000);
    const next = body(MiB);
    line.add(next);
    expect(line.patience(next, 1_000)).toBeGreaterThan(60_000);
  });

  test('does not count the time in which there is nothing to send', () => {
    const { clock, line, loads } = under(MiB);
    clock.pass(1_000);
    line.remove(loads[0] as Load, true);
    clock.pass(3_600_000);
    const next = body(MiB);
    line.add(next);
    clock.pass(1_000);
    line.remove(next, true);
    line.add(next);
    expect(line.patience(next, 0)).toBeCloseTo(3_000, 0);
  });
});

describe('a measurement', () => {
  test('is reported to the bodies still under way', () => {
    const { line, loads } = under(MiB, MiB);
    line.remove(loads[0] as Load, true);
    expect(loads[0]?.onMeasured).not.toHaveBeenCalled();
    expect(loads[1]?.onMeasured).toHaveBeenCalledTimes(1);
  });

  test('is none when no answer came, nor twice', () => {
    const { line, loads } = under(16 * MiB, MiB);
    const before = line.patience(loads[0] as Load, STALL);
    line.remove(loads[1] as Load, false);
    line.remove(loads[1] as Load, true);
    expect(line.patience(loads[0] as Load, STALL)).toBe(before);
  });

  test('in no time at all is no infinite speed', () => {
    const { line, loads } = under(MiB, MiB);
    line.remove(loads[0] as Load, true);
    expect(line.patience(loads[1] as Load, 0)).toBeGreaterThan(0);
  });
});

test('how long bytes take is unknown until there were enough to tell speed from round trips', () => {
  const { clock, line, loads } = under(100 * 1024, 100 * 1024);
  clock.pass(1_000);
  line.remove(loads[0] as Load, true);
  expect(line.duration(1 * MiB)).toBe(0);
  clock.pass(1_000);
  line.remove(loads[1] as Load, true);
  expect(line.duration(1 * MiB)).toBeCloseTo(10_240, -1);
});
