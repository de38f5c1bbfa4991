/** Uploads in React 18 and later: state that doesn't tear while React renders concurrently, and nothing done on the server. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { UploadTask, Uploader } from '../index.js';
import { nothingKnown, type Source, type UnfinishedUploads, unfinishedOf } from './unfinished.js';

export type { Source, UnfinishedUploads };

/**
 * An uploader for as long as the component is mounted: its uploads stop with the component, and can be resumed later. An
 * application whose uploads are to outlive a component makes its uploader in a module instead, and needs no hook for it.
 *
 * It is made after the first render, because React may throw a render away and repeat it: `undefined` until then, and
 * on the server. `create` is called once a mount (StrictMode mounts twice); what it throws reaches the nearest error
 * boundary. For another bucket give the component another `key`.
 *
 * @example
 * const uploader = useUploader(() => createUploader({ region, bucket, credentials }));
 * return <input type="file" disabled={!uploader} onChange={(event) => uploader?.uploadAll(event.target.files ?? [])} />;
 */
export function useUploader(create: () => Uploader): Uploader | undefined {
  const [uploader, setUploader] = useState<Uploader>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new function is no reason for a new uploader.
  useEffect(() => {
    const made = create();
    setUploader(made);
    return () => {
      // A component that is only hidden, by <Activity>, comes back and gets a new one.
      setUploader(undefined);
      void made.dispose();
    };
  }, []);
  return uploader;
}

/**
 * The tasks of an uploader, oldest first: renders again when one is added or cleared, not at each progress.
 *
 * @param uploader may still be missing: then there are none
 * @example
 * const tasks = useUploads(uploader);
 * return tasks.map((task) => <Row key={task.id} task={task} />);
 */
export function useUploads(uploader: Uploader | undefined): readonly UploadTask[] {
  return useSyncExternalStore(uploader?.subscribe ?? subscribeToNothing, uploader?.getSnapshot ?? noTasks, noTasks);
}

/**
 * The state of a task, or of all files of a batch together. What controls it is on the task: `pause()`, `resume()`,
 * `abort()`.
 *
 * @param upload may still be missing: then its state is too
 * @example
 * function Row({ task }: { task: UploadTask }) {
 *   const { status, progress } = useUpload(task);
 *   return <progress value={progress.loaded} max={progress.total} title={status} />;
 * }
 */
export function useUpload<State>(upload: Source<State>): State;
export function useUpload<State>(upload: Source<State> | undefined): State | undefined;
export function useUpload<State>(upload: Source<State> | undefined): State | undefined {
  const getSnapshot = upload?.getSnapshot ?? nothing;
  return useSyncExternalStore(upload?.subscribe ?? subscribeToNothing, getSnapshot, getSnapshot);
}

/**
 * Uploads that an earlier page load has left, kept up to date while uploads of this page begin and end.
 *
 * @param uploader may still be missing: then nothing is known yet
 * @example
 * const { uploads, discard } = useUnfinishedUploads(uploader);
 * return uploads.map(({ id, file }) => (
 *   <p key={id}>Select {file.name} again to resume it, or <button onClick={() => discard(id)}>discard it</button></p>
 * ));
 */
export function useUnfinishedUploads(uploader: Uploader | undefined): UnfinishedUploads {
  const list = uploader && unfinishedOf(uploader);
  return useSyncExternalStore(list?.subscribe ?? subscribeToNothing, list?.getSnapshot ?? nothingKnown, nothingKnown);
}

const NO_TASKS: readonly UploadTask[] = [];

const noTasks = (): readonly UploadTask[] => NO_TASKS;
const nothing = (): undefined => undefined;
const subscribeToNothing = (): (() => void) => () => {};
