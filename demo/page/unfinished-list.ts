/** The list of uploads that earlier visits left unfinished. */
import type { UnfinishedUpload, UploadTask } from 'oss-resumable';
import { byId } from './dom.js';
import { onLanguage } from './i18n.js';
import { createUnfinishedRow } from './unfinished-row.js';
import type { Uploads } from './uploads.js';

/**
 * @param onStart called with the task of an upload that has been resumed
 * @returns refreshes the list; to be called when it may have changed
 */
export function createUnfinishedList(uploads: Uploads, onStart: (task: UploadTask) => void): () => Promise<void> {
  const section = byId('unfinished');
  const list = byId('unfinished-rows');
  let entries: UnfinishedUpload[] = [];

  async function refresh(): Promise<void> {
    entries = await uploads.unfinished();
    show();
  }

  function show(): void {
    section.hidden = entries.length === 0;
    list.replaceChildren(...entries.map((entry) => createUnfinishedRow(entry, uploads, onStart, refreshAndKeepFocus)));
  }

  async function refreshAndKeepFocus(): Promise<void> {
    const hadFocus = list.contains(document.activeElement);
    await refresh();
    if (hadFocus) (list.querySelector('button') ?? byId('choose-files')).focus();
  }

  onLanguage(show);
  return refresh;
}
