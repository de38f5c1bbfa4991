/** Composables for Vue 3.3 and newer: shallow refs that follow an uploader and its tasks, and no effect on the server. */
import {
  computed,
  type ComputedRef,
  type MaybeRefOrGetter,
  onMounted,
  onScopeDispose,
  type ShallowRef,
  shallowRef,
  toValue,
  watch,
} from 'vue';
import type { UnfinishedUpload, UploadTask, Uploader } from '../index.js';
import { nothingKnown, type Source, type UnfinishedUploads, unfinishedUploadsOf } from './unfinished-uploads.js';

export type { Source };

/** {@link UnfinishedUploads} with each field as a ref. */
export interface UnfinishedRefs extends Pick<UnfinishedUploads, 'refresh' | 'discard'> {
  /** Newest first; empty until the first read has finished. */
  readonly uploads: ComputedRef<readonly UnfinishedUpload[]>;
  /** Why the last read failed. */
  readonly error: ComputedRef<Error | undefined>;
  /** The first read has not finished. */
  readonly isLoading: ComputedRef<boolean>;
}

/**
 * Creates an uploader that lives as long as the component: its uploads stop when the component unmounts and can be resumed later. If
 * uploads should outlive components, create the uploader in a module instead; that needs no composable.
 *
 * The uploader is created when the component is mounted: `undefined` until then, and on the server.
 *
 * @example
 * const uploader = useUploader(() => createUploader({ region, bucket, credentials }));
 * const upload = (files: FileList) => uploader.value?.uploadAll(files);
 */
export function useUploader(create: () => Uploader): Readonly<ShallowRef<Uploader | undefined>> {
  const uploader = shallowRef<Uploader>();
  onMounted(() => {
    uploader.value = create();
  });
  onScopeDispose(() => {
    void uploader.value?.dispose();
    uploader.value = undefined;
  });
  return uploader;
}

/**
 * Returns the tasks of an uploader, oldest first. The array is replaced when a task is added or removed, not at each progress.
 *
 * @param uploader `undefined` as long as there is none: no tasks
 * @example
 * const tasks = useTasks(uploader);
 * // <UploadRow v-for="task in tasks" :key="task.id" :task="task" />
 */
export function useTasks(uploader: MaybeRefOrGetter<Uploader | undefined>): Readonly<ShallowRef<readonly UploadTask[]>> {
  return useSource<readonly UploadTask[]>(() => toValue(uploader), []);
}

/**
 * Returns the state of a task, or the combined state of a batch. The task has the controls: `pause()`, `resume()`, `abort()`.
 *
 * @param task a task or a batch; `undefined` as long as there is none: no state
 * @example
 * const { task } = defineProps<{ task: UploadTask }>();
 * const state = useTaskState(() => task);
 * // <progress :value="state.progress.loaded" :max="state.progress.total" />
 */
export function useTaskState<State>(task: MaybeRefOrGetter<Source<State>>): Readonly<ShallowRef<State>>;
export function useTaskState<State>(task: MaybeRefOrGetter<Source<State> | undefined>): Readonly<ShallowRef<State | undefined>>;
export function useTaskState<State>(task: MaybeRefOrGetter<Source<State> | undefined>): Readonly<ShallowRef<State | undefined>> {
  return useSource<State | undefined>(() => toValue(task), undefined);
}

/**
 * Returns the uploads left unfinished by earlier page loads, kept up to date while uploads of this page begin and end.
 *
 * @param uploader `undefined` as long as there is none: an empty list that is loading
 * @example
 * const { uploads, discard } = useUnfinishedUploads(uploader);
 * // <p v-for="{ id, file } in uploads" :key="id">Select {{ file.name }} again to resume it, or <button @click="discard(id)">discard it</button></p>
 */
export function useUnfinishedUploads(uploader: MaybeRefOrGetter<Uploader | undefined>): UnfinishedRefs {
  const store = (): Source<UnfinishedUploads> | undefined => {
    const present = toValue(uploader);
    return present && unfinishedUploadsOf(present);
  };
  const state = useSource(store, nothingKnown());
  return {
    uploads: computed(() => state.value.uploads),
    error: computed(() => state.value.error),
    isLoading: computed(() => state.value.isLoading),
    refresh: () => state.value.refresh(),
    discard: (id) => state.value.discard(id),
  };
}

/** The snapshot of a source, or `none` as long as there is no source. */
function useSource<State>(source: () => Source<State> | undefined, none: State): Readonly<ShallowRef<State>> {
  const state = shallowRef(source()?.getSnapshot() ?? none) as ShallowRef<State>;
  // On the server nothing would end the subscription.
  if (typeof window === 'undefined') return state;
  watch(
    source,
    (present, _, onCleanup) => {
      const read = (): void => {
        state.value = present ? present.getSnapshot() : none;
      };
      read();
      if (present) onCleanup(present.subscribe(read));
    },
    { immediate: true, flush: 'sync' },
  );
  return state;
}
