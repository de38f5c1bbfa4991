/** Texts of the examples without a widget: the state of an upload in words. */
import type { TaskState, UnfinishedUpload, WaitReason } from 'oss-resumable';
import { ago, duration, percent, rate, size } from '../page/format.js';

export { size };

/** What each reason to wait is called. */
export const WAITING: Record<WaitReason, string> = {
  network: 'Waiting for the network',
  service: 'Waiting for the service',
  'other-tab': 'Uploading in another tab',
  'this-page': 'Uploading elsewhere on this page',
  credentials: 'Waiting for credentials',
};

export function statusOf(state: TaskState): string {
  const { loaded, total, speed, eta } = state.progress;
  switch (state.status) {
    case 'queued':
      return 'In the queue';
    case 'preparing':
      return 'Preparing';
    case 'uploading':
      return speed > 0 ? `${percent(loaded, total)} · ${rate(speed)} · ${duration(eta)} left` : percent(loaded, total);
    case 'waiting':
      return WAITING[state.reason];
    case 'paused':
      return `Paused at ${percent(loaded, total)}`;
    case 'completing':
      return 'Completing';
    case 'done':
      return `Done: stored as ${state.result.key}${state.result.verified ? ', verified' : ''}`;
    case 'failed':
      return 'Failed';
    case 'aborted':
      return 'Cancelled';
  }
}

export function unfinishedStatusOf({ confirmed, total, updatedAt, isInUse, isInUseHere }: UnfinishedUpload): string {
  const user = isInUseHere ? 'uploading elsewhere on this page' : isInUse && 'uploading in another tab';
  return `${percent(confirmed, total)} stored · ${user || ago(updatedAt)}`;
}

/** The library checks the content itself; this tells the user before anything is sent. */
export function whyNotSame({ file }: UnfinishedUpload, chosen: File): string | undefined {
  if (chosen.size !== file.size) return `This is a different file: ${file.name} has ${size(file.size)}, this one ${size(chosen.size)}.`;
  if (chosen.lastModified !== file.lastModified) return `${file.name} has changed since. Drop it above to upload it again.`;
  return undefined;
}

/** 0..1; an empty file is at 1 once it is done. */
export function shareOf({ status, progress: { loaded, total } }: TaskState): number {
  return total > 0 ? loaded / total : Number(status === 'done');
}
