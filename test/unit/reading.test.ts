import { describe, expect, test } from 'vitest';
import { FileChangedError, NetworkError } from '../../src/errors.js';
import type { RequestContext } from '../../src/oss/request.js';
import type { Clock } from '../../src/ports.js';
import { isFileError, whileReadable } from '../../src/upload/reading.js';

const SIZE = 1000;
const changed = new FileChangedError('FileChanged', 'The file was modified.');

/** A request that ends by being aborted only, and a clock that stands until it is told to go on. */
function begin() {
  const timers = new Map<object, { at: number; callback: () => void }>();
  let now = 0;
  const clock: Clock = {
    now: () => now,
    after(milliseconds, callback) {
      const timer = {};
      timers.set(timer, { at: now + milliseconds, callback });
      return () => timers.delete(timer);
    },
  };
  const unreadable = new AbortController();
  const task = new AbortController();
  let context: RequestContext | undefined;
  let answer = (_text: string): void => {};
  const sent: number[] = [];
  const own: RequestContext = { signal: task.signal, onWait: () => () => {}, onSent: (bytes) => sent.push(bytes) };
  const result = whileReadable(clock, unreadable.signal, SIZE, own, (inner) => {
    context = inner;
    return new Promise<string>((resolve, reject) => {
      answer = resolve;
      inner.signal.addEventListener('abort', () => reject(inner.signal.reason));
    });
  });
  result.catch(() => {});
  return {
    result,
    sent,
    unreadable,
    task,
    timers,
    answer: (text: string) => answer(text),
    send: (bytes: number) => context?.onSent?.(bytes),
    pass(milliseconds: number) {
      now += milliseconds;
      for (const [timer, { at, callback }] of timers) if (at <= now && timers.delete(timer)) callback();
    },
  };
}

describe('a request whose body is a file', () => {
  test('takes as long as it likes while the file can be read', async () => {
    const { result, pass, answer, timers } = begin();
    pass(1_000_000);
    expect(timers.size).toBe(0);
    answer('there');
    expect(await result).toBe('there');
  });

  test('is given up half a second after its last byte once the file can’t be read, with what is wrong with the file', async () => {
    const { result, send, unreadable, pass, timers, sent } = begin();
    send(100);
    unreadable.abort(changed);
    pass(400);
    send(200);
    pass(400);
    send(300);
    expect(sent).toEqual([100, 200, 300]);
    pass(500);
    await expect(result).rejects.toBe(changed);
    expect(timers.size).toBe(0);
  });

  test('whose body is out may wait for its answer, but not for ever: a few bytes may be missing still', async () => {
    const answered = begin();
    answered.send(SIZE);
    answered.unreadable.abort(changed);
    answered.pass(4_000);
    answered.answer('there');
    expect(await answered.result).toBe('there');
    expect(answered.timers.size).toBe(0);

    const stuck = begin();
    stuck.send(SIZE);
    stuck.unreadable.abort(changed);
    stuck.pass(5_000);
    await expect(stuck.result).rejects.toBe(changed);
  });

  test('begun after the file was found unreadable is watched from the start', async () => {
    const unreadable = AbortSignal.abort(changed);
    let fire = (): void => {};
    const clock: Clock = {
      now: () => 0,
      after(_milliseconds, callback) {
        fire = callback;
        return () => {};
      },
    };
    const own: RequestContext = { signal: new AbortController().signal, onWait: () => () => {} };
    const result = whileReadable(
      clock,
      unreadable,
      SIZE,
      own,
      ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    fire();
    await expect(result).rejects.toBe(changed);
  });

  test('is aborted with the task', async () => {
    const { result, task } = begin();
    task.abort(new DOMException('paused', 'AbortError'));
    await expect(result).rejects.toMatchObject({ name: 'AbortError', message: 'paused' });
  });
});

test('only what is wrong with the file is the file’s error', () => {
  expect([changed, new NetworkError('NetworkError', 'No answer'), new Error('a bug'), undefined].map(isFileError)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
