import type { Clock } from '../ports.js';

/** The service's clock: the local one until OSS reports another time. */
export interface ServiceClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Converts a time of the local clock. */
  fromLocal(time: number): number;
  /** Adopts the service's time from an answer that has just arrived. */
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
