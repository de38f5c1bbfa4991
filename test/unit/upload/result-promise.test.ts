/** The promise of a task's result, and the caller's signal. */
import { expect, test, vi } from 'vitest';
import type { UploadResult } from '../../../src/core/task-state.js';
import { createResultPromise } from '../../../src/upload/result-promise.js';
import { settle } from '../../helpers/turns.js';
import { failureOf } from '../../helpers/waits.js';

test('an abort of the caller’s signal is passed on with its reason, also one from before', async () => {
  const onAbort = vi.fn();
  const controller = new AbortController();
  createResultPromise(controller.signal, onAbort);
  controller.abort('enough');
  createResultPromise(AbortSignal.abort('before'), onAbort);
  await settle();
  expect(onAbort.mock.calls).toEqual([['enough'], ['before']]);
});

test('once settled, nothing hangs on the signal', () => {
  for (const end of ['resolve', 'reject'] as const) {
    const controller = new AbortController();
    const onAbort = vi.fn();
    createResultPromise(controller.signal, onAbort)[end]({} as UploadResult);
    controller.abort();
    expect(onAbort).not.toHaveBeenCalled();
  }
});

test('a renewed promise is another one, and listens to the signal again', async () => {
  const controller = new AbortController();
  const onAbort = vi.fn();
  const result = createResultPromise(controller.signal, onAbort);
  const first = result.ask();
  result.reject('failed');
  expect(await failureOf(first)).toBe('failed');
  result.renew();
  expect(result.ask()).not.toBe(first);
  controller.abort('enough');
  expect(onAbort).toHaveBeenCalledExactlyOnceWith('enough');
});

test('who asks after the end hears of it, too', async () => {
  const onAbort = vi.fn();
  const [stored, refused] = [createResultPromise(undefined, onAbort), createResultPromise(undefined, onAbort)];
  const result = {} as UploadResult;
  stored.resolve(result);
  refused.reject('failed');
  await settle();
  expect(await stored.ask()).toBe(result);
  expect(await failureOf(refused.ask())).toBe('failed');
  expect(stored.ask()).toBe(stored.ask());
});
