/** The batches of files that an element is taking: thousands of files are taken bit by bit, and the user may act meanwhile. */
import type { AllAction } from './view/head.js';

export interface Batch {
  /** Its further files begin as paused ones. */
  isPaused: boolean;
  /** No further file of it is taken. */
  isOver: boolean;
}

export class Batches {
  readonly #current = new Set<Batch>();
  readonly #onChange: () => void;

  /** @param onChange called when a batch has begun or ended */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Further files may come. */
  get isBusy(): boolean {
    return this.#current.size > 0;
  }

  begin(): Batch {
    const batch = { isPaused: false, isOver: false };
    this.#current.add(batch);
    this.#onChange();
    return batch;
  }

  end(batch: Batch): void {
    batch.isOver = true;
    if (this.#current.delete(batch)) this.#onChange();
  }

  /** What the user wants for all uploads applies to the files that are still to come. */
  actOnAll(action: AllAction): void {
    for (const batch of this.#current) {
      if (action === 'cancel') this.end(batch);
      if (action === 'pause' || action === 'resume') batch.isPaused = action === 'pause';
    }
  }
}
