/** Copies texts, and knows for a moment that it has: a button says so. */

/** Milliseconds that a button says that it has copied. */
const COPIED_TIME = 2000;

export interface Copier {
  /** Does nothing if the user has forbidden the clipboard. @param onChange called whenever {@link hasCopied} has changed */
  copy(text: string, onChange: () => void): Promise<void>;
  /** A text was copied just now. */
  hasCopied(): boolean;
}

export function createCopier(): Copier {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    async copy(text, onChange) {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        // The button can be pressed again.
        return;
      }
      clearTimeout(timer);
      timer = setTimeout(() => {
        timer = undefined;
        onChange();
      }, COPIED_TIME);
      onChange();
    },
    hasCopied: () => timer !== undefined,
  };
}
