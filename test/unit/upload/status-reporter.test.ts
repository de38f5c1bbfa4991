import { describe, expect, test } from 'vitest';
import type { TaskEvent } from '../../../src/core/task-state.js';
import type { RequestContext } from '../../../src/oss/operation.js';
import { type StatusReporter, createStatusReporter } from '../../../src/upload/status-reporter.js';

/** An status, the events that it dispatches, and requests that end on demand. */
function setUp(): {
  status: StatusReporter;
  controller: AbortController;
  events: string[];
  last(): string | undefined;
  begin(): Promise<{ context: RequestContext; end(): Promise<void>; fail(): Promise<void> }>;
} {
  const controller = new AbortController();
  const events: string[] = [];
  const status = createStatusReporter(
    (event: TaskEvent) => void events.push(event.type === 'waiting' ? `waiting ${event.reason}` : event.type),
    controller.signal,
  );
  return {
    status,
    controller,
    events,
    last: () => events.at(-1),
    async begin() {
      let settle = (_error?: Error): void => {};
      let context: RequestContext | undefined;
      const ended = status.request((given) => {
        context = given;
        return new Promise<void>((resolve, reject) => {
          settle = (error) => (error ? reject(error) : resolve());
        });
      });
      return {
        context: context as RequestContext,
        async end() {
          settle();
          await ended;
        },
        async fail() {
          settle(new Error('failed'));
          await ended.catch(() => {});
        },
      };
    },
  };
}

describe('createStatusReporter', () => {
  test('dispatches the phase that it enters', () => {
    const { status, events } = setUp();
    status.enter('preparing');
    status.enter('uploading');
    status.enter('completing');
    expect(events).toEqual(['preparing', 'uploading', 'completing']);
  });

  test('the task waits while its only request waits, then continues', async () => {
    const { status, begin, last } = setUp();
    status.enter('uploading');
    const request = await begin();
    const endWait = request.context.onWait('network');
    expect(last()).toBe('waiting network');
    endWait();
    expect(last()).toBe('uploading');
  });

  test("doesn't wait while one of its requests is active", async () => {
    const { status, begin, events } = setUp();
    status.enter('uploading');
    const [first] = [await begin(), await begin()];
    first?.context.onWait('network');
    expect(events).not.toContain('waiting network');
  });

  test('waits as soon as its last active request has ended', async () => {
    const { status, begin, last } = setUp();
    status.enter('uploading');
    const [stuck, moving] = [await begin(), await begin()];
    stuck.context.onWait('credentials');
    expect(last()).toBe('uploading');
    await moving.end();
    expect(last()).toBe('waiting credentials');
  });

  test('stops waiting when a waiting request becomes active', async () => {
    const { status, begin, last } = setUp();
    status.enter('uploading');
    const stuck = await begin();
    const endWait = stuck.context.onWait('network');
    const other = await begin();
    const endOther = other.context.onWait('network');
    expect(last()).toBe('waiting network');
    endOther();
    expect(last()).toBe('uploading');
    endWait();
    await Promise.all([stuck.end(), other.end()]);
    expect(last()).toBe('uploading');
  });

  test('ends a wait once, even if that is called twice', async () => {
    const { status, begin, events } = setUp();
    status.enter('uploading');
    const request = await begin();
    const endWait = request.context.onWait('network');
    endWait();
    const before = events.length;
    endWait();
    expect(events).toHaveLength(before);
  });

  test('returns to the phase entered during the wait', async () => {
    const { status, begin, last } = setUp();
    status.enter('uploading');
    const request = await begin();
    const endWait = request.context.onWait('network');
    status.enter('completing');
    expect(last()).toBe('waiting network');
    endWait();
    expect(last()).toBe('completing');
  });

  test("passes on a request's failure and counts it as its end", async () => {
    const { status, begin, last } = setUp();
    status.enter('uploading');
    const [stuck, failing] = [await begin(), await begin()];
    stuck.context.onWait('network');
    await failing.fail();
    expect(last()).toBe('waiting network');
    const error = new Error('failed');
    await expect(status.request(() => Promise.reject(error))).rejects.toBe(error);
  });

  test('passes the signal of the run and further context to requests', async () => {
    const { status, controller } = setUp();
    const onSent = (): void => {};
    const context = await status.request(async (given) => given, { onSent });
    expect(context).toMatchObject({ signal: controller.signal, onSent });
  });

  test('dispatches nothing once the run is aborted: the next run may have started', async () => {
    const { status, begin, controller, events } = setUp();
    const [first, second] = [await begin(), await begin()];
    status.enter('preparing');
    const [endFirst, endSecond] = [first.context.onWait('network'), second.context.onWait('network')];
    controller.abort();
    const before = [...events];
    endFirst();
    endSecond();
    await Promise.all([first.fail(), second.end()]);
    expect(events).toEqual(before);
  });

  test('is in the phase `prepare` at first', async () => {
    const events: string[] = [];
    const status = createStatusReporter(({ type }) => void events.push(type), new AbortController().signal);
    await status.request(async ({ onWait }) => onWait('network')());
    expect(events).toEqual(['waiting', 'preparing', 'preparing']);
  });
});
