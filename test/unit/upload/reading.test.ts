import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FileChangedError, FileUnreadableError, NetworkError } from '../../../src/errors.js';
import type { RequestContext } from '../../../src/oss/request.js';
import { isFileError, whileReadable } from '../../../src/upload/reading.js';
import { gate, ManualClock, settle } from './world.js';

/** A request of 100 bytes under way, whose file may turn out to be unreadable. */
function setup({ isUnreadable = false } = {}) {
  const clock = new ManualClock();
  const [reading, run] = [new AbortController(), new AbortController()];
  const reason = new Error('the file is gone');
  if (isUnreadable) reading.abort(reason);
  const answer = gate();
  const told: number[] = [];
  let given: RequestContext | undefined;
  const context: RequestContext = { signal: run.signal, onWait: () => () => {}, onSent: (bytes) => void told.push(bytes) };
  const done = whileReadable(clock, reading.signal, 100, context, async (own) => {
    given = own;
    await answer.opened;
    return 'answer';
  });
  return { clock, reading, run, reason, answer, told, done, request: () => given as RequestContext };
}

describe('whileReadable', () => {
  test('as long as the file can be read, silence is the network’s matter', async () => {
    const { clock, request, answer, done, told } = setup();
    request().onSent?.(10);
    clock.pass(3_600_000);
    expect([request().signal.aborted, told, clock.timers.size]).toEqual([false, [10], 0]);
    answer.open();
    expect(await done).toBe('answer');
  });

  test.each([true, false])(
    'a request over which no byte moves any more is given up, for the reading’s reason (before it began: %s)',
    (isUnreadable) => {
      const { clock, reading, reason, request } = setup({ isUnreadable });
      reading.abort(reason);
      clock.pass(499);
      expect(request().signal.aborted).toBe(false);
      clock.pass(1);
      expect(request().signal.reason).toBe(reason);
    },
  );

  test('one that still moves may finish', () => {
    const { clock, reading, reason, request } = setup();
    reading.abort(reason);
    for (const bytes of [20, 40, 60, 80]) {
      clock.pass(499);
      request().onSent?.(bytes);
    }
    expect(request().signal.aborted).toBe(false);
    clock.pass(500);
    expect(request().signal.reason).toBe(reason);
  });

  test('one whose bytes are all out gets longer for its answer, but not for ever', async () => {
    const { clock, reading, reason, request } = setup();
    reading.abort(reason);
    request().onSent?.(100);
    clock.pass(4_999);
    expect(request().signal.aborted).toBe(false);
    clock.pass(1);
    expect(request().signal.reason).toBe(reason);
  });

  test('ends with the run, and leaves no timer and no listener behind', async () => {
    const { clock, reading, run, reason, request, answer, done } = setup();
    expect(getEventListeners(reading.signal, 'abort')).toHaveLength(1);
    const paused = new Error('paused');
    run.abort(paused);
    expect(request().signal.reason).toBe(paused);
    reading.abort(reason);
    answer.open();
    await done;
    await settle();
    expect([clock.timers.size, getEventListeners(reading.signal, 'abort').length]).toEqual([0, 0]);
    const quiet = setup();
    quiet.answer.open();
    await quiet.done;
    expect(getEventListeners(quiet.reading.signal, 'abort')).toHaveLength(0);
  });
});

test('errors of the file are told from others', () => {
  expect(isFileError(new FileChangedError('FileChanged', 'm'))).toBe(true);
  expect(isFileError(new FileUnreadableError('FileUnreadable', 'm'))).toBe(true);
  for (const other of [new NetworkError('NetworkError', 'm'), new Error('m'), undefined]) expect(isFileError(other)).toBe(false);
});
