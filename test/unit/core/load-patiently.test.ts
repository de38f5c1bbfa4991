import { describe, expect, it, vi } from 'vitest';
import { loadPatiently } from '../../../src/core/load-patiently.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { settle } from '../../helpers/turns.js';
import { failureOf, gate } from '../../helpers/waits.js';

function setup(...outcomes: (Error | string | Promise<string>)[]) {
  const clock = new ManualClock();
  const listeners = new Set<(online: boolean) => void>();
  let online = true;
  const network = {
    isOnline: () => online,
    subscribe(listener: (online: boolean) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const load = vi.fn(async () => {
    const outcome = outcomes.shift();
    if (outcome instanceof Error) throw outcome;
    return outcome as string;
  });
  return {
    clock,
    listeners,
    load,
    get: (signal: AbortSignal) => loadPatiently(load, { clock, network }, signal),
    setOnline(value: boolean) {
      online = value;
      for (const listener of [...listeners]) listener(value);
    },
  };
}

const never = (): AbortSignal => new AbortController().signal;
const broken = new TypeError('Failed to fetch dynamically imported module');

describe('loadPatiently', () => {
  it('tries again a little later', async () => {
    const { get, load, clock, listeners } = setup(broken, 'script');
    const loaded = get(never());
    await settle();
    expect(load).toHaveBeenCalledTimes(1);
    clock.pass(2_000);
    expect(await loaded).toBe('script');
    expect([clock.timers.size, listeners.size]).toEqual([0, 0]);
  });

  it('gives up after three attempts while online, resumably, and whoever asks next has it asked for anew', async () => {
    const { get, load, clock } = setup(broken, broken, broken, 'script');
    const failure = failureOf(get(never()));
    for (let delays = 0; delays < 2; delays += 1) {
      await settle();
      clock.pass(2_000);
    }
    expect(await failure).toMatchObject({ name: 'UploadError', code: 'ScriptNotLoaded', resumable: true, cause: broken });
    expect(load).toHaveBeenCalledTimes(3);
    expect(await get(never())).toBe('script');
  });

  it('waits while offline however long it takes, and spends no attempt', async () => {
    const { get, load, clock, setOnline } = setup(broken, broken, broken, broken, broken, 'script');
    setOnline(false);
    const loaded = get(never());
    for (let probes = 0; probes < 4; probes += 1) {
      await settle();
      clock.pass(30_000);
    }
    await settle();
    expect(load).toHaveBeenCalledTimes(5);
    setOnline(true);
    expect(await loaded).toBe('script');
  });

  it('goes over to waiting when the browser finds that it is offline', async () => {
    const { get, load, clock, setOnline } = setup(broken, broken, 'script');
    const loaded = get(never());
    await settle();
    setOnline(false);
    await settle();
    clock.pass(29_000);
    await settle();
    expect(load).toHaveBeenCalledTimes(2);
    setOnline(true);
    expect(await loaded).toBe('script');
  });

  it('lets go of everything when aborted, while loading and while waiting', async () => {
    const { opened, open } = gate();
    const { get, load, clock, listeners } = setup(opened.then(() => 'script'));
    const controller = new AbortController();
    const given = failureOf(get(controller.signal));
    controller.abort('enough');
    expect(await given).toBe('enough');
    open();
    expect(load).toHaveBeenCalledTimes(1);

    const failing = setup(broken);
    const second = new AbortController();
    const waiting = failureOf(failing.get(second.signal));
    await settle();
    second.abort('enough');
    expect(await waiting).toBe('enough');
    expect([clock.timers.size, listeners.size, failing.clock.timers.size, failing.listeners.size]).toEqual([0, 0, 0, 0]);
    expect(await failureOf(failing.get(second.signal))).toBe('enough');
  });
});
