/** What has truly happened of the guide's three steps: to start a big upload, to interrupt it, to resume it. Pure. */

export interface BigUpload {
  key: string;
  name: string;
  /** Bytes. */
  size: number;
  /** Made by this page: it can be made again. */
  isMade: boolean;
}

export type Interruption = 'network' | 'reload';

export interface GuideFacts {
  /** The upload that the guide follows. */
  upload?: BigUpload;
  /** How it was interrupted. */
  interruption?: Interruption;
  /** Bytes that OSS already had when it was resumed. */
  kept?: number;
  /** How it ended; `too soon`: without an interruption. */
  end?: 'done' | 'verified' | 'too soon';
}

export type GuideEvent =
  /** The first part is about to be sent. `confirmed`: bytes that OSS has from an earlier visit. */
  | { type: 'started'; upload: BigUpload; confirmed: number }
  | { type: 'interrupted'; upload: BigUpload; by: Interruption }
  /** The network is back. */
  | { type: 'resumed'; key: string; confirmed: number }
  | { type: 'done'; key: string; verified: boolean }
  /** It was cancelled, or nothing of it is left. */
  | { type: 'gone'; key: string };

/** The facts after an event: the same object if it changes nothing. */
export function advance(facts: GuideFacts, event: GuideEvent): GuideFacts {
  const { upload, interruption, kept, end } = facts;
  const isFollowed = upload?.key === ('upload' in event ? event.upload.key : event.key);
  if (kept !== undefined)
    return event.type === 'done' && isFollowed && !end ? { ...facts, end: event.verified ? 'verified' : 'done' } : facts;
  switch (event.type) {
    case 'started':
      if (event.confirmed > 0) return { upload: event.upload, interruption: interruption ?? 'reload', kept: event.confirmed };
      return upload && !end && !isFollowed ? facts : { upload: event.upload };
    case 'interrupted':
      return upload && !end && !isFollowed ? facts : { upload: event.upload, interruption: event.by };
    case 'resumed':
      if (!upload || !isFollowed || !interruption) return facts;
      // Cut before anything was stored: there is nothing to show yet.
      return event.confirmed > 0 ? { ...facts, kept: event.confirmed } : { upload };
    case 'done':
      return upload && isFollowed && !end ? { upload, end: 'too soon' } : facts;
    case 'gone':
      return isFollowed && !end ? {} : facts;
  }
}

/** The step that is next; 4 when all are done. */
export function stepOf({ upload, interruption, kept, end }: GuideFacts): 1 | 2 | 3 | 4 {
  if (kept !== undefined) return 4;
  if (!upload || end) return 1;
  return interruption ? 3 : 2;
}
