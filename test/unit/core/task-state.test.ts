import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  initialState,
  isSettled,
  type Progress,
  type TaskEvent,
  type TaskState,
  type TaskStatus,
  transition,
  type UploadResult,
} from '../../../src/core/task-state.js';
import { UploadError } from '../../../src/errors.js';

const result: UploadResult = {
  bucket: 'b',
  key: 'k',
  url: 'https://b.example.com/k',
  size: 100,
  etag: '"E"',
  crc64: '1',
  verified: true,
  versionId: undefined,
  callbackBody: undefined,
};
const moving: Progress = { loaded: 50, confirmed: 40, total: 100, speed: 10, eta: 5, parts: { done: 2, total: 5 } };
const error = (resumable: boolean): UploadError => new UploadError('Code', 'message', { resumable });

const anyProgress: fc.Arbitrary<Progress> = fc.record({
  loaded: fc.nat(100),
  confirmed: fc.nat(100),
  total: fc.constant(100),
  speed: fc.nat(1000),
  eta: fc.option(fc.nat(1000), { nil: undefined }),
  parts: fc.record({ done: fc.nat(5), total: fc.constant(5) }),
});
const anyEvent: fc.Arbitrary<TaskEvent> = fc.oneof(
  fc
    .constantFrom(
      'queued' as const,
      'preparing' as const,
      'uploading' as const,
      'completing' as const,
      'paused' as const,
      'aborted' as const,
    )
    .map((type) => ({ type })),
  fc
    .constantFrom('network' as const, 'other-tab' as const, 'this-page' as const, 'credentials' as const)
    .map((reason) => ({ type: 'waiting' as const, reason: reason })),
  anyProgress.map((progress) => ({ type: 'progress' as const, progress })),
  fc
    .constantFrom('checkpoint-in-memory' as const, 'crc64-not-exposed' as const)
    .map((code) => ({ type: 'warn' as const, warning: { code, message: code } })),
  fc.constant<TaskEvent>({ type: 'done', result }),
  fc.boolean().map((resumable) => ({ type: 'failed' as const, error: error(resumable) })),
);
/** Every state that a history of events leads to, oldest first. */
const anyHistory = fc.array(anyEvent, { maxLength: 40 }).map((events) => {
  const states: TaskState[] = [deepFreeze(initialState(100))];
  for (const event of events) states.push(deepFreeze(transition(states.at(-1) as TaskState, deepFreeze(event))));
  return { events, states };
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

/** The state after these events. */
function stateAfter(...events: TaskEvent[]): TaskState {
  return events.reduce(transition, initialState(100));
}

describe('whatever happens', () => {
  test('nothing leads out of done and aborted, not even a warning or late progress', () => {
    fc.assert(
      fc.property(anyHistory, anyEvent, ({ states }, event) => {
        const state = states.find(({ status }) => status === 'done' || status === 'aborted');
        if (state) expect(states.at(-1)).toBe(state);
        if (state) expect(transition(state, event)).toBe(state);
      }),
      { numRuns: 500 },
    );
  });

  test('only queued and aborted follow failed, and queued only when the failure is resumable', () => {
    fc.assert(
      fc.property(fc.boolean(), anyEvent, (resumable, event) => {
        const failed = stateAfter({ type: 'preparing' }, { type: 'failed', error: error(resumable) });
        const next = transition(failed, event);
        if (event.type === 'aborted') expect(next.status).toBe('aborted');
        else if (event.type === 'queued' && resumable) expect(next.status).toBe('queued');
        else expect(next).toBe(failed);
      }),
      { numRuns: 300 },
    );
  });

  test('an event either changes the state as its name says or leaves the very same object', () => {
    fc.assert(
      fc.property(anyHistory, ({ events, states }) => {
        events.forEach((event, index) => {
          const [before, next] = [states[index] as TaskState, states[index + 1] as TaskState];
          if (next === before) return;
          expect(next.status).toBe(['progress', 'warn', 'identify'].includes(event.type) ? before.status : event.type);
          if (next.status === 'failed' && event.type === 'failed') expect(next.resumable).toBe(next.error.resumable);
        });
      }),
      { numRuns: 500 },
    );
  });

  test('each warning is kept once, and none is lost', () => {
    fc.assert(
      fc.property(anyHistory, ({ events, states }) => {
        const last = states.at(-1) as TaskState;
        const codes = last.warnings.map(({ code }) => code);
        expect(new Set(codes).size).toBe(codes.length);
        const settledAt = states.findIndex(isSettled);
        const heard = events.slice(0, settledAt === -1 ? undefined : settledAt).filter((event) => event.type === 'warn');
        for (const { warning } of heard) expect(codes).toContain(warning.code);
      }),
      { numRuns: 500 },
    );
  });

  test('loaded equals total only when done came last, if the events keep to that', () => {
    fc.assert(
      fc.property(anyHistory, ({ states }) => {
        for (const { status, progress } of states) {
          if (status === 'done')
            expect(progress).toEqual({
              loaded: 100,
              confirmed: 100,
              total: 100,
              speed: 0,
              eta: 0,
              parts: { done: progress.parts.total, total: progress.parts.total },
            });
        }
      }),
    );
  });

  test('a state that has been handed out is never changed', () => {
    // Every state and event of the histories is deeply frozen: writing to one would throw.
    fc.assert(fc.property(anyHistory, ({ events, states }) => states.length === events.length + 1));
  });
});

describe('the way of an upload', () => {
  test('queued → preparing → uploading → completing → done', () => {
    const states = [initialState(100)];
    for (const type of ['preparing', 'uploading', 'completing'] as const) states.push(transition(states.at(-1) as TaskState, { type }));
    const done = transition(states.at(-1) as TaskState, { type: 'done', result });
    expect([...states, done].map(({ status }) => status)).toEqual(['queued', 'preparing', 'uploading', 'completing', 'done']);
    expect(done).toMatchObject({ result, progress: { loaded: 100, confirmed: 100, eta: 0 } });
  });

  test('starts with nothing known', () => {
    expect(initialState(7)).toEqual({
      status: 'queued',
      warnings: [],
      progress: { loaded: 0, confirmed: 0, total: 7, speed: 0, eta: undefined, parts: { done: 0, total: 0 } },
    });
  });

  test('pausing keeps the bytes and forgets speed and time left', () => {
    const paused = stateAfter({ type: 'preparing' }, { type: 'uploading' }, { type: 'progress', progress: moving }, { type: 'paused' });
    expect(paused).toMatchObject({ status: 'paused', progress: { loaded: 50, confirmed: 40, speed: 0, eta: undefined } });
    expect(transition(paused, { type: 'queued' })).toMatchObject({ status: 'queued', progress: { loaded: 50 } });
  });

  test.each<TaskEvent>([{ type: 'preparing' }, { type: 'uploading' }, { type: 'completing' }, { type: 'waiting', reason: 'network' }])(
    'stays paused by the user when late news comes: $type',
    (event) => {
      const paused = stateAfter({ type: 'preparing' }, { type: 'paused' });
      expect(transition(paused, event)).toBe(paused);
    },
  );

  test('an answer that says after a pause that all is there is true', () => {
    const paused = stateAfter({ type: 'preparing' }, { type: 'paused' });
    expect(transition(paused, { type: 'done', result })).toMatchObject({ status: 'done', result });
  });

  test('key and checkpoint are part of every state, also of one that has ended', () => {
    const identified = stateAfter(
      { type: 'preparing' },
      { type: 'identify', key: 'k', checkpointId: 'c', resumedFrom: 'server' },
      { type: 'uploading' },
    );
    expect(identified).toMatchObject({ status: 'uploading', key: 'k', checkpointId: 'c', resumedFrom: 'server' });
    expect(transition(identified, { type: 'identify', key: 'k', checkpointId: 'c', resumedFrom: 'server' })).toBe(identified);
    const done = transition(identified, { type: 'done', result });
    expect(transition(done, { type: 'identify', key: 'k', checkpointId: undefined, resumedFrom: 'server' })).toMatchObject({
      status: 'done',
      checkpointId: undefined,
      resumedFrom: 'server',
    });
  });

  test("can't be paused while completing: the object may exist already", () => {
    const completing = stateAfter({ type: 'preparing' }, { type: 'uploading' }, { type: 'completing' });
    expect(transition(completing, { type: 'paused' })).toBe(completing);
  });

  test('waiting says for what; the same wait twice is one', () => {
    const waiting = stateAfter({ type: 'preparing' }, { type: 'uploading' }, { type: 'waiting', reason: 'network' });
    expect(waiting).toMatchObject({ status: 'waiting', reason: 'network' });
    expect(transition(waiting, { type: 'waiting', reason: 'network' })).toBe(waiting);
    expect(transition(waiting, { type: 'waiting', reason: 'credentials' })).toMatchObject({ reason: 'credentials' });
    expect(transition(waiting, { type: 'uploading' })).not.toHaveProperty('for');
  });

  test('a failure carries its error, and keeps the bytes for the resume', () => {
    const failure = error(true);
    const failed = stateAfter({ type: 'preparing' }, { type: 'progress', progress: moving }, { type: 'failed', error: failure });
    expect(failed).toMatchObject({ status: 'failed', error: failure, resumable: true, progress: { loaded: 50, confirmed: 40, speed: 0 } });
    const again = transition(failed, { type: 'queued' });
    expect(again).toMatchObject({ status: 'queued', progress: { loaded: 50 } });
    expect(again).not.toHaveProperty('error');
  });

  test('settled are done, failed and aborted, and no others', () => {
    const settled = [
      stateAfter({ type: 'aborted' }),
      stateAfter({ type: 'failed', error: error(true) }),
      stateAfter({ type: 'preparing' }, { type: 'done', result }),
    ];
    expect(settled.every(isSettled)).toBe(true);
    const open = [
      stateAfter(),
      stateAfter({ type: 'preparing' }),
      stateAfter({ type: 'paused' }),
      stateAfter({ type: 'preparing' }, { type: 'uploading' }, { type: 'completing' }),
      stateAfter({ type: 'waiting', reason: 'other-tab' }),
    ];
    expect(open.some(isSettled)).toBe(false);
  });
});

test('nothing has a speed while the task waits or is paused, whatever is reported', () => {
  const moving: Progress = { loaded: 5, confirmed: 0, total: 10, speed: 7, eta: 1, parts: { done: 0, total: 1 } };
  const preparing = transition(initialState(10), { type: 'preparing' });
  expect(transition(preparing, { type: 'progress', progress: moving }).progress.speed).toBe(7);
  for (const event of [{ type: 'waiting', reason: 'network' }, { type: 'paused' }] as const) {
    const { progress } = transition(transition(preparing, event), { type: 'progress', progress: moving });
    expect(progress).toMatchObject({ loaded: 5, speed: 0, eta: undefined });
  }
});

describe('every event in every status', () => {
  const result = { key: 'k' } as UploadResult;
  const moving: Progress = { loaded: 50, confirmed: 40, total: 100, speed: 10, eta: 5, parts: { done: 2, total: 5 } };
  const failure = new UploadError('Code', 'message');

  const EVENTS: Record<string, TaskEvent> = {
    queued: { type: 'queued' },
    preparing: { type: 'preparing' },
    uploading: { type: 'uploading' },
    completing: { type: 'completing' },
    paused: { type: 'paused' },
    aborted: { type: 'aborted' },
    waiting: { type: 'waiting', reason: 'network' },
    done: { type: 'done', result },
    failed: { type: 'failed', error: failure },
  };
  /** A state of each kind, with an upload that moves. */
  function stateOf(status: TaskStatus): TaskState {
    const common = { progress: moving, warnings: [], key: 'k', checkpointId: 'c', resumedFrom: undefined };
    if (status === 'waiting') return { ...common, status, reason: 'credentials', error: undefined };
    if (status === 'done') return { ...common, status, result };
    if (status === 'failed') return { ...common, status, error: failure, resumable: true };
    return { ...common, status };
  }

  describe('what each status takes; everything else is late news and changes nothing', () => {
    test.each<[TaskStatus, string]>([
      ['queued', 'preparing waiting paused aborted failed done'],
      ['preparing', 'uploading waiting completing done paused aborted failed'],
      ['uploading', 'waiting completing done preparing paused aborted failed'],
      ['waiting', 'preparing uploading completing waiting done paused aborted failed'],
      ['completing', 'done waiting preparing uploading aborted failed'],
      ['paused', 'queued aborted failed done'],
      ['failed', 'queued aborted'],
      ['done', ''],
      ['aborted', ''],
    ])('%s: %s', (status, accepted) => {
      const before = stateOf(status);
      const taken = accepted.split(' ');
      for (const [type, event] of Object.entries(EVENTS)) {
        const after = transition(before, event);
        if (taken.includes(type)) expect([type, after.status]).toEqual([type, type]);
        else expect(after, type).toBe(before);
      }
    });

    test('a failure that is final is not queued again', () => {
      const final: TaskState = { ...stateOf('failed'), resumable: false } as TaskState;
      expect(transition(final, { type: 'queued' })).toBe(final);
    });

    test('waiting for the same thing again changes nothing, for another it does', () => {
      const waiting = stateOf('waiting');
      expect(transition(waiting, { type: 'waiting', reason: 'credentials' })).toBe(waiting);
      expect(transition(waiting, { type: 'waiting', reason: 'other-tab' })).toMatchObject({ status: 'waiting', reason: 'other-tab' });
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

    test.each(['paused', 'aborted', 'waiting', 'failed'])('%s takes them away, whichever of them there was', (type) => {
      for (const { speed, eta } of [moving, { ...moving, speed: 0 }, { ...moving, eta: undefined }]) {
        const before: TaskState = { ...stateOf('uploading'), progress: { ...moving, speed, eta } } as TaskState;
        const { progress } = transition(before, EVENTS[type] as TaskEvent);
        expect(progress).toEqual({ ...moving, speed: 0, eta: undefined });
      }
    });

    test('where there are none the figures stay the same object, so that nobody draws them again', () => {
      const before = initialState(100);
      expect(transition(before, { type: 'paused' }).progress).toBe(before.progress);
    });
  });

  test('finished, everything is there: all bytes, all parts, nothing left to wait for', () => {
    expect(transition(stateOf('completing'), { type: 'done', result }).progress).toEqual({
      loaded: 100,
      confirmed: 100,
      total: 100,
      speed: 0,
      eta: 0,
      parts: { done: 5, total: 5 },
    });
  });
});
