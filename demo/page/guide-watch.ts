/** Watches the uploads of `<oss-upload>` for the guide. */
import type { UploadTask } from 'oss-resumable';
import type { OssUploadElement } from 'oss-resumable/element';
import { isMade } from './big-file.js';
import type { BigUpload, GuideEvent } from './guide-facts.js';

/** Bytes: at 5 MiB/s there are six seconds to interrupt it. */
export const BIG = 32 * 1024 ** 2;
/** Milliseconds between two looks at an upload that another tab, or the page before the reload, still holds. */
const CHECK_INTERVAL = 1000;

export interface GuideWatcher {
  /** Whether the page has a network, as far as it knows. */
  isOnline(): boolean;
  /** A big upload has been added. It may take a moment until it is sent. */
  onAdded(): void;
  onEvent(event: GuideEvent): void;
  /** Bytes of an upload that OSS has acknowledged. */
  onStored(key: string, bytes: number): void;
}

export function watchUploads(element: OssUploadElement, watcher: GuideWatcher): void {
  element.addEventListener('oss-upload-start', ({ detail: { task } }) => {
    if (task.file.size < BIG) return;
    watcher.onAdded();
    watchTask(task, watcher);
  });
}

function watchTask(task: UploadTask, { isOnline, onEvent, onStored }: GuideWatcher): void {
  let hasStarted = false;
  /** What was stored when the network was lost; `undefined` while it is there. */
  let cutAt: number | undefined;

  function check(): void {
    const state = task.getSnapshot();
    const { key = task.path, status } = state;
    const { confirmed, parts } = state.progress;
    const upload = bigUploadOf(key, task.file as File);
    const isUploading = status === 'uploading' && parts.total > 0;
    if (isUploading && !hasStarted) {
      hasStarted = true;
      // Of a new upload, parts may have arrived before this page looks.
      onEvent({ type: 'started', upload, confirmed: state.resumedFrom ? confirmed : 0 });
    }
    if (hasStarted && cutAt === undefined && status === 'waiting' && state.reason === 'network') {
      cutAt = confirmed;
      onEvent({ type: 'interrupted', upload, by: 'network' });
    }
    if (cutAt !== undefined && confirmed > cutAt) {
      // Only what arrives now proves that it has resumed: while it is cut off, it tries again and again.
      if (isUploading && isOnline()) {
        onEvent({ type: 'resumed', key, confirmed: cutAt });
        cutAt = undefined;
      } else {
        cutAt = confirmed;
      }
    }
    onStored(key, confirmed);
    if (status === 'done') onEvent({ type: 'done', key, verified: state.result.verified });
    if (status === 'aborted') onEvent({ type: 'gone', key });
    if (status === 'done' || status === 'aborted') unsubscribe();
  }
  const unsubscribe = task.subscribe(check);
}

/**
 * Finds out whether an earlier visit ended in the middle of a big upload.
 *
 * @param followed the upload that the guide followed then, if any
 */
export async function checkEarlierVisit(element: OssUploadElement, followed: BigUpload | undefined, watcher: GuideWatcher): Promise<void> {
  const entries = ((await element.uploader?.unfinished()) ?? []).filter(({ total, confirmed }) => total >= BIG && confirmed > 0);
  const entry = entries.find(({ key }) => key === followed?.key) ?? (followed ? undefined : entries[0]);
  if (!entry) {
    if (followed) watcher.onEvent({ type: 'gone', key: followed.key });
    return;
  }
  if (entry.isInUse) {
    setTimeout(() => void checkEarlierVisit(element, followed, watcher), CHECK_INTERVAL);
    return;
  }
  watcher.onEvent({ type: 'interrupted', upload: bigUploadOf(entry.key, entry.file), by: 'reload' });
  watcher.onStored(entry.key, entry.confirmed);
}

type FileFacts = Pick<File, 'name' | 'size' | 'lastModified'>;

function bigUploadOf(key: string, { name, size, lastModified }: FileFacts): BigUpload {
  return { key, name, size, isMade: isMade(name, size, lastModified) };
}
