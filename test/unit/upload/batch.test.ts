import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEmitter } from '../../../src/core/emitter.js';
import {
  initialState,
  type Progress,
  type TaskEvent,
  type TaskState,
  transition,
  type UploadResult,
} from '../../../src/core/task-state.js';
import { UploadError } from '../../../src/errors.js';
import { createBatch } from '../../../src/upload/batch.js';
import type { UploadTask } from '../../../src/upload/task.js';
import { eventually } from '../../helpers/turns.js';

/** Milliseconds, as long tasks measure them: on a busy machine the real clock would end a turn between two files. */
let time = 0;
beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => time));
afterEach(() => void vi.restoreAllMocks());

const resultOf = (key: string): UploadResult => ({
  bucket: 'b',
  key,
  url: '',
  size: 100,
  etag: '',
  crc64: undefined,
  verified: false,
  versionId: undefined,
  callbackBody: undefined,
});

/** A task over the real state machine whose events the test dispatches. */
interface ScriptedTask extends UploadTask {
  do(event: TaskEvent): void;
  readonly calls: string[];
}

function scriptedTask(name: string, size = 100): ScriptedTask {
  const { subscribe, emit } = createEmitter();
  const calls: string[] = [];
  let state: TaskState = initialState(size);
  let settle: { resolve(result: UploadResult): void; reject(error: unknown): void };
  const result = new Promise<UploadResult>((resolve, reject) => {
    settle = { resolve, reject };
  });
  result.catch(() => {});
  return {
    id: name,
    file: new Blob([]),
    path: name,
    key: name,
    result,
    calls,
    subscribe,
    getSnapshot: () => state,
    pause: async () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    abort: async () => void calls.push('abort'),
    do(event) {
      state = transition(state, event);
      if (event.type === 'done') settle.resolve(event.result);
      if (event.type === 'failed') settle.reject(event.error);
      emit();
    },
  };
}

function progress(change: Partial<Progress>): TaskEvent {
  return {
    type: 'progress',
    progress: { loaded: 0, confirmed: 0, total: 100, speed: 0, eta: undefined, parts: { done: 0, total: 4 }, ...change },
  };
}

const failure: TaskEvent = { type: 'failed', error: new UploadError('Code', 'message') };
const finish = (task: ScriptedTask): void => {
  task.do({ type: 'preparing' });
  task.do({ type: 'done', result: resultOf(task.path) });
};

