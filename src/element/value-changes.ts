/** Tells the form and the page that the value has changed: once for many files that end together. */
import type { UploadResult, UploadTask } from '../index.js';
import { dispatch, dispatchChange } from './events.js';
import type { FormValue } from './form.js';
import type { StoredFile } from './links.js';
import type { Uploads } from './uploads.js';

/** Milliseconds between two changes while further uploads run: thousands of small files would each write a value of thousands of keys. */
const INTERVAL = 100;

export interface ValueChanges {
  /** An upload is done. @param isOver it was before it was listed: the value changes, but there is no success to report */
  addDone(task: UploadTask, result: UploadResult, isOver?: boolean): void;
  /** A row was removed. @param isStored its file was part of the value */
  addRemoved(isStored: boolean): void;
  /** Writes the value and dispatches what is due. */
  flush(): void;
  /** Shows files that were stored before: no change by the user. */
  show(files: readonly StoredFile[]): void;
  /** Stops all uploads, which stay resumable, and shows these files. Dispatches the value once, if it is another. */
  reset(files: readonly StoredFile[]): void;
}

export function createValueChanges(host: HTMLElement, value: FormValue, uploads: Uploads): ValueChanges {
  let done: [UploadTask, UploadResult][] = [];
  let isDue = false;
  let flushedAt = -INTERVAL;

  function flush(): void {
    if (!isDue) return;
    isDue = false;
    flushedAt = performance.now();
    value.write();
    const reported = done;
    done = [];
    for (const [task, result] of reported) dispatch(host, 'success', { task, result });
    dispatchChange(host, uploads.keys());
  }

  /** At the end of the turn, or later if many changes follow one another. A form can be submitted when no upload is open: then now. */
  function schedule(): void {
    const isLast = uploads.files().open === 0;
    const wait = flushedAt + INTERVAL - performance.now();
    if (isDue && !isLast) return;
    isDue = true;
    if (isLast || wait <= 0) queueMicrotask(flush);
    else setTimeout(flush, wait);
  }

  /** The page may submit its form before the events are due: what makes the form valid is in its value. */
  function writeIfLast(): void {
    const { open, failed } = uploads.files();
    if (isDue && !open && !failed) value.write();
  }

  function show(files: readonly StoredFile[]): void {
    uploads.showStored(files);
    value.write();
  }

  return {
    show,
    reset(files) {
      // What was stored is reported before it is gone.
      flush();
      const before = String(uploads.keys());
      uploads.reset();
      show(files);
      if (String(uploads.keys()) !== before) schedule();
      flush();
    },
    addDone(task, result, isOver) {
      schedule();
      if (isOver) return;
      done.push([task, result]);
      writeIfLast();
    },
    addRemoved(isStored) {
      if (isStored || isDue) schedule();
      // An upload that was cancelled may have been the last one that kept the changes back.
      if (!isStored) writeIfLast();
    },
    flush,
  };
}
