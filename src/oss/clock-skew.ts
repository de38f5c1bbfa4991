import type { Clock } from '../ports.js';

/** The service's clock, as far as it is known: the local one until OSS says otherwise. */
export interface ServiceClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A time of the local clock by the service's. */
  fromLocal(time: number): number;
  /** Takes over the service's time from an answer that has just arrived. */
  learn(serverTime: number): void;
}

export function createServiceClock(local: Clock): ServiceClock {
  let offset = 0;
  return {
    now: () => local.now() + offset,
    fromLocal: (time) => time + offset,
    learn(serverTime) {
      offset = serverTime - local.now();
    },
  };
}
