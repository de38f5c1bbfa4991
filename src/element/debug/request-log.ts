/// <reference path="../view/css.d.ts" />
/**
 * The log of requests below the lists, which an element with `debug` loads. It is given what it needs of the element: an import would
 * split the element's own file.
 */
import type { Text } from '../messages.js';
import type { Uploaders } from '../uploaders.js';
import type { createCopier } from '../view/copier.js';
import type { createButton, h } from '../view/dom.js';
import type { addStyle } from '../view/style.js';
import { followRequests, type Requests, toTable } from './follow-requests.js';
import css from './request-log.css?inline';
import { createTable } from './request-table.js';
import { wordsIn } from './words.js';

/** What it uses of the element. */
export interface Tools {
  readonly h: typeof h;
  readonly createButton: typeof createButton;
  readonly createCopier: typeof createCopier;
  readonly addStyle: typeof addStyle;
}

interface RequestLog extends Pick<Requests, 'follow'> {
  translate(text: Text): void;
  remove(): void;
}

const logs = new WeakMap<Element, RequestLog>();

/** Shows, translates or removes the log of an element. */
export function showRequests(host: HTMLElement & { readonly debug: boolean }, uploaders: Uploaders, text: Text, tools: Tools): void {
  const known = logs.get(host);
  if (!host.debug) {
    uploaders.onChange = undefined;
    known?.remove();
    logs.delete(host);
    return;
  }
  const log = known ?? createRequestLog(host.shadowRoot as ShadowRoot, tools);
  logs.set(host, log);
  log.translate(text);
  uploaders.onChange = () => log.follow(uploaders.all());
  uploaders.onChange();
}

function createRequestLog(shadow: ShadowRoot, { h, createButton, createCopier, addStyle }: Tools): RequestLog {
  const title = h('summary', 'summary');
  const none = h('p', 'none');
  const table = createTable(h);
  const copier = createCopier();
  const copy = createButton('button copy', () => void copier.copy(toTable(entries), paintCopy));
  const element = Object.assign(h('details', 'section requests', title, none, table.element, copy), { open: true });
  let removeStyle = (): void => {};
  let text: Text;
  let heading = '';
  /** Number of entries that aren't painted. */
  let fresh = 0;

  const { entries, follow } = followRequests(() => {
    // At most once a frame, and not at all in a hidden tab.
    if (!fresh) requestAnimationFrame(paint);
    fresh += 1;
  });

  function paint(): void {
    table.add(entries, fresh);
    fresh = 0;
    none.hidden = entries.length > 0;
    title.textContent = none.hidden ? `${heading} (${entries.length})` : heading;
    copy.hidden = !none.hidden || !navigator.clipboard;
  }

  function paintCopy(): void {
    copy.textContent = text(copier.hasCopied() ? 'copied' : 'copy');
  }

  shadow.append(element);
  return {
    follow,
    translate(next) {
      // Also after a move to another document, which takes it away.
      removeStyle = addStyle(shadow, css);
      text = next;
      const words = wordsIn(text.language);
      heading = words.requests;
      none.textContent = words.none;
      element.lang = text.language;
      paintCopy();
      table.translate(words, text.language);
      fresh = entries.length;
      paint();
    },
    remove() {
      follow([]);
      element.remove();
      removeStyle();
    },
  };
}
