/** Reports the requests of an element's uploaders, which come and go, and keeps the last ones. */
import type { RequestEvent, Uploader } from '../../index.js';

/** How many requests are kept. */
const MAX_KEPT = 200;

export interface Entry extends RequestEvent {
  /** When it ended. */
  readonly time: Date;
}

export interface Requests {
  /** Oldest first. */
  readonly entries: readonly Entry[];
  /** Listens to these uploaders, and to no others any more. */
  follow(uploaders: readonly Uploader[]): void;
}

export function followRequests(onEntry: () => void): Requests {
  const entries: Entry[] = [];
  const stops = new Map<Uploader, () => void>();
  const add = (event: RequestEvent): void => {
    entries.push({ ...event, time: new Date() });
    if (entries.length > MAX_KEPT) entries.shift();
    onEntry();
  };
  return {
    entries,
    follow(uploaders) {
      for (const [uploader, stop] of stops) {
        if (uploaders.includes(uploader)) continue;
        stop();
        stops.delete(uploader);
      }
      for (const uploader of uploaders) if (!stops.has(uploader)) stops.set(uploader, uploader.observe(add));
    },
  };
}

const FIELDS = [
  'time',
  'operation',
  'key',
  'partNumber',
  'attempt',
  'outcome',
  'status',
  'code',
  'requestId',
  'ec',
  'waitReason',
  'sentBytes',
  'queuedMs',
  'firstByteMs',
  'totalMs',
] as const satisfies (keyof Entry)[];

/** All that is known, for a support desk and for a spreadsheet: lines of fields with tabs between them. */
export function toTable(entries: readonly Entry[]): string {
  const cell = (value: Entry[keyof Entry]): string => {
    if (typeof value === 'number') return String(Math.round(value));
    return value instanceof Date ? value.toISOString() : (value ?? '').replace(/\s/g, ' ');
  };
  return [FIELDS, ...entries.map((entry) => FIELDS.map((field) => cell(entry[field])))].map((line) => line.join('\t')).join('\n');
}
