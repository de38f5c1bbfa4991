import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { followRequests, toTable } from '../../../src/element/debug/follow-requests.js';
import { wordsIn } from '../../../src/element/debug/words.js';
import type { RequestEvent, Uploader } from '../../../src/index.js';

const event = (change: Partial<RequestEvent> = {}): RequestEvent => ({
  operation: 'UploadPart',
  key: 'a.bin',
  partNumber: 3,
  attempt: 2,
  outcome: 'failed',
  status: 503,
  code: 'ServiceUnavailable',
  requestId: 'ID',
  ec: undefined,
  waitReason: undefined,
  sentBytes: 5,
  queuedMs: 0.2,
  firstByteMs: undefined,
  totalMs: 12.6,
  ...change,
});

/** An uploader that can only be observed. */
function fakeUploader() {
  const listeners = new Set<(event: RequestEvent) => void>();
  const observe: Uploader['observe'] = (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const emit = (event: RequestEvent): void => {
    for (const listener of listeners) listener(event);
  };
  return { uploader: { observe } as Uploader, listeners, emit };
}

describe('the requests of an element', () => {
  test('are those of all its uploaders, each heard once, until they are no longer its own', () => {
    const [first, second] = [fakeUploader(), fakeUploader()];
    let changes = 0;
    const { entries, follow } = followRequests(() => {
      changes += 1;
    });
    follow([first.uploader]);
    follow([first.uploader, second.uploader]);
    first.emit(event({ key: 'first' }));
    second.emit(event({ key: 'second' }));
    expect(entries.map(({ key }) => key)).toEqual(['first', 'second']);
    expect(changes).toBe(2);
    follow([second.uploader]);
    expect([first.listeners.size, second.listeners.size]).toEqual([0, 1]);
    follow([]);
    expect(second.listeners.size).toBe(0);
  });

  test('are copied as lines that a spreadsheet can read, whatever is in a key', () => {
    const [names, fields] = toTable([{ ...event({ key: 'a\tb\nc' }), time: new Date(0) }])
      .split('\n')
      .map((line) => line.split('\t'));
    const copied = Object.fromEntries((names ?? []).map((name, index) => [name, fields?.[index]]));
    expect(copied).toMatchObject({ time: '1970-01-01T00:00:00.000Z', key: 'a b c', partNumber: '3', ec: '', totalMs: '13' });
    expect(Object.keys(copied).sort()).toEqual([...Object.keys(event()), 'time'].sort());
  });
});

describe('the words of the log', () => {
  test('are there in each language of the element', () => {
    const english = wordsIn('en');
    const languages = readdirSync(new URL('../../../src/element/locales', import.meta.url))
      .map((file) => file.replace('.ts', ''))
      .filter((name) => !['en', 'to-messages'].includes(name));
    expect(languages.length).toBeGreaterThan(7);
    for (const language of languages) {
      const words = wordsIn(language);
      expect(words.none, language).not.toBe(english.none);
      expect(Object.values(words).every(Boolean), language).toBe(true);
    }
  });

  test('are English for a language of the application', () => {
    expect(wordsIn('it-CH')).toEqual(wordsIn('en'));
    expect(wordsIn('de-AT')).toEqual(wordsIn('de'));
  });
});
