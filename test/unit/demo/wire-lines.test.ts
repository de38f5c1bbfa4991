import { describe, expect, test } from 'vitest';
import { linesOf, type Seen } from '../../../demo/page/wire-lines.js';
import type { LogEntry } from '../../../src/emulator/index.js';

const START = Date.parse('2026-03-01T10:00:00.000Z');
const KEY = 'uploads/film.bin';

/** An attempt that was sent at `from` and over at `to`, in milliseconds after the start. */
const attempt = (from: number, to: number, partNumber: number | undefined, attempt = 1, queuedMs = 0): Seen => ({
  operation: partNumber ? 'UploadPart' : 'ListMultipartUploads',
  key: KEY,
  partNumber,
  attempt,
  outcome: 'answered',
  status: 200,
  code: undefined,
  requestId: undefined,
  ec: undefined,
  waitReason: undefined,
  sentBytes: 0,
  queuedMs,
  firstByteMs: undefined,
  totalMs: to - from + queuedMs,
  endedAt: START + to,
});

const entry = (n: number, at: number, change: Partial<LogEntry> = {}): LogEntry =>
  ({
    n,
    time: new Date(START + at).toISOString(),
    operation: 'UploadPart',
    key: KEY,
    partNumber: 1,
    finished: true,
    ...change,
  }) as LogEntry;

const summary = (seen: Seen[], log: LogEntry[]): [number | undefined, number | undefined][] =>
  linesOf(seen, log).map((line) => [line.seen?.attempt, line.received?.n]);

describe('the log of requests of the demo', () => {
  test('puts both sides of a request into one line, newest first', () => {
    expect(summary([attempt(0, 300, 1), attempt(400, 900, 1, 2)], [entry(1, 20), entry(2, 420)])).toEqual([
      [2, 2],
      [1, 1],
    ]);
  });

  test('shows what never arrived, what runs, and what others have sent', () => {
    expect(summary([attempt(0, 300, 1)], [])).toEqual([[1, undefined]]);
    expect(summary([attempt(1000, 1300, 1)], [entry(1, 1400, { finished: false }), entry(2, 100, { partNumber: 2 })])).toEqual([
      [undefined, 1],
      [1, undefined],
      [undefined, 2],
    ]);
  });

  test('counts from when it was sent, and knows that a list of uploads has no key', () => {
    expect(summary([attempt(500, 700, 1, 1, 5000)], [entry(1, 520)])).toEqual([[1, 1]]);
    const list = entry(3, 10, { operation: 'ListMultipartUploads', key: null });
    delete list.partNumber;
    expect(summary([attempt(0, 100, undefined)], [list])).toEqual([[1, 3]]);
  });

  test('leaves out preflights, and gives each request to one attempt', () => {
    expect(summary([], [entry(1, 0, { operation: 'Preflight' })])).toEqual([]);
    expect(summary([attempt(0, 100, 1), attempt(0, 100, 1)], [entry(1, 10)])).toEqual([
      [1, 1],
      [1, undefined],
    ]);
  });
});
