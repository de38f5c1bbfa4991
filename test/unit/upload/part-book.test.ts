/** Which parts are still to be sent, which count as done, and what the checkpoint keeps of them. */
import { describe, expect, test, vi } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoint/memory-store.js';
import type { Checkpoints } from '../../../src/checkpoint/checkpoints.js';
import { partRange, partSize, planParts } from '../../../src/core/plan.js';
import { createLedger } from '../../../src/core/progress.js';
import { createServiceClock } from '../../../src/oss/service-clock.js';
import type { Checkpoint } from '../../../src/ports.js';
import { createPartBook, MAX_SENDS, type PartBook } from '../../../src/upload/part-book.js';
import type { RunningTask } from '../../../src/upload/running-task.js';
import { createTaskMemory } from '../../../src/upload/task-memory.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { MiB, PART } from '../../helpers/sizes.js';

interface Setup {
  carried?: number[];
  /** An automatic part size, and what suits the line. */
  pace?: { suitable: number | undefined };
  parts?: number;
}

/** The book of a file of three parts and a half. */
function setup({ carried = [], pace, parts: size = 3.5 }: Setup = {}) {
  const clock = new ManualClock();
  const serviceClock = createServiceClock(clock);
  const store = createMemoryCheckpointStore();
  const plan = planParts(size * PART, PART);
  const ledger = createLedger(plan.fileSize);
  const memory = createTaskMemory('k', () => {});
  const checkpoint = { id: 'id', key: 'k', uploadId: 'U', updatedAt: clock.now() } as Checkpoint;
  const parts = carried.map((number) => ({ number, etag: `"E${number}"`, size: PART, crc64: String(number) }));
  const upload = { partSize: pace ? 'auto' : PART };
  const book = createPartBook(
    { ledger, memory, upload } as RunningTask,
    { store, serviceClock, locks: { exclusive: true } } as Checkpoints,
    { checkpoint, plan, carried: parts, isResumed: carried.length > 0 },
    { suitable: () => pace?.suitable, measure: (_, send) => send(() => {}) },
  );
  return { book, store, clock, ledger, memory };
}

function takeAll(book: PartBook): number[] {
  const numbers: number[] = [];
  for (let number = book.next(); number !== undefined; number = book.next()) numbers.push(number);
  return numbers;
}

describe('what is to be sent', () => {
  test('are all parts, in order', () => {
    expect(takeAll(setup().book)).toEqual([1, 2, 3, 4]);
  });

  test('are the parts that are not carried over; those count as confirmed', () => {
    const { book, ledger, clock } = setup({ carried: [1, 3] });
    expect(takeAll(book)).toEqual([2, 4]);
    expect(ledger.snapshot(clock.now())).toMatchObject({ confirmed: 2 * PART, parts: { done: 2, total: 4 } });
  });

  test('a part that is sent again comes next, and no longer counts', async () => {
    const { book, ledger, clock, store, memory } = setup();
    expect([book.next(), book.next()]).toEqual([1, 2]);
    book.confirm(1, '"E1"', '7');
    book.accept({ number: 1, etag: '"E1"', size: PART, crc64: '7' });
    book.sendAgain(1);
    expect([book.next(), book.next()]).toEqual([1, 3]);
    await book.saved();
    expect([await store.parts('id'), book.get(1), memory.verified.size]).toEqual([[], undefined, 0]);
    expect(ledger.snapshot(clock.now()).parts.done).toBe(0);
  });

  test('a part that arrives corrupted again and again fails the upload after four sends', () => {
    const { book } = setup();
    for (let send = 1; send <= MAX_SENDS; send += 1) book.countSending(2);
    book.countSending(3);
    expect(() => book.countSending(2)).toThrow(expect.objectContaining({ code: 'PartMismatch', key: 'k', partNumber: 2 }));
  });
});

