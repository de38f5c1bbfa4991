import { describe, expect, test, vi } from 'vitest';
import { createLine, type Line, type Load } from '../../src/oss/line.js';

const MiB = 2 ** 20;
const STALL = 60_000;

const body = (size: number): Load => ({ size, onMeasured: vi.fn() });

/** A line with bodies of these sizes under way. */
function under(...sizes: number[]): { line: Line; loads: Load[] } {
  const line = createLine();
  const loads = sizes.map(body);
  for (const load of loads) line.add(load);
  return { line, loads };
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

  test('follows the speed once something is measured, with all that shares the line', () => {
    const { line, loads } = under(4 * MiB, 4 * MiB);
    // Two beside each other in 40 s: 8 MiB in 40 s together.
    line.remove(loads[0] as Load, 40_000);
    const next = body(4 * MiB);
    line.add(next);
    expect(line.patience(next, 1_000)).toBeCloseTo(3 * 40_000, 0);
    for (let more = 0; more < 4; more += 1) line.add(body(4 * MiB));
    expect(line.patience(next, 1_000)).toBeCloseTo(3 * 3 * 40_000, 0);
  });

  test('of a fast line is stallTimeout', () => {
    const { line, loads } = under(MiB, MiB);
    line.remove(loads[0] as Load, 200);
    expect(line.patience(loads[1] as Load, STALL)).toBe(STALL);
  });

  test('follows the line when it becomes slower', () => {
    const line = createLine();
    const send = (duration: number): void => {
      const load = body(MiB);
      line.add(load);
      line.remove(load, duration);
    };
    for (let sent = 0; sent < 20; sent += 1) send(1_000);
    for (let sent = 0; sent < 5; sent += 1) send(60_000);
    const next = body(MiB);
    line.add(next);
    expect(line.patience(next, 1_000)).toBeGreaterThan(2 * 60_000);
  });
});

describe('a measurement', () => {
  test('is told to the bodies still under way', () => {
    const { line, loads } = under(MiB, MiB);
    line.remove(loads[0] as Load, 1_000);
    expect(loads[0]?.onMeasured).not.toHaveBeenCalled();
    expect(loads[1]?.onMeasured).toHaveBeenCalledTimes(1);
  });

  test('is none when no answer came, nor twice', () => {
    const { line, loads } = under(16 * MiB, MiB);
    const before = line.patience(loads[0] as Load, STALL);
    line.remove(loads[1] as Load, undefined);
    line.remove(loads[1] as Load, 1);
    expect(line.patience(loads[0] as Load, STALL)).toBe(before);
  });

  test('in no time at all is no infinite speed', () => {
    const { line, loads } = under(MiB, MiB);
    line.remove(loads[0] as Load, 0);
    expect(line.patience(loads[1] as Load, 0)).toBeGreaterThan(0);
  });
});
