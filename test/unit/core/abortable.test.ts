import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { abortable, untilConnectivity } from '../../../src/core/abortable.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { settle } from '../../helpers/turns.js';

const never = (): Promise<never> => new Promise(() => {});
const reason = new Error('paused');

describe('abortable', () => {
  test('rejects at once with the reason of a signal that is aborted already, and adds no listener to it', async () => {
    const signal = AbortSignal.abort(reason);
    const add = vi.spyOn(signal, 'addEventListener');
    await expect(abortable(never(), signal)).rejects.toBe(reason);
    expect(add).not.toHaveBeenCalled();
  });

  test('a promise that rejects after the abort is nobody’s, and no unhandled rejection', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    let fail: (error: Error) => void = () => {};
    const late = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const controller = new AbortController();
    const waiting = abortable(late, controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    fail(new Error('late'));
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(unhandled).not.toHaveBeenCalled();
    process.off('unhandledRejection', unhandled);
  });

  test('leaves no listener behind: resolved, rejected or aborted', async () => {
    const controller = new AbortController();
    await abortable(Promise.resolve(1), controller.signal);
    await abortable(Promise.reject(new Error('m')), controller.signal).catch(() => {});
    await settle();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    const waiting = abortable(never(), controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });
});

test('untilConnectivity neither listens nor sets a timer for a signal that is aborted already', async () => {
  const clock = new ManualClock();
  const subscribe = vi.fn(() => () => {});
  const network = { isOnline: () => false, subscribe };
  await expect(untilConnectivity({ network, clock }, true, 1_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect([subscribe.mock.calls.length, clock.timers.size]).toEqual([0, 0]);
});
