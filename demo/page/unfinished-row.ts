/** One unfinished upload: how far it is, and the buttons that resume or discard it. */
import { type CollectedFile, fileFromHandle, isUploadError, type UnfinishedUpload, type UploadTask } from 'oss-resumable';
import { h } from './dom.js';
import { ago, bytes, percent, size } from './format.js';
import { t } from './i18n.js';
import { onPick } from './pick.js';
import type { Uploads } from './uploads.js';

export function createUnfinishedRow(
  entry: UnfinishedUpload,
  uploads: Uploads,
  onStart: (task: UploadTask) => void,
  onDiscard: () => Promise<void>,
): HTMLLIElement {
  const { file, fileHandle } = entry;
  const problem = h('p', { class: 'note bad', role: 'alert', hidden: true });
  const status = h('p', { class: 'status' }, figuresOf(entry));

  function showProblem(text: string): void {
    problem.textContent = text;
    problem.hidden = false;
  }

  function resume({ file: chosen, fileHandle: handle }: CollectedFile): void {
    const reason = whyNotSame(entry, chosen);
    if (reason) showProblem(reason);
    else onStart(uploads.resume(entry, chosen, handle));
  }

  async function resumeFromHandle(handle: FileSystemFileHandle): Promise<void> {
    try {
      resume({ file: await fileFromHandle(handle), path: file.name, fileHandle: handle });
    } catch (error) {
      if (isUploadError(error)) showProblem(error.message);
      else throw error;
    }
  }

  async function discard(): Promise<void> {
    status.textContent = t('discarding');
    await uploads.discard(entry.id).finally(() => {
      status.textContent = figuresOf(entry);
    });
    await onDiscard();
  }

  function button(text: string, style: string, act: () => Promise<void>): HTMLButtonElement {
    const label = t('actionOn', { action: text, name: file.name });
    const element = h('button', { class: `button small ${style}`, type: 'button', 'aria-label': label }, text);
    element.addEventListener('click', async () => {
      element.disabled = true;
      await act().catch((error: Error) => showProblem(error.message));
      element.disabled = false;
    });
    return element;
  }

  const input = h('input', { type: 'file', hidden: true, 'aria-label': t('actionOn', { action: t('selectAgain'), name: file.name }) });
  onPick(input, async (files) => {
    for await (const item of files) {
      try {
        resume(item);
      } catch (error) {
        showProblem((error as Error).message);
      }
    }
  });
  return h(
    'li',
    { class: 'row', 'data-status': 'unfinished' },
    h('p', { class: 'name', title: file.name }, h('bdi', {}, file.name)),
    h('span', { class: 'size' }, size(entry.total)),
    createBar(entry),
    h('div', { class: 'line' }, status),
    problem,
    input,
    h(
      'div',
      { class: 'actions' },
      ...(fileHandle ? [button(t('resume'), 'primary', () => resumeFromHandle(fileHandle))] : []),
      button(t('selectAgain'), fileHandle ? '' : 'primary', async () => input.click()),
      button(t('discard'), 'quiet', discard),
    ),
  );
}

/** The library checks the content itself; this tells the user before anything is sent. */
function whyNotSame({ file }: UnfinishedUpload, chosen: File): string | undefined {
  if (chosen.size !== file.size) return t('otherFile', { name: file.name, expected: size(file.size), actual: size(chosen.size) });
  return chosen.lastModified === file.lastModified ? undefined : t('changedFile', { name: file.name });
}

const storedOf = ({ confirmed, total }: UnfinishedUpload): string => t('storedOf', { stored: bytes(confirmed), total: size(total) });

function figuresOf(entry: UnfinishedUpload): string {
  const { confirmed, total, updatedAt, isInUse } = entry;
  return `${percent(confirmed, total)} · ${storedOf(entry)} · ${isInUse ? t('waitingOtherTab') : ago(updatedAt)}`;
}

function createBar(entry: UnfinishedUpload): HTMLElement {
  const { file, confirmed, total } = entry;
  return h(
    'div',
    {
      class: 'bar',
      role: 'progressbar',
      'aria-label': t('progressOf', { name: file.name }),
      'aria-valuemin': '0',
      'aria-valuemax': '100',
      'aria-valuenow': String(Math.floor((100 * confirmed) / Math.max(total, 1))),
      'aria-valuetext': storedOf(entry),
    },
    h('div', { class: 'bar-confirmed', style: `--part: ${total > 0 ? confirmed / total : 0}` }),
  );
}
