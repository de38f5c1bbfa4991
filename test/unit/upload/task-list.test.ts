import { describe, expect, test, vi } from 'vitest';
import { abortable } from '../../../src/core/abortable.js';
import type { UploadOptions } from '../../../src/options/types.js';
import { createTaskList, type TaskList } from '../../../src/upload/task-list.js';
import type { ManagedTask } from '../../../src/upload/task.js';
import { makeFile } from '../../helpers/make-file.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { settle } from '../../helpers/turns.js';
import { failureOf, gate, until } from '../../helpers/waits.js';
import { createWorld, type World } from './world.js';

function setUp(parallel = 1): { world: World; list: TaskList; busy: boolean[]; add(name: string, options?: UploadOptions): ManagedTask } {
  const world = createWorld({ parallel });
  const busy: boolean[] = [];
  const list = createTaskList(parallel, world.clock, (isBusy) => void busy.push(isBusy));
  let seed = 0;
  const add = (name: string, options: UploadOptions = {}): ManagedTask => {
    seed += 1;
    const file = makeFile(2 * PART, { name, seed });
    return world.addTo(list, file, options);
  };
  return { world, list, busy, add };
}

describe('createTaskList', () => {
  test('numbers its tasks and lists them oldest first, in the same array until one is added or removed', async () => {
    const { list, add } = setUp();
    expect(list.getTasks()).toEqual([]);
    const tasks = [add('a'), add('b')];
    const listed = list.getTasks();
    expect(listed).toEqual(tasks);
    expect(list.getTasks()).toBe(listed);
    expect(tasks.map(({ id }) => id)).toEqual(['1', '2']);
    await Promise.all(tasks.map(({ result }) => result));
    expect(list.getTasks()).toBe(listed);
    list.clear();
    expect(list.getTasks()).toEqual([]);
  });

  test('works on two more files than there are requests, so that no slot waits for a fingerprint', async () => {
    const { world, add } = setUp(2);
    const hold = gate();
    world.service.fault('Initiate', { times: 99, after: hold.opened });
    const tasks = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => add(name));
    await settle();
    expect(tasks.map((task) => task.getSnapshot().status)).toEqual([...Array(4).fill('preparing'), 'queued', 'queued']);
    hold.open();
    for (const task of tasks) expect((await task.result).verified).toBe(true);
  });

  test('notifies listeners when a task is added, changes or is removed', async () => {
    const { list, add } = setUp();
    const listener = vi.fn();
    const off = list.subscribe(listener);
    const task = add('a');
    expect(listener).toHaveBeenCalledTimes(1);
    await task.result;
    expect(listener.mock.calls.length).toBeGreaterThan(3);
    const before = listener.mock.calls.length;
    list.clear();
    expect(listener).toHaveBeenCalledTimes(before + 1);
    off();
    add('b');
    expect(listener).toHaveBeenCalledTimes(before + 1);
  });

  test('clear() removes tasks that have ended for good, and keeps those that are running, paused or failed resumably', async () => {
    const { world, list, add } = setUp(1);
    const done = add('done');
    await done.result;
    world.service.fault('Initiate', { error: ossError('AccessDenied', 403) });
    const failed = add('failed');
    await failureOf(failed.result);
    world.service.answer.callbackFailure = 'no';
    const lost = add('lost', { callback: { callbackUrl: 'u', callbackBody: 'b' } });
    await failureOf(lost.result);
    const aborted = add('aborted');
    await aborted.abort();
    world.service.fault('Initiate', { times: 9, after: new Promise(() => {}) });
    const running = add('running');
    const paused = add('paused');
    await paused.pause();
    list.clear();
    expect(list.getTasks()).toEqual([failed, running, paused]);
    await running.stop(new Error('end'));
  });

  test('remove() leaves tasks that are queued, running, waiting or paused, and notifies nobody', async () => {
    const { world, list, add } = setUp(1);
    const paused = add('paused');
    await paused.pause();
    vi.spyOn(world.locks, 'request').mockImplementationOnce((_name, { signal, onWait }) => {
      onWait();
      return abortable(new Promise<never>(() => {}), signal);
    });
    const waiting = add('waiting');
    await until(waiting, ({ status }) => status === 'waiting');
    world.service.fault('UploadPart', { times: 9, after: new Promise(() => {}) });
    const running = add('running');
    await until(running, ({ status }) => status === 'uploading');
    const queued = add('queued');
    const tasks = [paused, waiting, running, queued];
    expect(tasks.map((task) => task.getSnapshot().status)).toEqual(['paused', 'waiting', 'uploading', 'queued']);
    const listener = vi.fn();
    list.subscribe(listener);
    for (const task of tasks) list.remove(task);
    expect([list.getTasks(), listener.mock.calls.length]).toEqual([tasks, 0]);
    await Promise.all(tasks.map((task) => task.stop(new Error('end'))));
  });

  test('remove() removes tasks that are done, aborted or failed, each once and with one notification', async () => {
    const { world, list, add } = setUp(1);
    const done = add('done');
    await done.result;
    const aborted = add('aborted');
    await aborted.abort();
    world.service.fault('Initiate', { error: ossError('AccessDenied', 403) });
    const failed = add('failed');
    await failureOf(failed.result);
    const kept = add('kept');
    await kept.result;
    await settle();
    const listener = vi.fn();
    list.subscribe(listener);
    const tasks = [done, aborted, failed];
    for (const [index, task] of tasks.entries()) {
      list.remove(task);
      list.remove(task);
      expect([list.getTasks(), listener.mock.calls.length]).toEqual([[...tasks.slice(index + 1), kept], index + 1]);
    }
  });

  test('is busy from the first file that starts until the last one stops, and reports each change once', async () => {
    const { world, busy, add } = setUp(2);
    const hold = gate();
    world.service.fault('UploadPart', { times: 99, after: hold.opened });
    const [first, second] = [add('a'), add('b')];
    expect(busy).toEqual([]);
    await until(first, ({ status }) => status === 'uploading');
    await until(second, ({ status }) => status === 'uploading');
    expect(busy).toEqual([true]);
    await first.pause();
    expect(busy).toEqual([true]);
    await second.pause();
    expect(busy).toEqual([true, false]);
    first.resume();
    hold.open();
    await first.result;
    expect(busy).toEqual([true, false, true, false]);
    await second.abort();
    expect(busy).toEqual([true, false, true, false]);
  });

  test('is busy while a file completes', async () => {
    const { world, busy, add } = setUp();
    const hold = gate();
    world.service.fault('Complete', { after: hold.opened });
    const first = add('a', { key: 'k' });
    await until(first, ({ status }) => status === 'completing');
    expect(busy).toEqual([true]);
    hold.open();
    await first.result;
    expect(busy).toEqual([true, false]);
  });

  test('is busy while a file is prepared', async () => {
    const { world, busy, add } = setUp();
    const hold = gate();
    world.service.fault('Initiate', { after: hold.opened });
    const task = add('a', { key: 'k' });
    await until(task, ({ status }) => status === 'preparing');
    expect(busy).toEqual([true]);
    hold.open();
    await task.result;
    expect(busy).toEqual([true, false]);
  });

  test('is busy while a file waits for another tab', async () => {
    const { world, busy, add } = setUp();
    const other = gate();
    const request = vi.spyOn(world.locks, 'request').mockImplementationOnce(async (_name, { onWait }, hold) => {
      onWait();
      await other.opened;
      return hold();
    });
    const task = add('a', { key: 'k' });
    await until(task, ({ status }) => status === 'waiting');
    expect([busy, request.mock.calls.length]).toEqual([[true], 1]);
    other.open();
    await task.result;
    expect(busy).toEqual([true, false]);
  });

  test('a failed task that was removed and then resumed is stopped with the others', async () => {
    const world = createWorld();
    const list = createTaskList(2, world.clock, () => {});
    world.service.fault('Initiate', { error: ossError('AccessDenied', 403) });
    const task = world.addTo(list, makeFile(4 * PART), { key: 'dir/a.bin' });
    await failureOf(task.result);
    list.remove(task);
    world.service.fault('UploadPart', { times: 9, after: new Promise(() => {}) });
    task.resume();
    await until(task, ({ status }) => status === 'uploading');
    // As dispose() does.
    await Promise.all(list.getTasks().map((each) => each.stop(new Error('disposed'))));
    expect(task.getSnapshot().status).toBe('aborted');
  });
});
