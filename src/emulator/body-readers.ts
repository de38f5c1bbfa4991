/** Who still reads which body, so that a replaced object is read to its end by whoever has begun. */

export class BodyReaders {
  readonly #reading = new Map<string, number>();
  readonly #removals = new Map<string, () => void>();

  /** Keeps a body's files until the returned function is called. */
  begin(folder: string): () => void {
    this.#reading.set(folder, (this.#reading.get(folder) ?? 0) + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#end(folder);
    };
  }

  #end(folder: string): void {
    const others = (this.#reading.get(folder) ?? 1) - 1;
    if (others > 0) {
      this.#reading.set(folder, others);
      return;
    }
    this.#reading.delete(folder);
    this.#removals.get(folder)?.();
    this.#removals.delete(folder);
  }

  /** Removes a body: at once, or when its last reader has ended. */
  removeUnread(folder: string, remove: () => void): void {
    if (this.#reading.has(folder)) this.#removals.set(folder, remove);
    else remove();
  }
}
