/** The sum of all uploads. */
import type { UploadTask } from 'oss-resumable';
import { h, setAttribute, setText } from './dom.js';
import { bytes, duration, percent, rate } from './format.js';
import { onLanguage, t } from './i18n.js';

/** Milliseconds: adding up thousands of files more often would show nothing more. */
const INTERVAL = 300;

/**
 * Shows all uploads in one line, and in the page's title for those who are in another tab.
 *
 * @returns updates it; to be called on each change
 */
export function createSummary(root: HTMLElement, tasks: () => Iterable<UploadTask>): () => void {
  const files = h('strong');
  const share = h('span', { class: 'summary-share' });
  const figures = h('span');
  const fill = h('div', { class: 'bar-confirmed' });
  const bar = h('div', { class: 'bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' }, fill);
  root.append(h('p', {}, files, share, figures), bar);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function render(): void {
    timer = undefined;
    const sum = { loaded: 0, total: 0, speed: 0, files: 0, done: 0, failed: 0, open: 0 };
    for (const task of tasks()) {
      const { status, progress } = task.getSnapshot();
      if (status === 'aborted') continue;
      sum.files += 1;
      sum.loaded += progress.loaded;
      sum.total += progress.total;
      sum.speed += status === 'uploading' ? progress.speed : 0;
      sum.done += Number(status === 'done');
      sum.failed += Number(status === 'failed');
      sum.open += Number(status !== 'done' && status !== 'failed');
    }
    const words = t('filesDone', { done: sum.done, total: sum.files });
    const portion = sum.files > 0 && sum.done === sum.files ? 1 : sum.loaded / Math.max(sum.total, 1);
    const sharePercent = percent(portion, 1);
    const eta = sum.speed > 0 ? duration(((sum.total - sum.loaded) / sum.speed) * 1000) : '–';
    setText(files, sum.failed > 0 ? `${words}, ${t('filesFailed', { count: sum.failed })}` : words);
    setText(share, sharePercent);
    setText(figures, `${t('of', { part: bytes(sum.loaded), whole: bytes(sum.total) })}  ·  ${rate(sum.speed)}  ·  ${t('left')} ${eta}`);
    fill.style.setProperty('--part', String(portion));
    setAttribute(bar, 'aria-label', t('total'));
    setAttribute(bar, 'aria-valuenow', String(Math.floor(100 * portion)));
    setAttribute(bar, 'aria-valuetext', `${sharePercent}, ${words}`);
    document.title = sum.open > 0 ? `${sharePercent} · oss-resumable` : 'oss-resumable';
  }

  onLanguage(render);
  return () => {
    if (timer === undefined) timer = setTimeout(render, INTERVAL);
  };
}
