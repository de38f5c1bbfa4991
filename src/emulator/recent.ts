/** The most recent entries of a list, whose number and memory are bounded. */
export class Recent<T> {
  readonly #most: { entries: number; bytes: number };
  #kept: { entry: T; bytes: number }[] = [];
  #bytes = 0;

  constructor(most: { entries: number; bytes: number }) {
    this.#most = most;
  }

  /** @param bytes roughly what the entry takes */
  add(entry: T, bytes: number): void {
    this.#kept.push({ entry, bytes });
    this.#bytes += bytes;
    if (this.#kept.length <= this.#most.entries && this.#bytes <= this.#most.bytes) return;
    // Dropping a tenth at a time keeps this cheap for each entry.
    const kept = { entries: this.#most.entries * 0.9, bytes: this.#most.bytes * 0.9 };
    let first = 0;
    while (first < this.#kept.length - 1 && (this.#kept.length - first > kept.entries || this.#bytes > kept.bytes)) {
      this.#bytes -= this.#kept[first++]?.bytes ?? 0;
    }
    this.#kept = this.#kept.slice(first);
  }

  entries(): T[] {
    return this.#kept.map(({ entry }) => entry);
  }

  clear(): void {
    this.#kept = [];
    this.#bytes = 0;
  }
}
