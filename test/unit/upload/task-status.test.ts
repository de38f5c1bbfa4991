import { describe, expect, test } from 'vitest';
import type { TaskEvent } from '../../../src/core/state.js';
import type { RequestContext } from '../../../src/oss/operation.js';
import { type Activity, createActivity } from '../../../src/upload/task-status.js';

/** An activity, what it last told, and requests that end when the test says so. */
function setup(): {
  activity: Activity;
  controller: AbortController;
  told: string[];
  last(): string | undefined;
  begin(): Promise<{ context: RequestContext; end(): Promise<void>; fail(): Promise<void> }>;
} {
  const controller = new AbortController();
  const told: string[] = [];
  const activity = createActivity(
    (event: TaskEvent) => void told.push(event.type === 'wait' ? `wait ${event.reason}` : event.type),
    controller.signal,
  );
  return {
    activity,
    controller,
    told,
    last: () => told.at(-1),
    async begin() {
      let settle = (_error?: Error): void => {};
      let context: RequestContext | undefined;
      const ended = activity.request((given) => {
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

describe('createActivity', () => {
  test('tells the phase it enters', () => {
    const { activity, told } = setup();
    activity.enter('prepare');
    activity.enter('upload');
    activity.enter('complete');
    expect(told).toEqual(['prepare', 'upload', 'complete']);
  });

  test('the task waits when its only request does, and goes on with it', async () => {
    const { activity, begin, last } = setup();
    activity.enter('upload');
    const request = await begin();
    const endWait = request.context.onWait('network');
    expect(last()).toBe('wait network');
    endWait();
    expect(last()).toBe('upload');
  });

  test("doesn't wait while one of its requests moves", async () => {
    const { activity, begin, told } = setup();
    activity.enter('upload');
    const [first] = [await begin(), await begin()];
    first?.context.onWait('network');
    expect(told).not.toContain('wait network');
  });

  test('waits as soon as the last one that moved has ended', async () => {
    const { activity, begin, last } = setup();
    activity.enter('upload');
    const [stuck, moving] = [await begin(), await begin()];
    stuck.context.onWait('credentials');
    expect(last()).toBe('upload');
    await moving.end();
    expect(last()).toBe('wait credentials');
  });

  test('no longer waits when a new request begins to move', async () => {
    const { activity, begin, last } = setup();
    activity.enter('upload');
    const stuck = await begin();
    const endWait = stuck.context.onWait('network');
    const other = await begin();
    const endOther = other.context.onWait('network');
    expect(last()).toBe('wait network');
    endOther();
    expect(last()).toBe('upload');
    endWait();
    await Promise.all([stuck.end(), other.end()]);
    expect(last()).toBe('upload');
  });

  test('ending a wait twice ends it once', async () => {
    const { activity, begin, told } = setup();
    activity.enter('upload');
    const request = await begin();
    const endWait = request.context.onWait('network');
    endWait();
    const before = told.length;
    endWait();
    expect(told).toHaveLength(before);
  });

  test('goes back to the phase it has entered meanwhile', async () => {
    const { activity, begin, last } = setup();
    activity.enter('upload');
    const request = await begin();
    const endWait = request.context.onWait('network');
    activity.enter('complete');
    expect(last()).toBe('wait network');
    endWait();
    expect(last()).toBe('complete');
  });

  test("a request's failure is passed on, and counts as its end", async () => {
    const { activity, begin, last } = setup();
    activity.enter('upload');
    const [stuck, failing] = [await begin(), await begin()];
    stuck.context.onWait('network');
    await failing.fail();
    expect(last()).toBe('wait network');
    const error = new Error('failed');
    await expect(activity.request(() => Promise.reject(error))).rejects.toBe(error);
  });

  test('requests get the signal of the run and what else they are given', async () => {
    const { activity, controller } = setup();
    const onSent = (): void => {};
    const context = await activity.request(async (given) => given, { onSent });
    expect(context).toMatchObject({ signal: controller.signal, onSent });
  });

  test('tells nothing any more once the run is aborted: the next one may have begun', async () => {
    const { activity, begin, controller, told } = setup();
    const [first, second] = [await begin(), await begin()];
    activity.enter('prepare');
    const [endFirst, endSecond] = [first.context.onWait('network'), second.context.onWait('network')];
    controller.abort();
    const before = [...told];
    endFirst();
    endSecond();
    await Promise.all([first.fail(), second.end()]);
    expect(told).toEqual(before);
  });
});
