import type { TaskEvent, TaskState } from '../core/task-state.js';
import type { Checkpoint } from '../ports.js';

/** What a task remembers from one run to the next. Its users see the key and the checkpoint's ID in the task's state. */
export interface TaskMemory {
  /** The object's key, as soon as it is known. */
  readonly key: string | undefined;
  /** The upload that the task works on, as it was claimed; whatever else there is belongs to others. */
  readonly opened: Checkpoint | undefined;
  /** By part number: the ETag under which the server holds what the local slice was found equal to, and the byte at which that begins. */
  readonly verified: Map<number, { etag: string; crc64: string | undefined; start: number }>;
  /** Of a small file that may not overwrite: whether no object was there before the first try. */
  wasFree: boolean | undefined;
  /** The same file's: the CRC-64 of what has arrived damaged, and is still to be replaced. */
  damaged: string | undefined;
  /** The key is known. */
  identify(key: string): void;
  /** The task works on this upload. @param resumedFrom what knew of it; `undefined` when it is new */
  open(checkpoint: Checkpoint, resumedFrom: TaskState['resumedFrom']): void;
  /** The upload is over, or somebody else's. */
  close(): void;
}

export function createTaskMemory(key: string | undefined, dispatch: (event: TaskEvent) => void): TaskMemory {
  let opened: Checkpoint | undefined;
  let resumedFrom: TaskState['resumedFrom'];
  const identify = (known: string): void => {
    key = known;
    dispatch({ type: 'identify', key, checkpointId: opened?.id, resumedFrom });
  };
  return {
    get key() {
      return key;
    },
    get opened() {
      return opened;
    },
    verified: new Map(),
    wasFree: undefined,
    damaged: undefined,
    identify,
    open(checkpoint, from) {
      // After a pause, the task resumes its own.
      if (opened?.uploadId !== checkpoint.uploadId) resumedFrom = from;
      opened = checkpoint;
      identify(checkpoint.key);
    },
    close() {
      // Whatever the signer chose, it is asked again with what it was asked for.
      key = opened?.proposedKey ?? key;
      opened = undefined;
    },
  };
}
