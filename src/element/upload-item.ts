/** An upload as an item of the list. */
import type { TaskState, UploadTask } from '../index.js';
import { formatSize } from './view/figures.js';
import type { Action, Item } from './view/row.js';
import { FAILURE_REASONS, type Text, WORDS } from './view/words.js';

export interface UploadItem extends Item {
  readonly task: UploadTask;
}

/** @param remove removes the item from the list */
export function createUploadItem(task: UploadTask, remove: () => void): UploadItem {
  return {
    task,
    path: task.path,
    view(text) {
      const state = task.getSnapshot();
      const { status, progress } = state;
      const isDone = status === 'done';
      return {
        status,
        words: wordsOf(state, text),
        // An empty file is complete, too.
        progress: isDone ? { loaded: 1, total: 1 } : progress,
        figures: isDone ? [formatSize(progress.total), state.result.verified ? 'CRC-64 ✓' : ''] : undefined,
        note: noteOf(state, text),
        actions: [mainAction(state), undefined, isDone || status === 'failed' ? 'remove' : 'cancel'],
      };
    },
    act(action) {
      if (action === 'pause') void task.pause();
      else if (action === 'resume' || action === 'retry') task.resume();
      else if (task.getSnapshot().status === 'done') remove();
      // Also for a failed upload: the server still has its parts.
      else void task.abort();
    },
  };
}

function wordsOf(state: TaskState, text: Text): string {
  if (state.status === 'waiting') return text(WORDS.waiting[state.reason]);
  return text(WORDS.status[state.status], state.status === 'failed' ? FAILURE_REASONS[state.error.code] : '');
}

function noteOf(state: TaskState, text: Text): string {
  const error = state.status === 'failed' || state.status === 'waiting' ? state.error : undefined;
  // With the code, which helps a web search more than the sentence does.
  if (error) return error.message.includes(error.code) ? error.message : `${error.code}: ${error.message}`;
  const isInMemory = state.warnings.some(({ code }) => code === 'checkpoint-in-memory');
  return isInMemory && state.status !== 'done' ? text(WORDS.note.notResumable) : '';
}

/** The button to pause, to resume or to retry, whichever is possible. */
function mainAction(state: TaskState): Action | undefined {
  if (state.status === 'paused') return 'resume';
  if (state.status === 'failed') return state.resumable ? 'retry' : undefined;
  return state.status === 'done' || state.status === 'completing' ? undefined : 'pause';
}
