/** The unfinished uploads of an uploader as a store: read while somebody subscribes, and again when uploads begin or end. */
import type { UnfinishedUpload, Uploader } from '../index.js';
import { perUploader } from './per-uploader.js';

/** A store such as an uploader, a task or a batch. The contract of React's `useSyncExternalStore`. */
export interface Source<State> {
  /** Returns the same object until something changes. */
  getSnapshot(): State;
  /** Calls back after each change. Returns the unsubscriber. */
  subscribe(listener: () => void): () => void;
}

/** Uploads left unfinished by earlier page loads. The object is replaced when something changes. */
export interface UnfinishedUploads {
  /** Newest first; empty until the first read has finished. */
  readonly uploads: readonly UnfinishedUpload[];
  /** Why the last read failed; `uploads` is then the result of the read before. */
  readonly error: Error | undefined;
  /** The first read has not finished. */
  readonly isLoading: boolean;
  /** Reads the list again, which also happens whenever an upload of this page begins or ends. Never rejects: see `error`. */
  refresh(): Promise<void>;
  /**
   * Aborts an unfinished upload on the server, deletes its checkpoint and reads the list again.
   * @param id of one of `uploads`
   * @throws {CheckpointError} `InUse` when another tab, or another uploader of this page, is uploading it
   */
  discard(id: string): Promise<void>;
}

/** Milliseconds between a change and the read that follows: a task that was aborted marks its checkpoint meanwhile. */
const SETTLE_DELAY = 250;
/** Milliseconds between reads while an upload is in use elsewhere and the page is visible: no event reports its end. */
const OTHER_TAB_INTERVAL = 3_000;

const NOTHING_KNOWN: UnfinishedUploads = {
  uploads: [],
  error: undefined,
  isLoading: true,
  refresh: async () => {},
  discard: async () => {},
};

/** The state without an uploader, and on the server: always the same object. */
export const nothingKnown = (): UnfinishedUploads => NOTHING_KNOWN;

/** The unfinished uploads of an uploader: one store, however many components show it. */
export const unfinishedUploadsOf: (uploader: Uploader) => Source<UnfinishedUploads> = perUploader(createStore);

function createStore(uploader: Uploader): Source<UnfinishedUploads> {
  const listeners = new Set<{ call(): void }>();
  let state: UnfinishedUploads = { ...NOTHING_KNOWN, refresh, discard };
  let stop = (): void => {};
  let lastRead = 0;
  let shownRead = 0;
  let lastStatuses = '';
  let settling: ReturnType<typeof setTimeout> | undefined;
  let otherTab: ReturnType<typeof setTimeout> | undefined;

  async function refresh(): Promise<void> {
    const read = ++lastRead;
    const found = await uploader.unfinished().then(
      (uploads) => ({ uploads, error: undefined }),
      (error: Error) => ({ error }),
    );
    // A later read has finished before this one.
    if (read < shownRead) return;
    shownRead = read;
    state = { ...state, ...found, isLoading: false };
    refreshLater();
    for (const listener of [...listeners]) listener.call();
  }

  /** A hidden page reads the list when it is shown again. */
  function refreshLater(delay = OTHER_TAB_INTERVAL): void {
    clearTimeout(otherTab);
    const isInUse = state.uploads.some((upload) => upload.isInUse);
    if (listeners.size && isInUse && !isHidden()) otherTab = setTimeout(refresh, delay);
  }

  const onVisibility = (): void => refreshLater(0);

  async function discard(id: string): Promise<void> {
    // It leaves the list as soon as its checkpoint is marked; the server's response may take seconds.
    const early = setTimeout(refresh, SETTLE_DELAY);
    await uploader.discard(id).finally(() => {
      clearTimeout(early);
      return refresh();
    });
  }

  /** Progress doesn't change the list, and tasks notify often: their statuses are compared a moment later. */
  function onChange(): void {
    settling ??= setTimeout(() => {
      settling = undefined;
      const statuses = statusesOf(uploader);
      if (statuses === lastStatuses) return;
      lastStatuses = statuses;
      void refresh();
    }, SETTLE_DELAY);
  }

  function start(): void {
    lastStatuses = statusesOf(uploader);
    const unsubscribe = uploader.subscribe(onChange);
    globalThis.document?.addEventListener('visibilitychange', onVisibility);
    stop = () => {
      unsubscribe();
      globalThis.document?.removeEventListener('visibilitychange', onVisibility);
      clearTimeout(settling);
      clearTimeout(otherTab);
      settling = undefined;
    };
    void refresh();
  }

  return {
    getSnapshot: () => state,
    subscribe(call) {
      const listener = { call };
      listeners.add(listener);
      if (listeners.size === 1) start();
      return () => {
        if (listeners.delete(listener) && !listeners.size) stop();
      };
    },
  };
}

/** False outside a page: in a worker, on a server. */
function isHidden(): boolean {
  return globalThis.document?.visibilityState === 'hidden';
}

function statusesOf(uploader: Uploader): string {
  return uploader
    .getSnapshot()
    .map((task) => task.id + task.getSnapshot().status)
    .join();
}
