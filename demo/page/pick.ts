import { type CollectedFile, collectFiles } from 'oss-resumable';

/** Hands over what a file input is given, each time anew. */
export function onPick(input: HTMLInputElement, use: (files: AsyncIterable<CollectedFile>) => void): void {
  input.addEventListener('change', () => {
    const files = collectFiles(input);
    // Empty again, so that choosing the same file once more is a change.
    input.value = '';
    use(files);
  });
}
