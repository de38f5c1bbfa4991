import { describe, expect, test } from 'vitest';
import { createEmitter } from '../../../src/core/emitter.js';
import type { RequestEvent } from '../../../src/core/request-event.js';
import { NetworkError } from '../../../src/errors.js';
import type { Attempt } from '../../../src/oss/attempt.js';
import { observeAttempts } from '../../../src/oss/observe-attempts.js';
import type { Operation, RequestContext, Trace } from '../../../src/oss/operation.js';
import { createWaits } from '../../../src/oss/waits.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { ossError } from '../../helpers/scripted-faults.js';

const PART: Operation<string> = {
  operation: 'UploadPart',
  method: 'PUT',
  key: 'a.bin',
  partNumber: 3,
  query: { partNumber: '3', uploadId: 'U' },
  read: () => 'read',
};

/** An attempt that waits 5 ms for its signature, sends, is answered after 20 ms more, and completely after 10 more. */
function setup(end: (trace: Trace | undefined) => unknown) {
  const clock = new ManualClock();
  const events = createEmitter<RequestEvent>();
  const heard: RequestEvent[] = [];
  const traces: (Trace | undefined)[] = [];
  const attempt = (async (_operation, context: RequestContext, _waits, _stalls, trace?: Trace) => {
    traces.push(trace);
    clock.pass(5);
    trace?.sending();
    context.onSent?.(700);
    clock.pass(20);
    trace?.answering();
    clock.pass(10);
    return end(trace);
  }) as Attempt;
  const observed = observeAttempts(attempt, events, clock);
  const controller = new AbortController();
  const context: RequestContext = { signal: controller.signal, onWait: () => () => {} };
  const waits = createWaits(context);
  return {
    events,
    heard,
    traces,
    controller,
    listen: () => events.subscribe((event) => heard.push(event)),
    waits,
    run: (operation = PART) => observed(operation, context, waits, 0),
  };
}

const answered = (trace: Trace | undefined): unknown => {
  trace?.replied({ hasCallback: false, key: 'a.bin', status: 200, headers: new Headers({ 'x-oss-request-id': 'R1' }), body: '' });
  return { answer: 'read' };
};

describe('an attempt', () => {
  test('that is answered tells what it was, and how long it took', async () => {
    const { heard, listen, run } = setup(answered);
    listen();
    expect(await run()).toEqual({ answer: 'read' });
    expect(heard).toEqual([
      {
        operation: 'UploadPart',
        key: 'a.bin',
        partNumber: 3,
        attempt: 1,
        outcome: 'answered',
        status: 200,
        code: undefined,
        requestId: 'R1',
        ec: undefined,
        waitReason: undefined,
        sentBytes: 700,
        queuedMs: 5,
        firstByteMs: 20,
        totalMs: 35,
      },
    ]);
  });

  test('tells what it waited for since the one before it, once', async () => {
    const { heard, listen, waits, run } = setup(answered);
    listen();
    waits.show('service');
    waits.show('network');
    await run();
    await run();
    expect(heard.map(({ waitReason }) => waitReason)).toEqual(['network', undefined]);
  });

  test('that OSS refuses tells its code, and the repetition that it is the second one', async () => {
    const error = ossError('SlowDown', 503);
    const { heard, listen, run } = setup((trace) => {
      trace?.replied(error);
      return { error };
    });
    listen();
    await run();
    await run();
    await run({ ...PART });
    expect(heard.map(({ attempt, outcome, status, code }) => [attempt, outcome, status, code])).toEqual([
      [1, 'failed', 503, 'SlowDown'],
      [2, 'failed', 503, 'SlowDown'],
      [1, 'failed', 503, 'SlowDown'],
    ]);
  });

  test('without an answer has no status', async () => {
    const { heard, listen, run } = setup(() => ({ error: new NetworkError('NetworkError', 'gone', {}) }));
    listen();
    await run();
    expect(heard[0]).toMatchObject({ outcome: 'failed', status: undefined, code: 'NetworkError' });
  });

  test('that a pause ends is aborted', async () => {
    const { heard, listen, run, controller } = setup(() => {
      controller.abort(new DOMException('paused', 'AbortError'));
      throw controller.signal.reason;
    });
    listen();
    await expect(run()).rejects.toThrow('paused');
    expect(heard[0]).toMatchObject({ outcome: 'aborted', status: undefined });
  });

  test('traces nothing while nobody listens, before and after', async () => {
    const { heard, traces, listen, run } = setup(answered);
    await run();
    const stop = listen();
    await run();
    stop();
    await run();
    expect(traces.map((trace) => trace !== undefined)).toEqual([false, true, false]);
    expect(heard).toHaveLength(1);
  });
});
