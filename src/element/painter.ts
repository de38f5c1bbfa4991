/** Paints a widget: many changes at the same time are painted at once. */
import { coalesce } from './coalesce.js';
import { dispatch } from './events.js';
import type { FormValue } from './form.js';
import { isSame } from './is-same.js';
import { languageTagOf, textFor } from './languages.js';
import type { Messages, Text } from './messages.js';
import type { UploadTotals } from './totals.js';
import { isSilent, type RowContext, type UploadItem } from './upload-item.js';
import type { Uploads } from './uploads.js';
import type { ViewSettings } from './view/dropzone.js';
import type { View } from './view/view.js';

/** Milliseconds between two paints. */
const PAINT_INTERVAL = 100;
/** Milliseconds after which an upload that says nothing is painted again: a row counts the seconds of a stall. */
const TICK = 1000;
/** Milliseconds in which several events become one announcement: a folder of a thousand files is one sentence. */
const ANNOUNCE_DELAY = 1000;

/** The element that is painted. */
export interface PaintedHost extends HTMLElement, ViewSettings {
  readonly name: string;
  readonly labels: NodeList;
  readonly messages: Partial<Messages>;
}

export interface Painter {
  text(): Text;
  /** Paints soon, immediately if the last paint is long ago. @param haveSettingsChanged attributes, texts or the language */
  repaint(haveSettingsChanged?: boolean): void;
  /** An upload has a new state, or is gone. */
  onChange(item?: UploadItem): void;
}

/**
 * @param context what rows need to know; written before they are painted
 * @param unfinishedBytes stored bytes of the unfinished uploads
 * @param onSettings attributes, texts or the language have changed
 */
export function createPainter(
  host: PaintedHost,
  view: View,
  uploads: Uploads,
  value: FormValue,
  context: RowContext & { isOffline: boolean },
  unfinishedBytes: () => number,
  onSettings: (text: Text) => void,
): Painter {
  const changed = new Set<UploadItem>();
  let text = textFor('en', {});
  let isStale = true;
  let paintedAt = 0;
  let reported: UploadTotals | undefined;
  let tick: ReturnType<typeof setTimeout> | undefined;

  function paint(): void {
    paintedAt = performance.now();
    uploads.adopt();
    if (isStale) applySettings();
    isStale = false;
    const totals = uploads.totals();
    context.isOffline = totals.isOffline;
    const isValue = host.name !== '';
    view.paint(text, { uploads: totals, silence: silence(totals), isValue, unfinishedBytes: unfinishedBytes() }, changed);
    changed.clear();
    value.validate();
    // A page that renders at each event, and sets properties as it renders, would never end.
    if (totals.files.total && !isSame(totals, reported)) dispatch(host, 'progress', totals);
    reported = totals;
    clearTimeout(tick);
    if (totals.files.moving) tick = setTimeout(() => host.isConnected && schedule(), TICK);
  }

  /** Milliseconds of a stall of all uploads, or 0. */
  function silence({ speed, isOffline, files }: UploadTotals): number {
    const isStalled = files.moving > 0 && !speed && !isOffline && isSilent(context.movedAt);
    return isStalled ? performance.now() - context.movedAt : 0;
  }

  function applySettings(): void {
    view.root.lang = text.language;
    view.root.disabled = host.matches(':disabled');
    view.applySettings(text, host.ariaLabel || host.labels[0]?.textContent || text('uploads'), host);
    onSettings(text);
  }

  const schedule = coalesce(paint, () => paintedAt + PAINT_INTERVAL - performance.now());
  const announce = coalesce(
    () => view.announce(announcementOf(uploads.files(), text)),
    () => ANNOUNCE_DELAY,
  );
  return {
    text: () => text,
    repaint(haveSettingsChanged) {
      if (haveSettingsChanged) {
        isStale = true;
        // Not later: the form may be asked at once why it is invalid.
        text = textFor(languageTagOf(host), host.messages);
      }
      schedule();
    },
    onChange(item) {
      if (item) changed.add(item);
      announce();
      schedule();
    },
  };
}

/** How many uploads are done or have failed, and whether the others are paused; screen readers read the progress from the bars. */
function announcementOf({ done, failed, open, paused, total }: UploadTotals['files'], text: Text): string {
  const isPaused = open > 0 && open === paused;
  if (total === 1 && open) return text(isPaused ? 'paused' : 'uploading');
  const sentence = done === total ? text('allDone', { count: done }) : text('progress', { done, total });
  const further = [failed && text('someFailed', { count: failed }), isPaused && text('paused')];
  return total ? [sentence, ...further].filter(Boolean).join(', ') : '';
}
