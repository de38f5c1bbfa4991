import type { Endpoint } from '../options/endpoint.js';
import type { Clock } from '../ports.js';
import { createLine, type Line } from './line.js';

/** The endpoints of a bucket, one of them in use. */
export interface EndpointList {
  readonly count: number;
  /** An answer has shown an ETag: the bucket's CORS rules expose it. */
  exposesEtag: boolean;
  /** Whether forms are taken; `undefined` while nobody knows. */
  takesForms: boolean | undefined;
  current(): KnownEndpoint;
  /**
   * Switches to the next endpoint, unless another request already has.
   * @param isFinal it refuses, and is not tried again; one that is only silent is, after the others
   * @returns whether there is another one to try
   */
  leave(endpoint: KnownEndpoint, isFinal: boolean): boolean;
}

/** An endpoint of a bucket, and what this page has learned about it. */
export interface KnownEndpoint extends Endpoint {
  readonly bucket: string;
  /** It has answered this page: from now on, silence means the network. */
  isContacted: boolean;
  /** Number of readable answers. */
  answers: number;
  readonly line: Line;
}

export function createEndpointList(endpoints: readonly Endpoint[], bucket: string, clock: Clock): EndpointList {
  /** The one in use, and then those to try after it. */
  let queue = endpoints.map(
    (endpoint): KnownEndpoint => ({ ...endpoint, bucket, isContacted: false, answers: 0, line: createLine(clock) }),
  );
  return {
    count: endpoints.length,
    exposesEtag: false,
    takesForms: undefined,
    current: () => queue[0] as KnownEndpoint,
    leave(endpoint, isFinal) {
      const others = queue.filter((other) => other !== endpoint);
      if (others.length === 0) return false;
      if (isFinal) queue = others;
      else if (queue[0] === endpoint) queue = [...others, endpoint];
      return true;
    },
  };
}