/** An iterable whose items the test pushes. */
function feed<T>(): {
  items: AsyncIterable<T>;
  push(item: T): Promise<void>;
  end(): Promise<void>;
  fail(error: unknown): Promise<void>;
  ended: ReturnType<typeof vi.fn>;
} {
  const queue: (() => IteratorResult<T>)[] = [];
  const ended = vi.fn();
  let wake = (): void => {};
  const add = async (step: () => IteratorResult<T>): Promise<void> => {
    queue.push(step);
    wake();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return {
    ended,
    items: {
      [Symbol.asyncIterator]: () => ({
        async next() {
          while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
          return (queue.shift() as () => IteratorResult<T>)();
        },
        async return() {
          ended();
          return { done: true, value: undefined };
        },
      }),
    },
    push: (value) => add(() => ({ done: false, value })),
    end: () => add(() => ({ done: true, value: undefined })),
    fail: (error) =>
      add(() => {
        throw error;
      }),
  };
}

describe('a list of files', () => {
  test('is started at once, in order, with one combined state', () => {
    const [a, b] = [scriptedTask('a', 100), scriptedTask('b', 300)];
    const batch = createBatch([a, b], (task) => () => task);
    expect(batch.tasks).toEqual([a, b]);
    a.do({ type: 'preparing' });
    a.do(progress({ loaded: 50, confirmed: 40, speed: 10 }));
    b.do({ type: 'preparing' });
    b.do(progress({ loaded: 150, confirmed: 100, total: 300, speed: 30 }));
    expect(batch.getSnapshot()).toMatchObject({
      loaded: 200,
      confirmed: 140,
      total: 400,
      speed: 40,
      eta: 5_000,
      files: { done: 0, failed: 0, total: 2 },
    });
  });

  test('has its results in the order of the items', async () => {
    const [a, b] = [scriptedTask('a'), scriptedTask('b')];
    const batch = createBatch([a, b], (task) => () => task);
    finish(b);
    a.do(failure);
    expect(await batch.results).toMatchObject([
      { status: 'rejected', reason: { code: 'Code' } },
      { status: 'fulfilled', value: { key: 'b' } },
    ]);
    expect(batch.getSnapshot().files).toEqual({ done: 1, failed: 1, total: 2, isAdding: false });
  });

  test('is done when it is empty', async () => {
    const batch = createBatch<UploadTask>([], (task) => () => task);
    expect(await batch.results).toEqual([]);
    expect(batch.getSnapshot()).toMatchObject({ total: 0, eta: undefined, files: { total: 0, isAdding: false } });
  });

  test('throws at the call if an item is invalid, and starts none', () => {
    const begin = vi.fn();
    const prepare = (item: number): (() => UploadTask) => {
      if (item === 2) throw new TypeError('key must be …');
      return begin;
    };
    expect(() => createBatch([1, 2, 3], prepare)).toThrow(TypeError);
    expect(begin).not.toHaveBeenCalled();
  });

  test('a file that turns out to be invalid when it is started fails on its own', async () => {
    const task = scriptedTask('a');
    const batch = createBatch([true, false], (possible) => () => {
      if (!possible) throw new RangeError('File size must be …');
      return task;
    });
    finish(task);
    expect(await batch.results).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: { name: 'RangeError' } }]);
    expect(batch.getSnapshot().files).toEqual({ done: 1, failed: 1, total: 2, isAdding: false });
  });

  describe('that takes long to start', () => {
    /** Starting each file takes the browser a moment. */
    const slowly = (task: ScriptedTask) => () => {
      time += 3;
      return task;
    };
    const many = (): ScriptedTask[] => Array.from({ length: 12 }, (_, index) => scriptedTask(String(index)));

    test('is started over several turns, the first files at once, and in order', async () => {
      const tasks = many();
      const batch = createBatch(tasks, slowly);
      expect(batch.tasks.length).toBeGreaterThan(0);
      expect(batch.tasks.length).toBeLessThan(tasks.length);
      expect(batch.getSnapshot().files).toMatchObject({ total: batch.tasks.length, isAdding: true });
      await vi.waitFor(() => expect(batch.getSnapshot().files).toMatchObject({ total: tasks.length, isAdding: false }));
      expect(batch.tasks).toEqual(tasks);
    });

    test('files started after a pause are paused at once, until the batch is resumed', async () => {
      const tasks = many();
      const batch = createBatch(tasks, slowly);
      const first = batch.tasks.length;
      await batch.pause();
      await vi.waitFor(() => expect(batch.getSnapshot().files.isAdding).toBe(false));
      expect(tasks.map(({ calls }) => calls)).toEqual(Array(tasks.length).fill(['pause']));
      expect(first).toBeLessThan(tasks.length);
      batch.resume();
      expect(tasks.at(-1)?.calls).toEqual(['pause', 'resume']);
    });

    test('after an abort no further file is started, every file has a result, and none counts as failed', async () => {
      const tasks = many();
      const batch = createBatch(tasks, slowly);
      const first = batch.tasks.length;
      await batch.abort();
      for (const task of batch.tasks) finish(task as ScriptedTask);
      const results = await batch.results;
      expect(batch.tasks).toHaveLength(first);
      expect(results).toHaveLength(tasks.length);
      expect(results.slice(first)).toEqual(
        Array(tasks.length - first).fill({ status: 'rejected', reason: expect.objectContaining({ name: 'AbortError' }) }),
      );
      expect(batch.getSnapshot().files).toEqual({ done: first, failed: 0, total: tasks.length, isAdding: false });
    });
  });

  test('pause, resume and abort reach every task', async () => {
    const tasks = [scriptedTask('a'), scriptedTask('b')];
    const batch = createBatch(tasks, (task) => () => task);
    await batch.pause();
    batch.resume();
    await batch.abort();
    expect(tasks.map(({ calls }) => calls)).toEqual([
      ['pause', 'resume', 'abort'],
      ['pause', 'resume', 'abort'],
    ]);
  });
});

describe('the snapshot', () => {
  test('is the same object until something changes', () => {
    const task = scriptedTask('a');
    const batch = createBatch([task], (item) => () => item);
    const before = batch.getSnapshot();
    expect(batch.getSnapshot()).toBe(before);
    task.do(progress({ loaded: 1 }));
    expect(batch.getSnapshot()).not.toBe(before);
    expect(before.loaded).toBe(0);
  });

  test('listeners are notified of every change of a task until they unsubscribe', () => {
    const task = scriptedTask('a');
    const batch = createBatch([task], (item) => () => item);
    const seen: number[] = [];
    const off = batch.subscribe(() => void seen.push(batch.getSnapshot().loaded));
    task.do(progress({ loaded: 1 }));
    task.do(progress({ loaded: 2 }));
    off();
    task.do(progress({ loaded: 3 }));
    expect(seen).toEqual([1, 2]);
  });

  test('counts no speed and no remaining time of a failed file', () => {
    const task = scriptedTask('a');
    const batch = createBatch([task], (item) => () => item);
    task.do(progress({ loaded: 50, speed: 10 }));
    task.do(failure);
    expect(batch.getSnapshot()).toMatchObject({ speed: 0, eta: undefined, files: { failed: 1 } });
  });

  test('the remaining time is that of the active files', () => {
    const [moving, failed, aborted] = [scriptedTask('a'), scriptedTask('b', 1_000_000), scriptedTask('c', 1_000_000)];
    const batch = createBatch([moving, failed, aborted], (item) => () => item);
    failed.do(failure);
    aborted.do({ type: 'aborted' });
    moving.do({ type: 'preparing' });
    moving.do(progress({ loaded: 50, speed: 10 }));
    expect(batch.getSnapshot().eta).toBe(5_000);
  });
});

