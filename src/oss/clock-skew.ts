import type { Clock } from '../ports.js';

/** The service's clock, as well as it is known: the local one until OSS says otherwise. */
export interface ServiceClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A time of the local clock by the service's. */
  fromLocal(time: number): number;
  /** Takes over the service's time from an answer that has just arrived. */
  learn(serverTime: number): void;
  /** OSS has accepted a request that was signed by this clock. */
  confirm(): void;
  /**
   * Whether OSS has accepted a signed request of this page: then this clock is within 15 minutes of the service's.
   * Until then it may be years off, and nothing may be decided by an age.
   */
  isConfirmed(): boolean;
}

export function createServiceClock(local: Clock): ServiceClock {
  let offset = 0;
  let isConfirmed = false;
  return {
    now: () => local.now() + offset,
    fromLocal: (time) => time + offset,
    learn(serverTime) {
      offset = serverTime - local.now();
      isConfirmed = false;
    },
    confirm() {
      isConfirmed = true;
    },
    isConfirmed: () => isConfirmed,
  };
}
