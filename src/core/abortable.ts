/** Waits that end when a signal is aborted. */
import type { Clock, Network } from '../ports.js';

/**
 * Settles as the promise does, unless the signal is aborted first.
 * @throws `signal.reason`
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    const settle = (): void => signal.removeEventListener('abort', leave);
    // Also after an abort: a promise that rejects then must not count as unhandled.
    promise.then(resolve, reject).finally(settle);
    // A listener on a signal that never fires again would stay forever if the promise never settles.
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}

/**
 * Settles as the promise does, or resolves with `undefined` after a time limit. Leaves no timer behind.
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

/** Does work whose signal is aborted after a time limit. Leaves no timer behind. */
export function withPatience<T>(milliseconds: number, clock: Clock, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const patience = new AbortController();
  const cancel = clock.after(milliseconds, () => patience.abort(new DOMException('No answer in time', 'TimeoutError')));
  return work(patience.signal).finally(cancel);
}

/**
 * Resolves when the network is back (or gone), or after a time limit.
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

/** The reason of an upload that was aborted. */
export function uploadAborted(): DOMException {
  return new DOMException('The upload was aborted', 'AbortError');
}
