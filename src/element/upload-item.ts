import type { TaskState, UploadTask } from '../index.js';
import { sizeOf } from './view/figures.js';
import type { Action, Face, Item } from './view/row.js';
import { REASONS, type Text } from './view/words.js';

/** An upload as an item of the list. */
export interface UploadItem extends Item {
  readonly task: UploadTask;
}

/** @param remove takes the item off the list */
export function createUploadItem(task: UploadTask, remove: () => void): UploadItem {
  return {
    task,
    path: task.path,
    get look() {
      return task.getSnapshot();
    },
    face: (text) => faceOf(task, text),
    act(action) {
      if (action === 'pause') void task.pause();
      else if (action === 'resume' || action === 'retry') task.resume();
      else if (task.getSnapshot().status === 'done') remove();
      // Of what has failed, too, the service still keeps the parts.
      else void task.abort();
    },
  };
}

function faceOf(task: UploadTask, text: Text): Face {
  const state = task.getSnapshot();
  const { status, progress, warnings } = state;
  const isDone = status === 'done';
  const error = status === 'failed' || status === 'waiting' ? state.error : undefined;
  return {
    status,
    words: text(status === 'waiting' ? state.reason : status, { reason: REASONS[error?.code ?? ''] }),
    // An empty file has arrived, too.
    measure: isDone ? { loaded: 1, total: 1 } : progress,
    figures: isDone ? [sizeOf(progress.total), state.result.verified ? 'CRC-64 ✓' : ''] : undefined,
    // With the code, which says more to a search engine than the sentence does.
    note: error
      ? `${error.message.includes(error.code) ? '' : `${error.code}: `}${error.message}`
      : !isDone && warnings.some(({ code }) => code === 'checkpoint-in-memory')
        ? text('memory')
        : '',
    actions: [mainAction(state), undefined, isDone || status === 'failed' ? 'remove' : 'cancel'],
  };
}

/** What pausing, resuming or trying again would be now. */
function mainAction(state: TaskState): Action | undefined {
  if (state.status === 'paused') return 'resume';
  if (state.status === 'failed') return state.resumable ? 'retry' : undefined;
  return state.status === 'done' || state.status === 'completing' ? undefined : 'pause';
}
