import { expect, test } from 'vitest';
import { createServiceClock } from '../../../src/oss/service-clock.js';
import type { Clock } from '../../../src/ports.js';

function manualClock(now: number): Clock & { time: number } {
  return {
    time: now,
    now() {
      return this.time;
    },
    after: () => () => {},
  };
}

test('is the local clock until OSS says otherwise', () => {
  const local = manualClock(5_000);
  const service = createServiceClock(local);
  expect(service.now()).toBe(5_000);
  local.time = 6_000;
  expect([service.now(), service.fromLocal(1_000)]).toEqual([6_000, 1_000]);
});

test.each([-3_600_000, 0, 86_400_000])('continues from what OSS said, %i ms off', (offset) => {
  const local = manualClock(10_000_000);
  const service = createServiceClock(local);
  service.learn(10_000_000 + offset);
  local.time += 1_500;
  expect(service.now()).toBe(10_001_500 + offset);
  expect(service.fromLocal(9_000_000)).toBe(9_000_000 + offset);
});

test('the latest answer counts: offsets do not add up', () => {
  const local = manualClock(0);
  const service = createServiceClock(local);
  service.learn(1_000);
  service.learn(1_000);
  expect(service.now()).toBe(1_000);
  // The user sets the clock right.
  local.time = 1_000;
  service.learn(1_000);
  expect(service.now()).toBe(1_000);
});
