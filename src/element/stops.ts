/** Stops uploads of an element; they stay resumable. */
import type { Uploader, UploadTask } from '../index.js';
import type { PageTurn } from './turns.js';

/** Uploads that share a signal: one for each of thousands would be much memory. */
const SHARED_BY = 50;

export interface Stoppable {
  readonly task: UploadTask;
  readonly uploader: Uploader;
  /** Whose signal the upload was started with. */
  readonly stop: AbortController | undefined;
}

export class Stops {
  #next = new AbortController();
  #uses = 0;
  readonly #stopping = new Set<UploadTask>();

  /** For the next upload. */
  next(): AbortController {
    if (this.#uses % SHARED_BY === 0) this.#next = new AbortController();
    this.#uses += 1;
    return this.#next;
  }

  /** Whether an upload is about to be stopped. */
  isStopping(task: UploadTask): boolean {
    return this.#stopping.has(task);
  }

  /** Stops all uploads so far, which must be all that {@link next} was called for. Resolves when they have stopped. @param pageTurn the turn that has begun */
  async stop(uploads: readonly Stoppable[], pageTurn: PageTurn): Promise<void> {
    this.#uses = 0;
    for (const { task } of uploads) this.#stopping.add(task);
    // The last one first: those that wait would get the turn of one that is stopped.
    for (const { task, uploader, stop } of uploads.toReversed()) {
      const wait = pageTurn();
      if (wait) await wait;
      stop?.abort();
      uploader.remove(task);
      this.#stopping.delete(task);
    }
  }
}