describe('an iterable of files', () => {
  test('is uploaded before its last item is known; `isAdding` is true until then', async () => {
    const { items, push, end } = feed<ScriptedTask>();
    const batch = createBatch(items, (task) => () => task);
    expect(batch.getSnapshot().files).toEqual({ done: 0, failed: 0, total: 0, isAdding: true });
    const [a, b] = [scriptedTask('a'), scriptedTask('b')];
    await push(a);
    expect(batch.tasks).toEqual([a]);
    finish(a);
    expect(batch.getSnapshot().files).toEqual({ done: 1, failed: 0, total: 1, isAdding: true });
    await push(b);
    await end();
    finish(b);
    expect(batch.getSnapshot().files).toEqual({ done: 2, failed: 0, total: 2, isAdding: false });
    expect((await batch.results).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  });

  test('that fails rejects the results; files that it has yielded continue', async () => {
    const { items, push, fail } = feed<ScriptedTask>();
    const batch = createBatch(items, (task) => () => task);
    const task = scriptedTask('a');
    await push(task);
    const error = new Error('The folder can not be read');
    await fail(error);
    await expect(batch.results).rejects.toBe(error);
    expect(task.calls).toEqual([]);
    expect(batch.getSnapshot().files).toMatchObject({ total: 1, isAdding: false });
  });

  test('that fails raises no unhandled rejection when nobody listens to the results', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { items, fail } = feed<ScriptedTask>();
    createBatch(items, (task) => () => task);
    await fail(new Error('unheard'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('with an invalid item continues with the next one', async () => {
    const { items, push, end } = feed<ScriptedTask | undefined>();
    const batch = createBatch(items, (task) => {
      if (!task) throw new TypeError('key must be …');
      return () => task;
    });
    const [first, last] = [scriptedTask('a'), scriptedTask('b')];
    await push(first);
    await push(undefined);
    await push(last);
    await end();
    finish(first);
    finish(last);
    expect((await batch.results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(batch.getSnapshot().files).toMatchObject({ failed: 1, total: 3 });
  });

  test('is closed by abort(), and no further item is started', async () => {
    const { items, push, ended } = feed<ScriptedTask>();
    const start = vi.fn((task: ScriptedTask) => () => task);
    const batch = createBatch(items, start);
    await push(scriptedTask('a'));
    await batch.abort();
    await push(scriptedTask('b'));
    expect(start).toHaveBeenCalledTimes(1);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(batch.getSnapshot().files.isAdding).toBe(false);
  });

  test('that is idle doesn’t keep an aborted batch open', async () => {
    const idle = (async function* (): AsyncGenerator<ScriptedTask> {
      yield scriptedTask('a');
      await new Promise(() => {});
    })();
    const batch = createBatch(idle, (task) => () => task);
    await eventually(() => batch.tasks.length === 1);
    await batch.abort();
    (batch.tasks[0] as ScriptedTask).do({ type: 'failed', error: new UploadError('Aborted', 'aborted') });
    expect(await batch.results).toMatchObject([{ status: 'rejected' }]);
    expect(batch.getSnapshot().files.isAdding).toBe(false);
  });
});

describe('results', () => {
  test('have the final outcome of a file that failed and was resumed while others were active', async () => {
    const [first, second] = [resumable('a'), scriptedTask('b')];
    const batch = createBatch([first, second], (task) => () => task);
    first.do({ type: 'failed', error: new UploadError('NetworkError', 'down') });
    first.resumeWithNewResult();
    await Promise.resolve();
    finish(second);
    finish(first);
    expect(await batch.results).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
  });

  test('wait for a file that was resumed after the others had ended', async () => {
    const [first, second] = [resumable('a'), scriptedTask('b')];
    const batch = createBatch([first, second], (task) => () => task);
    let isOver = false;
    void batch.results.then(() => {
      isOver = true;
    });
    first.do({ type: 'failed', error: new UploadError('NetworkError', 'down') });
    first.resumeWithNewResult();
    finish(second);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    finish(first);
    expect(await batch.results).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }]);
  });
});

/** A scripted task that gets a new result promise when it is resumed, as real tasks do. */
function resumable(name: string): ScriptedTask & { resumeWithNewResult(): void } {
  let current = scriptedTask(name);
  return {
    ...current,
    get result() {
      return current.result;
    },
    getSnapshot: () => current.getSnapshot(),
    do: (event) => current.do(event),
    resumeWithNewResult() {
      current = scriptedTask(name);
    },
  };
}
