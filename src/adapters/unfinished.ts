import type { UnfinishedUpload, Uploader } from '../index.js';

/** What can be followed: an uploader, a task, a batch. The contract of React's `useSyncExternalStore`. */
export interface Source<State> {
  /** The same object until something changes. */
  getSnapshot(): State;
  /** Calls back after each change. Returns the unsubscriber. */
  subscribe(listener: () => void): () => void;
}

/** What earlier page loads have left, for a page that shows it. Replaced as a whole when something changes. */
export interface UnfinishedUploads {
  /** Newest first; empty until the first look is over. */
  readonly uploads: readonly UnfinishedUpload[];
  /** Why the last look failed; `uploads` is then what was seen before. */
  readonly error: Error | undefined;
  /** Nothing is known yet: the first look is not over. */
  readonly isLoading: boolean;
  /** Looks again, which happens by itself when an upload of this page begins or ends. Never rejects: see `error`. */
  refresh(): Promise<void>;
  /**
   * Aborts an unfinished upload on the server and forgets it, then looks again.
   * @param id of one of `uploads`
   * @throws {CheckpointError} `InUse` when another tab is uploading it
   */
  discard(id: string): Promise<void>;
}

/** Milliseconds between a change and the look at what it left: a task that was aborted marks its checkpoint meanwhile. */
const SETTLING = 250;
/** Milliseconds between looks while another tab is at work: nobody tells when that ends. */
const OTHER_TAB = 3_000;

const NOTHING_KNOWN: UnfinishedUploads = {
  uploads: [],
  error: undefined,
  isLoading: true,
  refresh: async () => {},
  discard: async () => {},
};

/** What is to be shown while there is no uploader, and on the server: always the same object. */
export const nothingKnown = (): UnfinishedUploads => NOTHING_KNOWN;

/** One list for each uploader, however many components show it. */
const lists = new WeakMap<Uploader, Source<UnfinishedUploads>>();

/** The unfinished uploads of an uploader. They are looked for only while somebody listens. */
export function unfinishedOf(uploader: Uploader): Source<UnfinishedUploads> {
  let list = lists.get(uploader);
  if (!list) lists.set(uploader, (list = createList(uploader)));
  return list;
}

function createList(uploader: Uploader): Source<UnfinishedUploads> {
  const listeners = new Set<{ call(): void }>();
  let state: UnfinishedUploads = { ...NOTHING_KNOWN, refresh, discard };
  let stop = (): void => {};
  let lastLook = 0;
  let shownLook = 0;
  let lastStatuses = '';
  let settling: ReturnType<typeof setTimeout> | undefined;
  let otherTab: ReturnType<typeof setTimeout> | undefined;

  async function refresh(): Promise<void> {
    const look = ++lastLook;
    const seen = await uploader.unfinished().then(
      (uploads) => ({ uploads, error: undefined }),
      (error: Error) => ({ error }),
    );
    // A look that took longer than the next one is old news.
    if (look < shownLook) return;
    shownLook = look;
    state = { ...state, ...seen, isLoading: false };
    clearTimeout(otherTab);
    if (listeners.size && state.uploads.some(({ isInUse }) => isInUse)) otherTab = setTimeout(refresh, OTHER_TAB);
    for (const listener of [...listeners]) listener.call();
  }

  async function discard(id: string): Promise<void> {
    // It is off the list as soon as its checkpoint is marked; the server's answer may take seconds.
    const early = setTimeout(refresh, SETTLING);
    await uploader.discard(id).finally(() => {
      clearTimeout(early);
      return refresh();
    });
  }

  /** Progress changes nothing here, and tasks tell many things at once: what they come to is looked at a moment later. */
  function changed(): void {
    settling ??= setTimeout(() => {
      settling = undefined;
      const statuses = statusesOf(uploader);
      if (statuses === lastStatuses) return;
      lastStatuses = statuses;
      void refresh();
    }, SETTLING);
  }

  function start(): void {
    lastStatuses = statusesOf(uploader);
    const unsubscribe = uploader.subscribe(changed);
    stop = () => {
      unsubscribe();
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

function statusesOf(uploader: Uploader): string {
  return uploader
    .getSnapshot()
    .map((task) => task.id + task.getSnapshot().status)
    .join();
}
