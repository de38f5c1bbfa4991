/** Copies texts, and knows for a moment that it has: a button says so. */

/** Milliseconds that a button says that it has copied. */
const COPIED_TIME = 2000;

export interface Copier {
  /** Rejects if the user has forbidden the clipboard. */
  copy(text: string): Promise<void>;
  /** Milliseconds that {@link hasCopied} stays true. */
  readonly copiedTime: number;
  /** A text was copied just now. */
  hasCopied(): boolean;
}

export function createCopier(): Copier {
  let copiedAt = -COPIED_TIME;
  return {
    copiedTime: COPIED_TIME,
    async copy(text) {
      await navigator.clipboard.writeText(text);
      copiedAt = performance.now();
    },
    hasCopied: () => performance.now() - copiedAt < COPIED_TIME,
  };
}
