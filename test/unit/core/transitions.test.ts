import { describe, expect, test } from 'vitest';
import {
  initialState,
  type Progress,
  type TaskEvent,
  type TaskState,
  type TaskStatus,
  transition,
  type UploadResult,
} from '../../../src/core/state.js';
import { UploadError } from '../../../src/errors.js';

const result = { key: 'k' } as UploadResult;
const moving: Progress = { loaded: 50, confirmed: 40, total: 100, speed: 10, eta: 5, parts: { done: 2, total: 5 } };
const failure = new UploadError('Code', 'message');

const EVENTS: Record<string, TaskEvent> = {
  queue: { type: 'queue' },
  prepare: { type: 'prepare' },
  upload: { type: 'upload' },
  complete: { type: 'complete' },
  pause: { type: 'pause' },
  abort: { type: 'abort' },
  wait: { type: 'wait', reason: 'network' },
  finish: { type: 'finish', result },
  fail: { type: 'fail', error: failure },
};
const LEADS_TO: Record<string, TaskStatus> = {
  queue: 'queued',
  prepare: 'preparing',
  upload: 'uploading',
  complete: 'completing',
  pause: 'paused',
  abort: 'aborted',
  wait: 'waiting',
  finish: 'done',
  fail: 'failed',
};

/** A state of each kind, with an upload that moves. */
function stateOf(status: TaskStatus): TaskState {
  const common = { progress: moving, warnings: [], key: 'k', checkpointId: 'c' };
  if (status === 'waiting') return { ...common, status, reason: 'credentials', error: undefined };
  if (status === 'done') return { ...common, status, result };
  if (status === 'failed') return { ...common, status, error: failure, resumable: true };
  return { ...common, status };
}

describe('what each status takes; everything else is late news and changes nothing', () => {
  test.each<[TaskStatus, string]>([
    ['queued', 'prepare wait pause abort fail finish'],
    ['preparing', 'upload wait complete finish pause abort fail'],
    ['uploading', 'wait complete finish prepare pause abort fail'],
    ['waiting', 'prepare upload complete wait finish pause abort fail'],
    ['completing', 'finish wait prepare upload abort fail'],
    ['paused', 'queue abort fail finish'],
    ['failed', 'queue abort'],
    ['done', ''],
    ['aborted', ''],
  ])('%s: %s', (status, accepted) => {
    const before = stateOf(status);
    const taken = accepted.split(' ');
    for (const [type, event] of Object.entries(EVENTS)) {
      const after = transition(before, event);
      if (taken.includes(type)) expect([type, after.status]).toEqual([type, LEADS_TO[type]]);
      else expect(after, type).toBe(before);
    }
  });

  test('a failure that is final takes no queue', () => {
    const final: TaskState = { ...stateOf('failed'), resumable: false } as TaskState;
    expect(transition(final, { type: 'queue' })).toBe(final);
  });

  test('waiting for the same thing again changes nothing, for another it does', () => {
    const waiting = stateOf('waiting');
    expect(transition(waiting, { type: 'wait', reason: 'credentials' })).toBe(waiting);
    expect(transition(waiting, { type: 'wait', reason: 'other-tab' })).toMatchObject({ status: 'waiting', reason: 'other-tab' });
  });
});

describe('speed and time left', () => {
  test.each<[TaskStatus, boolean]>([
    ['queued', false],
    ['preparing', true],
    ['uploading', true],
    ['waiting', false],
    ['completing', true],
    ['paused', false],
  ])('while %s they are shown: %s', (status, isShown) => {
    const { progress } = transition(stateOf(status), { type: 'progress', progress: { ...moving, speed: 20, eta: 3 } });
    expect([progress.speed, progress.eta]).toEqual(isShown ? [20, 3] : [0, undefined]);
  });

  test.each(['pause', 'abort', 'wait', 'fail'])('%s takes them away, whichever of them there was', (type) => {
    for (const { speed, eta } of [moving, { ...moving, speed: 0 }, { ...moving, eta: undefined }]) {
      const before: TaskState = { ...stateOf('uploading'), progress: { ...moving, speed, eta } } as TaskState;
      const { progress } = transition(before, EVENTS[type] as TaskEvent);
      expect(progress).toEqual({ ...moving, speed: 0, eta: undefined });
    }
  });

  test('where there are none the figures stay the same object, so that nobody draws them again', () => {
    const before = initialState(100);
    expect(transition(before, { type: 'pause' }).progress).toBe(before.progress);
  });
});

test('finished, everything is there: all bytes, all parts, nothing left to wait for', () => {
  expect(transition(stateOf('completing'), { type: 'finish', result }).progress).toEqual({
    loaded: 100,
    confirmed: 100,
    total: 100,
    speed: 0,
    eta: 0,
    parts: { done: 5, total: 5 },
  });
});
