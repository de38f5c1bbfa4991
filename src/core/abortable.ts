import type { Clock, Network } from '../ports.js';

/** What a promise comes to, unless the signal is aborted first. @throws `signal.reason` */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** As {@link abortable}, but once the signal is aborted the promise has some milliseconds more. @throws `signal.reason` */
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

/** Until the network is there, or is gone, or so many milliseconds have passed. @throws `signal.reason` */
export function untilConnectivity(
  { network, clock }: { network: Network; clock: Clock },
  wanted: boolean,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
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
