import type { Endpoint } from '../options.js';
import type { Clock } from '../ports.js';
import { createLine, type Line } from './line.js';

/** An endpoint, and what this page has learned about it. */
export interface KnownEndpoint extends Endpoint {
  /** It has answered this page: from now on, silence means the network. */
  isContacted: boolean;
  /** Answers that could be read, so far. */
  answers: number;
  readonly line: Line;
}

/** The endpoints of a bucket, one of them in use. */
export interface EndpointList {
  readonly count: number;
  current(): KnownEndpoint;
  /**
   * Moves on to the next endpoint, unless another request already has.
   * @param isFinal it refuses, and is not tried again; one that is only silent is, after the others
   * @returns whether there is another one to try
   */
  leave(endpoint: KnownEndpoint, isFinal: boolean): boolean;
}

export function createEndpointList(endpoints: readonly Endpoint[], clock: Clock): EndpointList {
  const all = endpoints.map((endpoint): KnownEndpoint => ({ ...endpoint, isContacted: false, answers: 0, line: createLine(clock) }));
  const refused = new Set<KnownEndpoint>();
  let current = all[0] as KnownEndpoint;
  return {
    count: all.length,
    current: () => current,
    leave(endpoint, isFinal) {
      if (isFinal) refused.add(endpoint);
      if (current !== endpoint) return true;
      const at = all.indexOf(endpoint);
      const next = [...all.slice(at + 1), ...all.slice(0, at)].find((other) => !refused.has(other));
      if (!next) return false;
      current = next;
      return true;
    },
  };
}
