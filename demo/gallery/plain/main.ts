/** The library alone, without a widget. */
import type { UploadTask } from 'oss-resumable';
import '../frame.js';
import { keyOf, uploader } from '../uploader.js';

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const [input, bar, status] = [byId<HTMLInputElement>('file'), byId<HTMLProgressElement>('progress'), byId('status')];
const [pause, abort] = [byId<HTMLButtonElement>('pause'), byId<HTMLButtonElement>('abort')];

let task: UploadTask;

function show(): void {
  const state = task.getSnapshot();
  const { loaded, total, speed } = state.progress;
  bar.value = total > 0 ? loaded / total : Number(state.status === 'done');
  status.textContent = `${state.status}: ${loaded} of ${total} bytes, ${Math.round(speed / 1024)} KiB/s`;
  if (state.status === 'done') status.textContent = `Stored as ${state.result.key}, verified: ${state.result.verified}`;
  if (state.status === 'failed') status.textContent = state.error.message;
  const isResumable = state.status === 'paused' || (state.status === 'failed' && state.resumable);
  pause.textContent = isResumable ? 'Resume' : 'Pause';
  abort.disabled = state.status === 'done' || state.status === 'aborted' || state.status === 'completing';
  pause.disabled = abort.disabled;
}

input.addEventListener('change', () => {
  const file = input.files?.[0];
  if (!file) return;
  task = uploader.upload(file, { key: keyOf });
  task.subscribe(show);
  show();
});
pause.addEventListener('click', () => (pause.textContent === 'Pause' ? void task.pause() : task.resume()));
abort.addEventListener('click', () => void task.abort());
