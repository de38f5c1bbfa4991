/** The list of uploads. Each row follows its task. */
import type { UploadTask } from 'oss-resumable';
import { announce } from './announce.js';
import { onLanguage } from './i18n.js';
import { createUploadRow, type UploadRow } from './upload-row.js';
import { isSettled } from './uploads.js';

export interface UploadList {
  add(task: UploadTask): void;
  tasks(): Iterable<UploadTask>;
  count(): number;
  /** Removes the rows of settled uploads. */
  clear(): void;
}

/**
 * @param onChange called in the frame in which rows have changed
 * @param onStatus called when an upload's status changes
 */
export function createUploadList(list: HTMLElement, onChange: () => void, onStatus: (task: UploadTask) => void): UploadList {
  const rows = new Map<UploadTask, UploadRow>();
  const changed = new Set<UploadRow>();
  let frame: number | undefined;

  // Many tasks report progress at the same time, and a hidden tab needs no DOM: one update a frame, for the rows that have changed.
  function renderSoon(row: UploadRow): void {
    changed.add(row);
    if (frame !== undefined) return;
    frame = requestAnimationFrame(() => {
      frame = undefined;
      for (const each of changed) each.render();
      changed.clear();
      onChange();
    });
  }

  function remove(row: UploadRow): void {
    const hadFocus = row.element.contains(document.activeElement);
    const next = row.element.nextElementSibling ?? row.element.previousElementSibling;
    row.element.remove();
    rows.delete(row.task);
    if (hadFocus) (next?.querySelector<HTMLElement>('button:last-of-type') ?? document.getElementById('uploads-title'))?.focus();
    onChange();
  }

  onLanguage(() => {
    for (const row of rows.values()) renderSoon(row);
  });

  return {
    add(task) {
      const row = createUploadRow(task, () => remove(row));
      rows.set(task, row);
      list.append(row.element);
      let { status } = task.getSnapshot();
      task.subscribe(() => {
        renderSoon(row);
        const state = task.getSnapshot();
        if (state.status === status) return;
        status = state.status;
        if (status === 'done') announce('done', { name: task.path });
        if (state.status === 'failed') announce('failed', { name: task.path, reason: state.error.message });
        onStatus(task);
      });
      row.render();
      onChange();
    },
    tasks: () => rows.keys(),
    count: () => rows.size,
    clear() {
      for (const row of [...rows.values()]) if (isSettled(row.task)) remove(row);
    },
  };
}
