/** Uploads in Vue 3.3 and later: shallow refs that follow an uploader and its tasks, and nothing done on the server. */
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
import { nothingKnown, type Source, type UnfinishedUploads, unfinishedOf } from './unfinished.js';

export type { Source };

/** {@link UnfinishedUploads}, each of its fields a ref. */
export interface UnfinishedRefs extends Pick<UnfinishedUploads, 'refresh' | 'discard'> {
  /** Newest first; empty until the first look is over. */
  readonly uploads: ComputedRef<readonly UnfinishedUpload[]>;
  /** Why the last look failed. */
  readonly error: ComputedRef<Error | undefined>;
  /** Nothing is known yet. */
  readonly isLoading: ComputedRef<boolean>;
}

/**
 * An uploader for as long as the component is there: its uploads stop with the component, and can be resumed later.
 * An application whose uploads are to outlive a component makes its uploader in a module instead, and needs no
 * composable for it.
 *
 * It is made when the component is mounted: `undefined` until then, and on the server.
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
 * The tasks of an uploader, oldest first: another array when one is added or cleared, not at each progress.
 *
 * @param uploader may still be missing: then there are none
 * @example
 * const tasks = useUploads(uploader);
 * // <UploadRow v-for="task in tasks" :key="task.id" :task="task" />
 */
export function useUploads(uploader: MaybeRefOrGetter<Uploader | undefined>): Readonly<ShallowRef<readonly UploadTask[]>> {
  return useSource<readonly UploadTask[]>(() => toValue(uploader), []);
}

/**
 * The state of a task, or of all files of a batch together. What controls it is on the task: `pause()`, `resume()`,
 * `abort()`.
 *
 * @param upload may still be missing: then its state is too
 * @example
 * const { task } = defineProps<{ task: UploadTask }>();
 * const state = useUpload(() => task);
 * // <progress :value="state.progress.loaded" :max="state.progress.total" />
 */
export function useUpload<State>(upload: MaybeRefOrGetter<Source<State>>): Readonly<ShallowRef<State>>;
export function useUpload<State>(upload: MaybeRefOrGetter<Source<State> | undefined>): Readonly<ShallowRef<State | undefined>>;
export function useUpload<State>(upload: MaybeRefOrGetter<Source<State> | undefined>): Readonly<ShallowRef<State | undefined>> {
  return useSource<State | undefined>(() => toValue(upload), undefined);
}

/**
 * Uploads that an earlier page load has left, kept up to date while uploads of this page begin and end.
 *
 * @param uploader may still be missing: then nothing is known yet
 * @example
 * const { uploads, discard } = useUnfinishedUploads(uploader);
 * // <p v-for="{ id, file } in uploads" :key="id">Select {{ file.name }} again to resume it, or <button @click="discard(id)">discard it</button></p>
 */
export function useUnfinishedUploads(uploader: MaybeRefOrGetter<Uploader | undefined>): UnfinishedRefs {
  const list = (): Source<UnfinishedUploads> | undefined => {
    const present = toValue(uploader);
    return present && unfinishedOf(present);
  };
  const state = useSource(list, nothingKnown());
  return {
    uploads: computed(() => state.value.uploads),
    error: computed(() => state.value.error),
    isLoading: computed(() => state.value.isLoading),
    refresh: () => state.value.refresh(),
    discard: (id) => state.value.discard(id),
  };
}

/** What a source says, and what takes its place while there is none. */
function useSource<State>(source: () => Source<State> | undefined, none: State): Readonly<ShallowRef<State>> {
  const state = shallowRef(source()?.getSnapshot() ?? none) as ShallowRef<State>;
  // On the server nothing ends what was begun.
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