describe('automatic part sizes', () => {
  /** Bytes of the next part. */
  function nextSize(book: PartBook): number {
    const number = book.next()!;
    return partSize(book.plan(), number);
  }

  test('what is left is cut anew when the line turns out to be fast: each connection gets the same', async () => {
    const pace = { suitable: undefined as number | undefined };
    const { book, store, ledger, clock } = setup({ pace, parts: 50 });
    expect([nextSize(book), nextSize(book)]).toEqual([PART, PART]);
    pace.suitable = 100 * PART;
    const size = nextSize(book);
    expect(size / PART).toBeCloseTo(48 / 6, 0);
    expect(book.plan()).toMatchObject({ partSize: PART, count: 8 });
    expect(partRange(book.plan(), 8).end).toBe(50 * PART);
    await book.saved();
    expect(await store.load('id')).toMatchObject({ recuts: [{ from: 3, partSize: size }] });
    expect(ledger.snapshot(clock.now()).parts.total).toBe(8);
  });

  test('smaller when it turns out to be slow, and as they are for a small difference', () => {
    const pace = { suitable: (4 * MiB) as number | undefined };
    const { book } = setup({ pace, parts: 200 });
    const first = nextSize(book);
    expect(first).toBeGreaterThan(2 * MiB);
    pace.suitable = 0.8 * first;
    expect(nextSize(book)).toBe(first);
    pace.suitable = 0.6 * first;
    expect(nextSize(book)).toBeLessThan(0.7 * first);
  });

  test('the last parts are as large as those before', () => {
    const pace = { suitable: 64 * MiB };
    const { book } = setup({ pace, parts: 600 });
    const numbers = takeAll(book);
    expect(book.plan().recuts).toHaveLength(1);
    expect(numbers).toHaveLength(6);
  });

  test('parts that were sent or carried over keep their place; so do the gaps between them', () => {
    const pace = { suitable: 20 * PART };
    const { book } = setup({ pace, parts: 50, carried: [1, 4] });
    expect([book.next(), book.next()]).toEqual([2, 3]);
    expect(book.plan().recuts).toBeUndefined();
    expect(book.next()).toBe(5);
    expect(book.plan().recuts).toMatchObject([{ from: 5 }]);
  });

  test('a part size that was asked for stays', () => {
    const { book } = setup({ parts: 50 });
    takeAll(book);
    expect(book.plan()).toEqual(planParts(50 * PART, PART));
  });
});

describe('what is done', () => {
  test('a confirmed part is recorded with its own size, the last one with the rest', async () => {
    const { book, store, ledger, clock } = setup();
    book.confirm(4, '"E4"', undefined);
    book.confirm(1, '"E1"', '7');
    await book.saved();
    expect(await store.parts('id')).toEqual(
      expect.arrayContaining([
        { number: 1, etag: '"E1"', size: PART, crc64: '7' },
        { number: 4, etag: '"E4"', size: PART / 2 },
      ]),
    );
    expect(ledger.snapshot(clock.now())).toMatchObject({ confirmed: 1.5 * PART, parts: { done: 2 } });
  });

  test('the record is dated anew at most every 30 seconds', async () => {
    const { book, store, clock } = setup();
    const save = vi.spyOn(store, 'save');
    clock.pass(29_999);
    book.confirm(1, '"E1"', undefined);
    await book.saved();
    expect(await store.load('id')).toBeUndefined();
    clock.pass(1);
    book.confirm(2, '"E2"', undefined);
    book.confirm(3, '"E3"', undefined);
    await book.saved();
    expect(await store.load('id')).toMatchObject({ updatedAt: clock.now() });
    expect(save).toHaveBeenCalledOnce();
  });

  test('a store that rejects fails nobody', async () => {
    const { book, store } = setup();
    store.savePart = () => Promise.reject(new Error('disk'));
    book.confirm(1, '"E1"', undefined);
    await book.saved();
    expect(book.next()).toBe(1);
  });

  test('accepted parts come back in the order of their numbers', () => {
    const { book } = setup();
    for (const number of [3, 1, 4, 2]) book.accept({ number, etag: `"E${number}"`, size: PART, crc64: undefined });
    expect(book.all().map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  });

  test('an earlier run’s comparison holds for the same ETag and CRC-64 only', () => {
    const { book, memory } = setup({ carried: [1] });
    expect(book.isVerified(1, '"E1"', '1')).toBe(false);
    memory.verified.set(1, { etag: '"E1"', crc64: '1', start: 0 });
    expect([book.isVerified(1, '"e1"', '1'), book.isVerified(1, '"E1"', '2'), book.isVerified(1, '"E2"', '1')]).toEqual([
      true,
      false,
      false,
    ]);
    // A part of another cut may have the same number, size, ETag and CRC-64 elsewhere in the file.
    memory.verified.set(1, { etag: '"E1"', crc64: '1', start: PART });
    expect(book.isVerified(1, '"E1"', '1')).toBe(false);
  });
});
