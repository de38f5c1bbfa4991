/** Announces to screen readers what begins, ends and fails. */
import { byId } from './dom.js';
import { type Key, t } from './i18n.js';

interface Kind {
  one: Key;
  many: Key;
}

const KINDS = {
  added: { one: 'announceAddedOne', many: 'announceAdded' },
  done: { one: 'announceDone', many: 'announceDoneMany' },
  failed: { one: 'announceFailed', many: 'announceFailedMany' },
} satisfies Record<string, Kind>;

const pending = new Map<keyof typeof KINDS, Record<string, string>[]>();
let timer: ReturnType<typeof setTimeout> | undefined;

/**
 * Announces something, but never progress: the progress bars show that on request.
 * What happens within a second becomes one announcement: a folder of a thousand files is one sentence.
 */
export function announce(kind: keyof typeof KINDS, values: Record<string, string>): void {
  const waiting = pending.get(kind) ?? [];
  waiting.push(values);
  pending.set(kind, waiting);
  if (timer === undefined) timer = setTimeout(speak, 1000);
}

function speak(): void {
  timer = undefined;
  const sentences = [...pending].map(([kind, all]) =>
    all.length === 1 ? t(KINDS[kind].one, all[0]) : t(KINDS[kind].many, { count: all.length }),
  );
  pending.clear();
  byId('announcements').textContent = sentences.join('. ');
}
