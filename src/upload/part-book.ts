import { sameEtag } from '../checkpoint/match.js';
import { checkClaim } from '../checkpoint/claim.js';
import type { Checkpoints } from '../checkpoint/checkpoints.js';
import type { Pace } from '../core/pace.js';
import { range } from '../core/range.js';
import { type PartPlan, partRange, partSize } from '../core/plan.js';
import { IntegrityError } from '../errors.js';
import type { Checkpoint } from '../ports.js';
import type { OpenUpload } from './open-upload.js';
import { createPartQueue, type PartQueue } from './part-queue.js';
import type { RunningTask } from './running-task.js';

/** A part that is on the server and equal to the local slice, if the service lets that be known. */
export interface FinishedPart {
  number: number;
  etag: string;
  size: number;
  /** The local slice's, unsigned decimal text; `undefined` with hashing off. */
  crc64: string | undefined;
}

/** Which parts of an upload are still to be sent, and which count as done. */
export interface PartBook extends Pick<PartQueue, 'next'> {
  /** How the file is cut at the moment. */
  plan(): PartPlan;
  /** Numbers of parts beyond `after` that are sent for the first time, at most `count`. */
  upcoming(after: number, count: number): number[];
  /** @throws {IntegrityError} `PartMismatch` when the part has arrived damaged too often */
  countSending(number: number): void;
  /** OSS has acknowledged a part. */
  confirm(number: number, etag: string, crc64: string | undefined): void;
  /** The part on the server equals the local slice, or nothing contradicts that. */
  accept(part: FinishedPart): void;
  /** The part on the server is not the local slice: it is sent again from its first byte. */
  sendAgain(number: number): void;
  /** Whether an earlier run of this task has found the part on the server equal to the local slice. */
  isVerified(number: number, etag: string, crc64: string): boolean;
  /** Accepted parts whose reply did not show a CRC-64. */
  readonly unproved: Set<number>;
  /** An accepted part. */
  get(number: number): FinishedPart | undefined;
  /** All parts, ascending by number, once every one is accepted. */
  all(): FinishedPart[];
  /** Resolves when the checkpoint has all that happened, or can't be written. */
  saved(): Promise<unknown>;
}

/** Milliseconds between updates of a checkpoint's age: parts themselves are recorded at once. */
const TOUCH_INTERVAL = 30_000;
/** A corrupted part is sent this often before it no longer counts as an accident. */
export const MAX_SENDS = 4;

export function createPartBook(
  { ledger, memory: { verified }, upload, signal }: RunningTask,
  checkpoints: Checkpoints,
  { checkpoint, plan, carried }: OpenUpload,
  pace: Pace,
): PartBook {
  const { store, serviceClock } = checkpoints;
  const { id, key } = checkpoint;
  const carriedNumbers = new Set(carried.map(({ number }) => number));
  // Whoever has begun an upload that was found may still work on it: then it is cut by one only.
  const isFixed = upload.partSize !== 'auto' || checkpoint.isFound;
  const suitable = (): number | undefined => (isFixed ? undefined : pace.suitable(upload.parallel));
  const queue = createPartQueue(plan, carriedNumbers, suitable, ({ count, recuts }) => {
    ledger.recount(count);
    write(checkClaim(checkpoints, checkpoint, signal).then(() => save({ recuts })));
  });
  const finished = new Map<number, FinishedPart>();
  const sends = new Map<number, number>();
  const unproved = new Set<number>();
  const writes = new Set<Promise<void>>();

  const startOf = (number: number): number => partRange(queue.plan, number).start;

  /** No request waits for the checkpoint. */
  function write(saving: Promise<void>): void {
    writes.add(saving);
    void saving.finally(() => writes.delete(saving)).catch(() => {});
  }

  const save = (change: Partial<Checkpoint>): Promise<void> => store.save(Object.assign(checkpoint, change));

  ledger.plan(plan.count);
  for (const { number, size } of carried) ledger.restore(number, size);

  return {
    plan: () => queue.plan,
    unproved,
    next: queue.next,
    upcoming(after, count) {
      const found: number[] = [];
      for (let number = after + 1; number <= queue.plan.count && found.length < count; number += 1) {
        if (!carriedNumbers.has(number) && !sends.has(number)) found.push(number);
      }
      return found;
    },
    countSending(number) {
      const count = (sends.get(number) ?? 0) + 1;
      sends.set(number, count);
      if (count <= MAX_SENDS) return;
      throw new IntegrityError('PartMismatch', corrupted(`Part ${number} of "${key}"`), { key, partNumber: number });
    },
    confirm(number, etag, crc64) {
      const size = partSize(queue.plan, number);
      ledger.confirm(number, size);
      write(store.savePart(id, { number, etag, size, crc64 }));
      const now = serviceClock.now();
      if (now - checkpoint.updatedAt >= TOUCH_INTERVAL) write(save({ updatedAt: now }));
    },
    accept(part) {
      finished.set(part.number, part);
      verified.set(part.number, { ...part, start: startOf(part.number) });
    },
    sendAgain(number) {
      finished.delete(number);
      unproved.delete(number);
      verified.delete(number);
      ledger.reset(number);
      write(store.removePart(id, number));
      queue.repeat(number);
    },
    isVerified(number, etag, crc64) {
      const known = verified.get(number);
      return known !== undefined && sameEtag(known.etag, etag) && known.crc64 === crc64 && known.start === startOf(number);
    },
    get: (number) => finished.get(number),
    saved: () => Promise.allSettled(writes),
    all: () => range(1, queue.plan.count).map((number) => finished.get(number) as FinishedPart),
  };
}

/** The message of what has arrived damaged {@link MAX_SENDS} times. */
export function corrupted(what: string): string {
  return `${what} was corrupted in transit ${MAX_SENDS} times: its CRC-64 differs.`;
}
