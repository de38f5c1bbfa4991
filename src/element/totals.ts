/** What all uploads of an element are together. */
import type { TaskState, UploadTask } from '../index.js';

/** The combined state of all uploads. Sizes in bytes. */
export interface UploadTotals {
  /** Bytes handed to the network. */
  readonly loaded: number;
  /** Bytes of all files. */
  readonly total: number;
  /** Bytes a second. */
  readonly speed: number;
  /** Milliseconds left; `undefined` while unknown. */
  readonly eta: number | undefined;
  /** Stored bytes of uploads that are neither done nor failed. */
  readonly confirmed: number;
  /** Numbers of files. `open`: neither done nor failed. `moving`: of these, neither paused nor completing. */
  readonly files: Record<'done' | 'failed' | 'paused' | 'moving' | 'open' | 'total', number>;
  /** Nothing is transferred because the network is gone. */
  readonly isOffline: boolean;
}

/** @param files counted already */
export function totalsOf(tasks: Iterable<UploadTask>, files: UploadTotals['files']): UploadTotals {
  const sum = { loaded: 0, total: 0, speed: 0, confirmed: 0 };
  let left = 0;
  let [active, withoutNetwork] = [0, 0];
  for (const task of tasks) {
    const state = task.getSnapshot();
    const { loaded, total, speed, confirmed } = state.progress;
    sum.loaded += loaded;
    sum.total += total;
    sum.speed += speed;
    if (isOpen(state)) sum.confirmed += confirmed;
    if (state.status !== 'failed') left += total - loaded;
    if (state.status === 'uploading' || state.status === 'completing') active += 1;
    if (state.status === 'waiting' && state.reason === 'network') withoutNetwork += 1;
  }
  // A request that has begun may hang for a while.
  const isOffline = withoutNetwork > 0 && (active === 0 || !navigator.onLine);
  return { ...sum, eta: sum.speed ? (left / sum.speed) * 1000 : undefined, files, isOffline };
}

const isOpen = ({ status }: TaskState): boolean => status !== 'done' && status !== 'failed';
