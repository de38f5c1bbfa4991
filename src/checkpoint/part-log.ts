import type { Checkpoint, CheckpointPart } from '../ports.js';
import type { Checkpoints } from './checkpoints.js';

/** Writes the finished parts of one upload into its checkpoint; no request waits for that. */
export interface PartLog {
  record(part: CheckpointPart): void;
  erase(number: number): void;
  /** Resolves when all is written, or can't be. */
  settled(): Promise<unknown>;
}

/** Milliseconds between updates of a checkpoint's age: parts themselves are recorded at once. */
const TOUCH_INTERVAL = 30_000;

export function createPartLog({ store, serviceClock }: Checkpoints, checkpoint: Checkpoint): PartLog {
  const { id } = checkpoint;
  const writes = new Set<Promise<void>>();
  let touchedAt = checkpoint.updatedAt;

  function write(saving: Promise<void>): void {
    writes.add(saving);
    void saving.finally(() => writes.delete(saving)).catch(() => {});
  }

  return {
    record(part) {
      write(store.savePart(id, part));
      const now = serviceClock.now();
      if (now - touchedAt < TOUCH_INTERVAL) return;
      touchedAt = now;
      write(store.save({ ...checkpoint, updatedAt: now }));
    },
    erase: (number) => write(store.removePart(id, number)),
    settled: () => Promise.allSettled(writes),
  };
}
