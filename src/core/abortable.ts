import type { Clock, Network } from '../ports.js';

/**
 * What a promise comes to, unless the signal is aborted first.
 * @throws `signal.reason`
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    const settle = (): void => signal.removeEventListener('abort', leave);
    // Also after an abort: a promise that rejects then is nobody's any more, but must not count as unhandled.
    promise.then(resolve, reject).finally(settle);
    // Nothing is added to a signal that will never fire again: a promise that stays pending would hold it for ever.
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}

/**
 * As {@link abortable}, but once the signal is aborted the promise has some milliseconds more.
 * @throws `signal.reason`
 */
export function abortableLater<T>(promise: Promise<T>, signal: AbortSignal, milliseconds: number, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    let cancel = (): void => {};
    const leave = (): void => {
      cancel = clock.after(milliseconds, () => reject(signal.reason));
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    promise.then(resolve, reject).finally(() => {
      cancel();
      signal.removeEventListener('abort', leave);
    });
  });
}

/**
 * What a promise comes to, or `undefined` when that takes longer than so many milliseconds. Leaves no timer behind.
 * @throws `signal.reason`
 */
export function within<T>(promise: Promise<T>, milliseconds: number, clock: Clock, signal?: AbortSignal): Promise<T | undefined> {
  let cancel = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(milliseconds, () => resolve(undefined));
  });
  const first = Promise.race([promise, late]);
  return (signal ? abortable(first, signal) : first).finally(cancel);
}

/**
 * Resolves after so many milliseconds. Leaves no timer behind.
 * @throws `signal.reason`
 */
export function pause(milliseconds: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return within(new Promise<undefined>(() => {}), milliseconds, clock, signal);
}

/**
 * Until the network is there, or is gone, or so many milliseconds have passed.
 * @throws `signal.reason`
 */
export async function untilConnectivity(
  { network, clock }: { network: Network; clock: Clock },
  wanted: boolean,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  let end = (): void => {};
  const change = new Promise<void>((resolve) => {
    const unsubscribe = network.subscribe((online) => online === wanted && resolve());
    const cancelTimer = clock.after(milliseconds, resolve);
    end = () => {
      cancelTimer();
      unsubscribe();
    };
    if (network.isOnline() === wanted) resolve();
  });
  return abortable(change, signal).finally(end);
}

/** What an upload that was given up ends with. */
export function uploadAborted(): DOMException {
  return new DOMException('The upload was aborted', 'AbortError');
}
