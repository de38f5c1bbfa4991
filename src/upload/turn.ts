/** A file's turn among the files of its uploader: another one may have it while this one waits. */
export interface Turn {
  acquire(): Promise<void>;
  /** No effect without a turn. */
  release(): void;
}

/**
 * @param take waits for the turn; the returned function ends it, and may be called more than once
 * @param release ends the turn that the file has already
 */
export function createTurn(take: () => Promise<() => void>, release: () => void = () => {}): Turn {
  return {
    async acquire() {
      release = await take();
    },
    release: () => release(),
  };
}
