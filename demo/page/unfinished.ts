import { type CollectedFile, isUploadError, fileFromHandle, type UnfinishedUpload, type UploadTask } from 'oss-resumable';
import { byId, h } from './dom.js';
import { ago, bytes, percent, size } from './format.js';
import { onLanguage, t } from './i18n.js';
import { onPick } from './pick.js';
import type { Uploads } from './uploads.js';

/** What earlier visits have left. Returns what to call when that may have changed. */
export function createUnfinished(uploads: Uploads, onStart: (task: UploadTask) => void): () => Promise<void> {
  const section = byId('unfinished');
  const list = byId('unfinished-rows');
  let entries: UnfinishedUpload[] = [];

  async function refresh(): Promise<void> {
    entries = await uploads.unfinished();
    show();
  }

  function show(): void {
    section.hidden = entries.length === 0;
    list.replaceChildren(...entries.map(createRow));
  }

  function createRow(entry: UnfinishedUpload): HTMLLIElement {
    const { file, confirmed, total, updatedAt, fileHandle, isInUse } = entry;
    const problem = h('p', { class: 'note bad', role: 'alert', hidden: true });
    const complain = (text: string): void => {
      problem.textContent = text;
      problem.hidden = false;
    };
    const button = (text: string, style: string, act: () => Promise<void>): HTMLButtonElement => {
      const element = h(
        'button',
        { class: `button small ${style}`, type: 'button', 'aria-label': t('actionOn', { action: text, name: file.name }) },
        text,
      );
      element.addEventListener('click', async () => {
        element.disabled = true;
        await act().catch((error: Error) => complain(error.message));
        element.disabled = false;
      });
      return element;
    };

    async function start({ file: chosen, fileHandle }: CollectedFile): Promise<void> {
      // The library itself detects another file; this check shows it before anything is sent.
      if (chosen.size !== file.size)
        return complain(t('otherFile', { name: file.name, expected: size(file.size), actual: size(chosen.size) }));
      if (chosen.lastModified !== file.lastModified) return complain(t('changedFile', { name: file.name }));
      onStart(uploads.goOn(entry, chosen, fileHandle));
    }
    const again = h('input', { type: 'file', hidden: true, 'aria-label': t('actionOn', { action: t('selectAgain'), name: file.name }) });
    onPick(again, async (files) => {
      for await (const item of files) await start(item).catch((error: Error) => complain(error.message));
    });
    async function goOn(handle: FileSystemFileHandle): Promise<void> {
      try {
        await start({ file: await fileFromHandle(handle), path: file.name, fileHandle: handle });
      } catch (error) {
        if (isUploadError(error)) complain(error.message);
        else throw error;
      }
    }
    async function discard(): Promise<void> {
      status.textContent = t('discarding');
      await uploads.discard(entry.id).finally(() => {
        status.textContent = figures;
      });
      const hadFocus = row.contains(document.activeElement);
      await refresh();
      if (hadFocus) (list.querySelector('button') ?? byId('choose-files')).focus();
    }

    const words = t('storedOf', { stored: bytes(confirmed), total: size(total) });
    const figures = `${percent(confirmed, total)} · ${words} · ${isInUse ? t('waitingOtherTab') : ago(updatedAt)}`;
    const status = h('p', { class: 'status' }, figures);
    const stored = h('div', { class: 'bar-confirmed', style: `--part: ${total > 0 ? confirmed / total : 0}` });
    const row = h(
      'li',
      { class: 'row', 'data-status': 'unfinished' },
      h('p', { class: 'name', title: file.name }, h('bdi', {}, file.name)),
      h('span', { class: 'size' }, size(total)),
      h(
        'div',
        {
          class: 'bar',
          role: 'progressbar',
          'aria-label': t('progressOf', { name: file.name }),
          'aria-valuemin': '0',
          'aria-valuemax': '100',
          'aria-valuenow': String(Math.floor((100 * confirmed) / Math.max(total, 1))),
          'aria-valuetext': words,
        },
        stored,
      ),
      h('div', { class: 'line' }, status),
      problem,
      again,
      h(
        'div',
        { class: 'actions' },
        ...(fileHandle ? [button(t('goOn'), 'primary', () => goOn(fileHandle))] : []),
        button(t('selectAgain'), fileHandle ? '' : 'primary', async () => again.click()),
        button(t('discard'), 'quiet', discard),
      ),
    );
    return row;
  }

  onLanguage(show);
  return refresh;
}
