/** Pieces of work that run side by side. */
export interface ParallelWork {
  /** How many are under way. */
  readonly size: number;
  launch(work: () => Promise<void>): void;
  /** Resolves when a piece ends, or at {@link wake}. */
  change(): Promise<void>;
  /** There is something new to do. */
  wake(): void;
}

/** @param onFailure gets the error of each piece that fails */
export function createParallelWork(onFailure: (error: unknown) => void): ParallelWork {
  let size = 0;
  let resolveChange = (): void => {};
  const wake = (): void => resolveChange();
  return {
    get size() {
      return size;
    },
    launch(work) {
      size += 1;
      work()
        .catch(onFailure)
        .finally(() => {
          size -= 1;
          wake();
        });
    },
    change: () =>
      new Promise((resolve) => {
        resolveChange = resolve;
      }),
    wake,
  };
}
