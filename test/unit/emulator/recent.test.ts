import { describe, expect, it } from 'vitest';
import { Recent } from '../../../src/emulator/recent.js';
import { RequestLog } from '../../../src/emulator/request-log.js';

describe('Recent', () => {
  it('drops the oldest when there are too many', () => {
    const recent = new Recent<number>({ entries: 10, bytes: 1000 });
    for (let n = 1; n <= 25; n++) recent.add(n, 1);
    expect(recent.entries().at(-1)).toBe(25);
    expect(recent.entries().length).toBeLessThanOrEqual(10);
    expect(recent.entries().length).toBeGreaterThanOrEqual(9);
    recent.clear();
    expect(recent.entries()).toEqual([]);
  });

  it('drops the oldest when they take too much, but never the newest', () => {
    const recent = new Recent<number>({ entries: 1000, bytes: 100 });
    for (let n = 1; n <= 30; n++) recent.add(n, 10);
    expect(recent.entries().length).toBeLessThanOrEqual(10);
    expect(recent.entries().at(-1)).toBe(30);
    recent.add(31, 500);
    expect(recent.entries()).toEqual([31]);
  });
});

describe('RequestLog', () => {
  const start = (log: RequestLog, header: string): void => {
    const request = { time: '', operation: 'GetObject', method: 'GET', httpVersion: '1.1', bucket: null, key: null } as const;
    log.start({ ...request, partNumber: undefined, uploadId: undefined, headers: new Map([['x-a', header]]), query: new Map() });
  };

  it('keeps 50,000 requests, and no more than some 64 MiB of headers', () => {
    const log = new RequestLog();
    for (let n = 0; n < 50_000; n++) start(log, 'x'.repeat(200));
    expect(log.list()).toHaveLength(50_000);
    for (let n = 0; n < 2000; n++) start(log, 'y'.repeat(60_000));
    const kept = log.list();
    expect(kept.reduce((sum, { headers }) => sum + (headers['x-a']?.length ?? 0), 0)).toBeLessThan(64 * 1024 * 1024);
    expect(kept.at(-1)?.n).toBe(52_000);
    expect(kept.length).toBeGreaterThan(500);
  });
});
