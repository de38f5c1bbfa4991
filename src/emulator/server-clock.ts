/** The server's clock, which a test may shift. */
export class ServerClock {
  readonly #read: () => number;
  #offset = 0;

  constructor(read: () => number) {
    this.#read = read;
  }

  now(): number {
    return this.#read() + this.#offset;
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
