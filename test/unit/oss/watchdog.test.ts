import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { takeSeat } from '../../../src/oss/take-seat.js';
import { createLine, type Line } from '../../../src/oss/line.js';
import { type WatchedAttempt, type Watchdog, watch } from '../../../src/oss/watchdog.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { MiB } from '../../helpers/sizes.js';

const STALL = 60_000;
const ORIGIN = 'https://examplebucket.oss-cn-hangzhou.aliyuncs.com';

interface World {
  clock: ManualClock;
  line: Line;
  listeners: Set<(online: boolean) => void>;
  request: AbortController;
  reading: AbortController;
  onOffline: ReturnType<typeof vi.fn>;
  watchdog: Watchdog;
  start(change?: Partial<WatchedAttempt>): Watchdog;
}

/** An attempt under way; without changes a part of 5 MiB. */
function setup(change: Partial<WatchedAttempt> = {}): World {
  const clock = new ManualClock();
  const line = createLine(clock);
  const listeners = new Set<(online: boolean) => void>();
  const [request, reading] = [new AbortController(), new AbortController()];
  const onOffline = vi.fn();
  const network = {
    isOnline: () => true,
    subscribe(listener: (online: boolean) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const start = (more: Partial<WatchedAttempt> = {}): Watchdog =>
    watch(
      {
        origin: ORIGIN,
        size: 5 * MiB,
        isOfFile: true,
        stallTimeout: STALL,
        stalls: 0,
        signal: request.signal,
        unreadable: reading.signal,
        onOffline,
        ...more,
      },
      line,
      network,
      clock,
    );
  return { clock, line, listeners, request, reading, onOffline, watchdog: start(change), start };
}

/** Milliseconds after which it is given up when nothing more happens. */
function patienceOf(clock: ManualClock, watchdog: Watchdog): number {
  const start = clock.now();
  for (let waited = 0; waited < 10_000_000 && !watchdog.signal.aborted; waited += 1_000) clock.pass(1_000);
  return watchdog.signal.aborted ? clock.now() - start : Number.POSITIVE_INFINITY;
}

function tell({ listeners }: World, online: boolean): void {
  for (const listener of [...listeners]) listener(online);
}

describe('while bytes are seen moving', () => {
  test('stallTimeout without one is a stall, counted from the last', () => {
    const { clock, watchdog } = setup();
    for (let mebibyte = 1; mebibyte < 5; mebibyte += 1) {
      clock.pass(STALL - 1);
      watchdog.sent(mebibyte * MiB);
    }
    clock.pass(STALL - 1);
    expect(watchdog.signal.aborted).toBe(false);
    clock.pass(1);
    expect(watchdog.signal.reason).toMatchObject({ name: 'TimeoutError', message: 'no data was transferred for 60 s' });
    watchdog.end(false);
  });

  test('each stall of the same request doubles the patience', () => {
    for (const [stalls, times] of [
      [1, 2],
      [2, 4],
      [9, 16],
    ] as const) {
      const { clock, watchdog } = setup({ stalls });
      watchdog.sent(MiB);
      expect(patienceOf(clock, watchdog)).toBe(times * STALL);
      watchdog.end(false);
    }
  });

  test('a pause that was none is learned: buffers that take bytes by the megabyte stall one body, not each', () => {
    const world = setup({ stalls: 1 });
    world.watchdog.sent(MiB);
    world.clock.pass(70_000);
    world.watchdog.sent(2 * MiB);
    const next = world.start();
    next.sent(MiB);
    expect(patienceOf(world.clock, next)).toBe(140_000);
    for (const watchdog of [world.watchdog, next]) watchdog.end(false);
  });

  test('0 is never', () => {
    const { clock, watchdog } = setup({ stallTimeout: 0 });
    watchdog.sent(MiB);
    expect(clock.timers.size).toBe(0);
    watchdog.end(false);
  });
});

describe('what the socket has accepted is not sent yet', () => {
  test('after the last byte, patience follows the bytes: a gateway that sends 5 MiB on at 50 KB/s is waited for', () => {
    const { clock, watchdog } = setup();
    watchdog.sent(5 * MiB);
    clock.pass(105_000);
    expect(watchdog.signal.aborted).toBe(false);
    expect(patienceOf(clock, watchdog)).toBeLessThan(240_000);
    watchdog.end(false);
  });

  test('so does it where progress is never shown: service workers, a patched XMLHttpRequest', () => {
    const { clock, watchdog } = setup();
    clock.pass(200_000);
    expect(watchdog.signal.aborted).toBe(false);
    watchdog.end(false);
  });

  test('where other bodies have shown progress, none at all is a stall after stallTimeout', () => {
    const world = setup();
    world.watchdog.sent(MiB);
    const silent = world.start();
    expect(patienceOf(world.clock, silent)).toBe(STALL);
    for (const watchdog of [world.watchdog, silent]) watchdog.end(false);
  });

  test('a stall of it is given twice the time, so that no line is too slow for ever', () => {
    const [first, second] = [0, 1].map((stalls) => {
      const { clock, watchdog } = setup({ stalls });
      const patience = patienceOf(clock, watchdog);
      watchdog.end(false);
      return patience;
    });
    expect(second).toBe(2 * (first as number));
  });

  test('once an answer has measured the line, the wait is cut to what the line needs', () => {
    const world = setup({ size: 16 * MiB });
    const other = world.start({ size: MiB });
    world.watchdog.sent(16 * MiB);
    world.clock.pass(1_000);
    other.answering();
    other.end(true);
    // A mebibyte a second at least: 17 are due soon, and stallTimeout is enough.
    expect(patienceOf(world.clock, world.watchdog)).toBe(STALL - 1_000);
    world.watchdog.end(false);
  });

  test('an answer that trickles in is given stallTimeout for each piece', () => {
    const { clock, watchdog } = setup();
    watchdog.sent(5 * MiB);
    for (let piece = 0; piece < 5; piece += 1) {
      clock.pass(STALL - 1);
      watchdog.answering();
    }
    clock.pass(STALL);
    expect(watchdog.signal.aborted).toBe(true);
    watchdog.end(false);
  });

  test('a request without a file’s bytes gets stallTimeout, and four of them after stalls', () => {
    for (const [stalls, times] of [
      [0, 1],
      [1, 2],
      [7, 4],
    ] as const) {
      const { clock, watchdog } = setup({ size: 0, isOfFile: false, stalls });
      expect(patienceOf(clock, watchdog)).toBe(times * STALL);
      watchdog.end(false);
    }
  });
});

describe('a request in the browser’s own queue', () => {
  test('is not stalled: its time begins when one of six connections is free', () => {
    const others = Array.from({ length: 6 }, () => takeSeat(ORIGIN, () => {}));
    const { clock, watchdog } = setup({ size: 0, isOfFile: false });
    clock.pass(10 * STALL);
    expect([watchdog.signal.aborted, clock.timers.size]).toEqual([false, 0]);
    others[3]?.leave();
    clock.pass(STALL - 1);
    expect(watchdog.signal.aborted).toBe(false);
    clock.pass(1);
    expect(watchdog.signal.aborted).toBe(true);
    watchdog.end(false);
    for (const other of others) other.leave();
  });

  test('shows by a byte that it is not there', () => {
    const others = Array.from({ length: 6 }, () => takeSeat(ORIGIN, () => {}));
    const { clock, watchdog } = setup();
    watchdog.sent(1);
    clock.pass(STALL);
    expect(watchdog.signal.aborted).toBe(true);
    watchdog.end(false);
    for (const other of others) other.leave();
  });
});

describe('the network goes and comes', () => {
  test('its loss is reported, and explains a stall', () => {
    const world = setup();
    expect(world.watchdog.metOffline()).toBe(false);
    tell(world, false);
    expect([world.onOffline.mock.calls.length, world.watchdog.metOffline()]).toEqual([1, true]);
    world.watchdog.end(false);
  });

  test('back again, a part is given ten seconds to show life, and then its usual time', () => {
    const world = setup();
    world.watchdog.sent(MiB);
    tell(world, false);
    tell(world, true);
    world.clock.pass(9_999);
    expect(world.watchdog.signal.aborted).toBe(false);
    world.watchdog.sent(2 * MiB);
    world.clock.pass(STALL - 1);
    expect(world.watchdog.signal.aborted).toBe(false);
    tell(world, true);
    world.clock.pass(10_000);
    expect(world.watchdog.signal.reason).toMatchObject({ message: 'no data was transferred for 10 s' });
    world.watchdog.end(false);
  });

  test('a question, or Complete, keeps its time', () => {
    const world = setup({ size: 0, isOfFile: false });
    tell(world, true);
    world.clock.pass(STALL - 1);
    expect(world.watchdog.signal.aborted).toBe(false);
    world.watchdog.end(false);
  });
});

describe('once the file can’t be read', () => {
  const gone = new Error('the file is gone');

  test('a body that still moves may finish', () => {
    const { clock, watchdog, reading } = setup();
    reading.abort(gone);
    for (let mebibyte = 1; mebibyte < 5; mebibyte += 1) {
      clock.pass(499);
      watchdog.sent(mebibyte * MiB);
    }
    expect(watchdog.signal.aborted).toBe(false);
    clock.pass(500);
    expect(watchdog.signal.reason).toBe(gone);
    watchdog.end(false);
  });

  test('one whose bytes are all out gets five seconds for its answer', () => {
    const { clock, watchdog, reading } = setup();
    reading.abort(gone);
    watchdog.sent(5 * MiB);
    clock.pass(4_999);
    expect(watchdog.signal.aborted).toBe(false);
    clock.pass(1);
    expect(watchdog.signal.reason).toBe(gone);
    watchdog.end(false);
  });

  test('one that is not sent at all is given up soon, also with stallTimeout 0', () => {
    const { clock, watchdog, reading } = setup({ stallTimeout: 0 });
    reading.abort(gone);
    clock.pass(500);
    expect(watchdog.signal.reason).toBe(gone);
    watchdog.end(false);
  });
});

test('it ends with the request, for its reason', () => {
  const { watchdog, request } = setup();
  const reason = new Error('paused');
  request.abort(reason);
  expect(watchdog.signal.reason).toBe(reason);
  watchdog.end(false);
});

test('ended, once or twice, it leaves no timer, listener or seat behind', () => {
  const { clock, watchdog, listeners, reading } = setup();
  watchdog.sent(MiB);
  watchdog.end(true);
  watchdog.end(false);
  expect([clock.timers.size, listeners.size, getEventListeners(reading.signal, 'abort').length]).toEqual([0, 0, 0]);
  const seats = Array.from({ length: 6 }, () => takeSeat(ORIGIN, () => {}));
  expect(seats.some((seat) => seat.isQueued())).toBe(false);
  for (const seat of seats) seat.leave();
});
