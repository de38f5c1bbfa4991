/** The objects that have been stored since the page was opened: what `oss-upload-success` says about each, and the same bytes back. */
import type { OssUploadElement } from 'oss-resumable/element';
import { downloadUrl } from './config.js';
import { h } from './dom.js';
import { size } from './format.js';
import { onLanguage, t } from './i18n.js';

const SHOWN = 5;

export function createStoredList(section: HTMLElement, element: OssUploadElement): void {
  const list = h('ul', { class: 'stored' });
  section.append(list);
  const labels = new Set<() => void>();

  element.addEventListener('oss-upload-success', ({ detail: { task, result } }) => {
    const { key, crc64, verified } = result;
    const link = h('a', { href: downloadUrl(key) }, key);
    const label = (): void => link.setAttribute('aria-label', t('download', { name: key }));
    labels.add(label);
    label();
    const proof = h('code', { class: verified ? 'good' : '' }, crc64 === undefined ? '' : `CRC-64 ${crc64}${verified ? ' ✓' : ''}`);
    list.prepend(h('li', {}, link, h('span', { class: 'hint' }, size(task.file.size)), proof));
    if (list.children.length > SHOWN) list.lastElementChild?.remove();
    section.hidden = false;
  });
  onLanguage(() => {
    for (const label of labels) label();
  });
}
