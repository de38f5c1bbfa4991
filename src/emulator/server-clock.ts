/** The server's clock, which a test may shift. */
export class ServerClock {
  readonly #read: () => number;
  #offset = 0;

  constructor(read: () => number) {
    this.#read = read;
  }

  /** Whole milliseconds, as they are stored in names and manifests. */
  now(): number {
    return Math.floor(this.#read() + this.#offset);
  }

  /** Milliseconds by which it is ahead. */
  get offset(): number {
    return this.#offset;
  }

  /** From now on the clock is `offset` milliseconds ahead of the real one. */
  shift(offset: number): void {
    this.#offset = offset;
  }
}
