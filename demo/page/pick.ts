/** File inputs. */
import { type CollectedFile, collectFiles } from 'oss-resumable';

/** Calls `use` with the files of each choice. */
export function onPick(input: HTMLInputElement, use: (files: AsyncIterable<CollectedFile>) => void): void {
  input.addEventListener('change', () => {
    const files = collectFiles(input);
    // Emptied, so that choosing the same file once more is a change.
    input.value = '';
    use(files);
  });
}
