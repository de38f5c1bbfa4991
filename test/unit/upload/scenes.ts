/** Situations that tests of uploads begin with. */
import { vi } from 'vitest';
import { lockName } from '../../../src/checkpoint/lock.js';
import type { TaskState } from '../../../src/core/task-state.js';
import type { UploadOptions } from '../../../src/options/types.js';
import type { Checkpoint } from '../../../src/ports.js';
import type { ManagedTask } from '../../../src/upload/task.js';
import { crcOf } from '../../helpers/make-file.js';
import { START } from '../../helpers/manual-clock.js';
import type { ServerObject } from '../../helpers/scripted-service.js';
import { eventually, settle } from '../../helpers/turns.js';
import { gate } from '../../helpers/waits.js';
import type { Tab, World } from './world.js';

/** Resolves when that many parts are acknowledged and everything that follows from them has happened. */
export async function untilAcknowledged(world: World, count: number): Promise<void> {
  await eventually(() => world.service.acknowledged().length === count);
  await settle();
}

/** An upload left by an earlier page load, with the first `done` parts recorded. Nothing of it remains in the transcript. */
export async function leaveUnfinished(
  world: World,
  file: File,
  done: number,
  options: UploadOptions = { key: 'dir/a.bin' },
): Promise<Checkpoint> {
  world.service.fault('UploadPart', { skip: done, times: 100, after: new Promise(() => {}) });
  const task = world.openTab({ parallel: 1 }).upload(file, options);
  await untilAcknowledged(world, done);
  await task.stop(new Error('the tab was closed'));
  world.service.clearFaults();
  world.service.log.splice(0);
  world.service.sent.splice(0);
  world.hasher.digests.splice(0);
  return (await world.records())[0] as Checkpoint;
}

/** A task that was paused after its first two parts. */
export async function pausedTask(world: World, file: File, options: UploadOptions, tab: Pick<Tab, 'upload'> = world): Promise<ManagedTask> {
  world.service.fault('UploadPart', { part: 3, after: new Promise(() => {}) });
  const before = world.service.acknowledged().length;
  const task = tab.upload(file, options);
  await untilAcknowledged(world, before + 2);
  await task.pause();
  return task;
}

/** Holds the lock of a checkpoint as another tab does. @returns the function that releases it */
export function holdElsewhere(world: World, id: string): () => Promise<void> {
  const hold = gate();
  const held = world.locks.request(lockName(id), { signal: new AbortController().signal, onWait() {} }, () => hold.opened);
  return async () => {
    hold.open();
    await held;
  };
}

/** The next lock that is granted can be stolen. @returns the function that steals it */
export function letLockBeStolen(world: World): () => void {
  const request = world.locks.request.bind(world.locks);
  const stolen = new AbortController();
  vi.spyOn(world.locks, 'request').mockImplementationOnce((name, options, hold) => request(name, options, () => hold(stolen.signal)));
  return () => stolen.abort();
}

/** Options of uploads within one scope: each call of the key function returns another key. */
export function randomKeysInScope(): (path: string) => UploadOptions {
  let count = 0;
  return (path) => ({ path, scope: 'films', key: () => `random/${(count += 1)}` });
}

/** An object that holds the file, stored by somebody else. */
export async function objectOf(file: File, change: Partial<ServerObject> = {}): Promise<ServerObject> {
  return { size: file.size, crc64: await crcOf(file), etag: '"THERE"', versionId: undefined, lastModified: START, headers: {}, ...change };
}

export function isWaitingForTab(state: TaskState): boolean {
  return state.status === 'waiting' && state.reason === 'other-tab';
}
