/** The ways by which files get onto the page: choosing, dropping, pasting. */
import { type CollectedFile, collectFiles, type SkippedEntry } from 'oss-resumable';
import { byId } from './dom.js';
import { onPick } from './pick.js';

/**
 * @param use called with the files of each choice, drop or paste
 * @param onSkip called for each dropped entry that can't be uploaded
 */
export function setUpIntake(use: (files: AsyncIterable<CollectedFile>) => void, onSkip: (entry: SkippedEntry) => void): void {
  /** Must be called before the event is over: then the browser clears what it holds. */
  const take = (transfer: DataTransfer): void => use(collectFiles(transfer, { onSkip }));

  for (const [button, input] of [
    ['choose-files', 'files'],
    ['choose-folder', 'folder'],
  ] as const) {
    byId(button).addEventListener('click', () => byId(input).click());
    onPick(byId<HTMLInputElement>(input), use);
  }
  window.addEventListener('paste', ({ clipboardData }) => clipboardData?.files.length && take(clipboardData));
  // The whole window is the drop zone: a file that misses it must not replace the page.
  window.addEventListener('dragover', (event) => {
    event.preventDefault();
    byId('drop').classList.add('over');
  });
  window.addEventListener('dragleave', ({ relatedTarget }) => relatedTarget ?? byId('drop').classList.remove('over'));
  window.addEventListener('drop', (event) => {
    event.preventDefault();
    byId('drop').classList.remove('over');
    if (event.dataTransfer) take(event.dataTransfer);
  });
}
