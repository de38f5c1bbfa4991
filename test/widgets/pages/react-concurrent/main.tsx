/**
 * Many rows show the state of one task, rendered in slices; half-way, the task is paused or resumed. Do they ever show different
 * states at the same time? `?naive` renders them without the library's hook.
 */
import type { TaskState, UploadTask } from 'oss-resumable';
import { useTaskState } from 'oss-resumable/react';
import { startTransition, useEffect, useReducer, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { keyOf, uploader } from '../../../../demo/gallery/uploader.js';

const ROWS = 40;
/** Milliseconds. React yields after 5, so that something can change between two rows. */
const COST = 6;

/** Read by the test. */
const seen = { changesWhileRendering: 0, tornCommits: 0 };
Object.assign(window, { seen });

/** The hook as one would first write it. */
function useTaskStateNaively(task: UploadTask): TaskState {
  const [, render] = useReducer((count: number) => count + 1, 0);
  useEffect(() => task.subscribe(render), [task]);
  return task.getSnapshot();
}
const useShown = location.search === '?naive' ? useTaskStateNaively : useTaskState<TaskState>;

const ordinals = new Map<TaskState, number>();
function ordinalOf(state: TaskState): number {
  if (!ordinals.has(state)) ordinals.set(state, ordinals.size);
  return ordinals.get(state)!;
}

const task = uploader.upload(new File([new Uint8Array(8 << 20)], 'rows.bin'), { key: keyOf });
/** Whether the next rendering is to be disturbed. */
let isArmed = false;

function flip(): void {
  if (task.getSnapshot().status === 'paused') task.resume();
  else void task.pause();
}

let atFirstRow: TaskState;
function Row({ number, index }: { number: number; index: number }) {
  const state = useShown(task);
  if (index === 0) atFirstRow = task.getSnapshot();
  if (index === ROWS - 1 && task.getSnapshot() !== atFirstRow) seen.changesWhileRendering += 1;
  if (index === ROWS / 2 && isArmed) {
    isArmed = false;
    setTimeout(flip);
  }
  for (const end = performance.now() + COST; performance.now() < end; );
  return (
    <li data-state={ordinalOf(state)}>
      {number}: {state.status}
    </li>
  );
}

function App() {
  const [rows, setRows] = useState<number[]>([]);
  const change = () => {
    isArmed = true;
    startTransition(() => setRows(rows.length ? [...rows].reverse() : Array.from({ length: ROWS }, (_, index) => index)));
  };
  return (
    <>
      <button type="button" onClick={change}>
        {rows.length ? 'Reverse' : 'Show'}
      </button>
      <button type="button" onClick={task.resume}>
        Resume
      </button>
      <ol>
        {rows.map((number, index) => (
          <Row key={number} number={number} index={index} />
        ))}
      </ol>
    </>
  );
}

// After each commit, before anything else runs: the rows as the user could have seen them.
new MutationObserver(() => {
  const shown = new Set(Array.from(document.querySelectorAll('li'), (row) => row.dataset.state));
  if (shown.size > 1) seen.tornCommits += 1;
}).observe(document.getElementById('app')!, { subtree: true, childList: true, attributes: true });

createRoot(document.getElementById('app')!).render(<App />);
