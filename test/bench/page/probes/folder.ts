/** Uploads what is dropped on the page: for a quarter of a minute, or until the last file of it is known. */
import { collectFiles, createUploader } from 'oss-resumable';
import { measure } from '../measure.js';
import type { PageMeasurement, Setup } from '../setup.js';

/** Milliseconds. */
const LONG_ENOUGH = 15_000;

export interface FolderMeasurement extends PageMeasurement {
  /** Milliseconds since the epoch: the drop. */
  droppedAt: number;
  files: number;
}

export async function probe({ endpoint, region, bucket, sts, parallel }: Setup): Promise<FolderMeasurement> {
  const uploader = createUploader({ region, bucket, endpoint, credentials: () => sts, parallel });
  let droppedAt = 0;
  let files = 0;
  const measured = await measure(
    () =>
      new Promise((resolve) => {
        document.addEventListener('dragover', (event) => event.preventDefault());
        document.addEventListener('drop', (event) => {
          event.preventDefault();
          droppedAt = performance.timeOrigin + performance.now();
          const batch = uploader.uploadAll(collectFiles(event.dataTransfer!));
          // Ten times a second, as a page would show it.
          const watch = setInterval(() => {
            const state = batch.getSnapshot();
            files = state.files.total;
            if (state.files.isAdding && performance.timeOrigin + performance.now() < droppedAt + LONG_ENOUGH) return;
            clearInterval(watch);
            resolve();
          }, 100);
        });
        document.title = 'ready';
      }),
  );
  return { ...measured, droppedAt, files };
}
