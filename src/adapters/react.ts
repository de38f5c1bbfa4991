/** Hooks for React 18 and newer: state that doesn't tear in concurrent rendering, and no effect on the server. */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { UploadTask, Uploader } from '../index.js';
import { nothingKnown, type Source, type UnfinishedUploads, unfinishedUploadsOf } from './unfinished-uploads.js';

export type { Source, UnfinishedUploads };

/**
 * Creates an uploader that lives as long as the component: its uploads stop when the component unmounts and can be resumed later. If
 * uploads should outlive components, create the uploader in a module instead; that needs no hook.
 *
 * The uploader is created after the first render, because React may discard a render and repeat it: `undefined` until then, and on the
 * server. `create` is called once per mount (StrictMode mounts twice); its errors reach the nearest error boundary. For another bucket,
 * give the component another `key`. A component that `<Activity>` hides counts as unmounted; one that Fast Refresh replaces keeps its
 * uploader if that has uploads.
 *
 * @example
 * const uploader = useUploader(() => createUploader({ region, bucket, credentials }));
 * return <input type="file" disabled={!uploader} onChange={(event) => uploader?.uploadAll(event.target.files ?? [])} />;
 */
export function useUploader(create: () => Uploader): Uploader | undefined {
  const [uploader, setUploader] = useState<Uploader>();
  const left = useRef<{ uploader: Uploader; timer: ReturnType<typeof setTimeout> }>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new function doesn't mean a new uploader.
  useEffect(() => {
    clearTimeout(left.current?.timer);
    const created = left.current?.uploader ?? create();
    left.current = undefined;
    setUploader(created);
    return () => {
      // A component that <Activity> has only hidden comes back, and gets a new uploader.
      setUploader(undefined);
      const dispose = (): void => {
        left.current = undefined;
        void created.dispose();
      };
      // Fast Refresh ends the effect and runs it again in one turn: that must not stop an upload.
      if (created.getSnapshot().length) left.current = { uploader: created, timer: setTimeout(dispose) };
      else dispose();
    };
  }, []);
  return uploader;
}

/**
 * Returns the tasks of an uploader, oldest first. Renders again when a task is added or removed, not at each progress.
 *
 * @param uploader `undefined` as long as there is none: no tasks
 * @example
 * const tasks = useTasks(uploader);
 * return tasks.map((task) => <Row key={task.id} task={task} />);
 */
export function useTasks(uploader: Uploader | undefined): readonly UploadTask[] {
  return useSyncExternalStore(uploader?.subscribe ?? subscribeToNothing, uploader?.getSnapshot ?? noTasks, noTasks);
}

/**
 * Returns the state of a task, or the combined state of a batch. The task has the controls: `pause()`, `resume()`, `abort()`.
 *
 * @param task a task or a batch; `undefined` as long as there is none: no state
 * @example
 * function Row({ task }: { task: UploadTask }) {
 *   const { status, progress } = useTaskState(task);
 *   return <progress value={progress.loaded} max={progress.total} title={status} />;
 * }
 */
export function useTaskState<State>(task: Source<State>): State;
export function useTaskState<State>(task: Source<State> | undefined): State | undefined;
export function useTaskState<State>(task: Source<State> | undefined): State | undefined {
  const getSnapshot = task?.getSnapshot ?? nothing;
  return useSyncExternalStore(task?.subscribe ?? subscribeToNothing, getSnapshot, getSnapshot);
}

/**
 * Returns the uploads left unfinished by earlier page loads, kept up to date while uploads of this page begin and end.
 *
 * @param uploader `undefined` as long as there is none: an empty list that is loading
 * @example
 * const { uploads, discard } = useUnfinishedUploads(uploader);
 * return uploads.map(({ id, file }) => (
 *   <p key={id}>Select {file.name} again to resume it, or <button onClick={() => discard(id)}>discard it</button></p>
 * ));
 */
export function useUnfinishedUploads(uploader: Uploader | undefined): UnfinishedUploads {
  const store = uploader && unfinishedUploadsOf(uploader);
  return useSyncExternalStore(store?.subscribe ?? subscribeToNothing, store?.getSnapshot ?? nothingKnown, nothingKnown);
}

const NO_TASKS: readonly UploadTask[] = [];

const noTasks = (): readonly UploadTask[] => NO_TASKS;
const nothing = (): undefined => undefined;
const subscribeToNothing = (): (() => void) => () => {};
