/** What all uploads of an element are together, kept up to date at each change: there may be thousands. */
import type { TaskState } from '../index.js';

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

export class Totals {
  readonly #sum = { loaded: 0, total: 0, speed: 0, confirmed: 0 };
  readonly #counts: Partial<Record<TaskState['status'], number>> = {};
  #left = 0;
  #files = 0;
  #withoutNetwork = 0;

  /** @param sign -1 takes out a state that was added */
  add(state: TaskState, sign: 1 | -1 = 1): void {
    const { status } = state;
    const { loaded, total, speed, confirmed } = state.progress;
    this.#sum.loaded += sign * loaded;
    this.#sum.total += sign * total;
    this.#sum.speed += sign * speed;
    if (status !== 'done' && status !== 'failed') this.#sum.confirmed += sign * confirmed;
    if (status !== 'failed') this.#left += sign * (total - loaded);
    if (status === 'waiting' && state.reason === 'network') this.#withoutNetwork += sign;
    this.#counts[status] = (this.#counts[status] ?? 0) + sign;
    this.#files += sign;
  }

  files(): UploadTotals['files'] {
    const { done = 0, failed = 0, paused = 0, completing = 0 } = this.#counts;
    const open = this.#files - done - failed;
    return { done, failed, paused, moving: open - paused - completing, open, total: this.#files };
  }

  read(): UploadTotals {
    const { uploading = 0, completing = 0 } = this.#counts;
    const { speed } = this.#sum;
    // A request that has begun may hang for a while.
    const isOffline = this.#withoutNetwork > 0 && (uploading + completing === 0 || !navigator.onLine);
    return { ...this.#sum, eta: speed ? (this.#left / speed) * 1000 : undefined, files: this.files(), isOffline };
  }
}
