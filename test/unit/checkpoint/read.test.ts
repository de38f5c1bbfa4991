import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planParts } from '../../../src/core/plan.js';
import type { ListedPart } from '../../../src/oss/xml.js';
import type { Checkpoint, CheckpointPart } from '../../../src/ports.js';
import { chooseCheckpoint, findMatches, type Identity, reconcile, sameEtag } from '../../../src/checkpoint/match.js';
import { type Place, readCheckpoint as readAt, readParts } from '../../../src/checkpoint/read.js';

const PART = 102_400;

const PLACE: Place = {
  region: 'cn-hangzhou',
  bucket: 'examplebucket',
  endpoints: [{ origin: 'https://oss-cn-hangzhou.aliyuncs.com', addressing: 'virtual-host' }],
};
const readCheckpoint = (value: unknown): Checkpoint | undefined => readAt(value, PLACE);

const record: Checkpoint = {
  version: 2,
  id: 'id',
  fingerprint: '1:abc',
  region: 'cn-hangzhou',
  bucket: 'examplebucket',
  key: 'dir/a.bin',
  uploadId: '0004B9894A22E5B1888A1E29F8236E2D',
  file: { name: 'a.bin', size: 3 * PART + 7, lastModified: 1_700_000_000_000, type: '' },
  partSize: PART,
  createdAt: 1_000,
  updatedAt: 2_000,
};

function without(path: string): unknown {
  const copy = structuredClone(record) as unknown as Record<string, Record<string, unknown>>;
  const [first = '', second] = path.split('.');
  if (second === undefined) delete copy[first];
  else delete copy[first]?.[second];
  return copy;
}

describe('readCheckpoint', () => {
  test('reads back what was written, through JSON too', () => {
    expect(readCheckpoint(record)).toEqual(record);
    expect(readCheckpoint(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  test.each([
    { file: { ...record.file, lastModified: 0 } },
    { file: { ...record.file, name: '', type: 'video/mp4' } },
    { discarded: true },
    { owner: 'tab' },
    { scope: 'avatars' },
    { outcome: { key: 'dir/a.bin' } },
    { partSize: 5 * 1024 ** 3 },
    // A file of 1969, or from a camera whose clock was never set.
    { file: { ...record.file, lastModified: -1_000 } },
  ])('%j is sound', (change) => {
    expect(readCheckpoint({ ...record, ...change })).toEqual({ ...record, ...change });
  });

  test.each([
    'version',
    'id',
    'fingerprint',
    'region',
    'bucket',
    'key',
    'uploadId',
    'file',
    'file.name',
    'file.size',
    'file.lastModified',
    'file.type',
    'partSize',
    'createdAt',
    'updatedAt',
  ])('without %s there is no checkpoint', (path) => {
    expect(readCheckpoint(without(path))).toBeUndefined();
  });

  test.each<object>([
    { version: 0 },
    { version: 3 },
    { version: '2' },
    { region: 'cn-beijing' },
    { bucket: 'another' },
    { scope: '' },
    { scope: 7 },
    { id: '' },
    { uploadId: '' },
    { uploadId: 7 },
    { key: null },
    { file: null },
    { file: [] },
    { file: { ...record.file, size: -1 } },
    { file: { ...record.file, size: 1.5 } },
    { file: { ...record.file, size: 2 ** 53 } },
    { partSize: PART - 1 },
    { partSize: 5 * 1024 ** 3 + 1 },
    { partSize: Number.NaN },
    { partSize: '102400' },
    { updatedAt: Number.POSITIVE_INFINITY },
  ])('%j is corrupt, or of another version', (change) => {
    expect(readCheckpoint({ ...record, ...change })).toBeUndefined();
  });

  test('nothing that was stored makes it, or the reading of parts, throw', () => {
    const damaged = fc.tuple(fc.constantFrom(...Object.keys(record)), fc.anything()).map(([name, value]) => ({ ...record, [name]: value }));
    const damagedFile = fc
      .tuple(fc.constantFrom(...Object.keys(record.file)), fc.anything())
      .map(([name, value]) => ({ ...record, file: { ...record.file, [name]: value } }));
    const stored = fc.oneof(
      fc.anything(),
      fc.anything({
        withNullPrototype: true,
        withBigInt: true,
        withDate: true,
        withMap: true,
        withTypedArray: true,
        withSparseArray: true,
      }),
      damaged,
      damagedFile,
    );
    fc.assert(
      fc.property(stored, fc.array(stored), (value, values) => {
        const read = readCheckpoint(value);
        // What is let through can be planned with and sorted.
        if (read) expect(planParts(Math.min(read.file.size, 1e12), read.partSize).count).toBeGreaterThan(0);
        expect(() => findMatches(values, PLACE, identity())).not.toThrow();
        for (const [number, part] of readParts(values)) {
          expect(part.number).toBe(number);
          expect(typeof part.etag).toBe('string');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('readParts', () => {
  test('keeps what makes sense, by number; the last of a number counts', () => {
    const parts: unknown[] = [
      { number: 2, etag: '"B"', size: 7, crc64: '1' },
      null,
      'part',
      { number: '3', etag: '"C"', size: 7 },
      { number: 4, size: 7 },
      { number: 5, etag: '"E"', size: -1 },
      { number: 6, etag: '"F"', size: 7, crc64: 9 },
      { number: 0, etag: '"Z"', size: 7 },
      { number: 10_001, etag: '"Z"', size: 7 },
      { number: 2 ** 50, etag: '"Z"', size: 7 },
      { number: 7, etag: '"Z"', size: 6 * 1024 ** 3 },
      { number: 1, etag: '"old"', size: 7 },
      { number: 1, etag: '"A"', size: 7 },
    ];
    expect(Object.fromEntries(readParts(parts))).toEqual({
      1: { number: 1, etag: '"A"', size: 7 },
      2: { number: 2, etag: '"B"', size: 7, crc64: '1' },
    });
  });
});

describe('records of version 1, which named an endpoint', () => {
  const { region: _, ...rest } = record;
  const old = { ...rest, version: 1, endpoint: 'https://oss-cn-hangzhou.aliyuncs.com' };

  test.each([
    ['https://oss-cn-hangzhou.aliyuncs.com', PLACE],
    ['https://files.example.com', { ...PLACE, endpoints: [{ origin: 'https://files.example.com', addressing: 'cname' }] } as Place],
    [
      'https://oss-cn-hangzhou.aliyuncs.com',
      { ...PLACE, endpoints: [{ origin: 'https://files.example.com', addressing: 'cname' }] } as Place,
    ],
  ])('are read where they fit: %s', (endpoint, place) => {
    expect(readAt({ ...old, endpoint }, place)).toEqual(record);
  });

  test.each(['https://oss-cn-beijing.aliyuncs.com', 'https://elsewhere.example.com', '', 7, null])(
    'are ignored where they don’t: %j',
    (endpoint) => {
      expect(readCheckpoint({ ...old, endpoint })).toBeUndefined();
    },
  );
});

function identity({ key = record.key, fingerprint = record.fingerprint } = {}): Identity {
  return { fingerprint, key };
}

function scoped(scope: string, path = 'a.bin'): Identity {
  return { fingerprint: record.fingerprint, scope, path };
}

describe('which checkpoint matches', () => {
  test('same region, bucket, key and fingerprint; the file’s name and the endpoint are no part of it', () => {
    const renamed = { ...record, file: { ...record.file, name: 'renamed.bin' } };
    const moved = { ...PLACE, endpoints: [{ origin: 'https://files.example.com', addressing: 'cname' }] } as Place;
    expect(findMatches([renamed], moved, identity())).toEqual([renamed]);
  });

  test.each<[string, Identity, Partial<Place>]>([
    ['key', identity({ key: 'another/key' }), {}],
    ['fingerprint', identity({ fingerprint: '1:def' }), {}],
    ['bucket', identity(), { bucket: 'another' }],
    ['region', identity(), { region: 'cn-beijing' }],
    ['scope', scoped('avatars'), {}],
  ])("doesn't match when the caller has another %s", (_, wanted, place) => {
    expect(findMatches([record], { ...PLACE, ...place }, wanted)).toEqual([]);
  });

  test('within a scope any key matches, and nothing of another scope', () => {
    const own = { ...record, scope: 'avatars', key: 'random/4711.bin' };
    expect(findMatches([{ ...own, scope: 'films' }, record, own], PLACE, scoped('avatars'))).toEqual([own]);
  });

  test("part size and upload options are the checkpoint's affair: they keep nothing from matching", () => {
    expect(findMatches([{ ...record, partSize: 7 * PART }], PLACE, identity())).toHaveLength(1);
  });

  test('what the user gave up, what is complete, and what is corrupt, never matches', () => {
    const others = [{ ...record, discarded: true }, { ...record, outcome: {} }, { ...record, version: 3 }, null, 'x', undefined];
    expect(findMatches(others, PLACE, identity())).toEqual([]);
  });

  test('the youngest comes first', () => {
    const [older, younger] = [
      { ...record, id: 'older', updatedAt: 10 },
      { ...record, id: 'younger', updatedAt: 20 },
    ];
    expect(findMatches([older, younger], PLACE, identity()).map(({ id }) => id)).toEqual(['younger', 'older']);
  });
});

describe('chooseCheckpoint', () => {
  const choose = (values: unknown[], wanted = identity(), refused: string[] = [], own?: string, place: Place = PLACE): string =>
    chooseCheckpoint(values, place, wanted, new Set(refused), own).id;
  const fresh = choose([]);

  test('a new ID is equal for the same file and aim, in every tab and over every endpoint', () => {
    expect(choose([])).toBe(fresh);
    expect(choose([], identity(), [], undefined, { ...PLACE, endpoints: [{ origin: 'https://other', addressing: 'path' }] })).toBe(fresh);
  });

  test('it differs as soon as anything differs, also a key from a scope of the same text', () => {
    const all = [
      fresh,
      choose([], identity({ key: 'b' })),
      choose([], identity({ fingerprint: 'other' })),
      choose([], scoped(record.key)),
      choose([], scoped('s')),
      choose([], scoped('s', 'b.bin')),
      choose([], identity(), [], undefined, { ...PLACE, bucket: 'other' }),
      choose([], identity(), [], undefined, { ...PLACE, region: 'other' }),
      choose([], identity(), [], undefined, { ...PLACE, bucket: `${record.bucket}","x` }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test('the task’s own comes first, then a match, then a new one', () => {
    expect(choose([record], identity(), [], 'own')).toBe('own');
    expect(choose([record], identity(), ['own'], 'own')).toBe('id');
    expect(choose([record], identity(), ['own', 'id'], 'own')).toBe(fresh);
  });

  test.each<[string, object, boolean]>([
    ['another user’s upload', {}, true],
    ['one that is still to be aborted', { discarded: true }, true],
    ['a record of a later release', { version: 3 }, true],
    ['a finished upload', { outcome: {} }, false],
    ['a corrupt record', { uploadId: '' }, false],
  ])('a new upload leaves the record of %s: %j', (_, change, stays) => {
    const other = { ...record, id: fresh, ...change };
    const chosen = choose([other], identity(), [fresh]);
    expect(choose([other], identity(), 'discarded' in change || 'version' in change || !stays ? [] : [fresh]) !== fresh).toBe(stays);
    expect(chosen).not.toBe(fresh);
  });

  test('in a scope, one of the same path is preferred; one of another path is not waited for', () => {
    const [a, b] = ['a.bin', 'b.bin'].map((name, index) => ({
      ...record,
      id: name,
      scope: 's',
      updatedAt: index,
      file: { ...record.file, name },
    }));
    expect(chooseCheckpoint([a, b], PLACE, scoped('s', 'a.bin'), new Set())).toEqual({ id: 'a.bin', isOfOtherPath: false });
    expect(chooseCheckpoint([a], PLACE, scoped('s', 'b.bin'), new Set())).toEqual({ id: 'a.bin', isOfOtherPath: true });
  });
});

describe('reconcile', () => {
  const plan = planParts(record.file.size, PART);

  function listed(number: number, change: Partial<ListedPart> = {}): ListedPart {
    return { number, etag: `"E${number}"`, size: number === plan.count ? 7 : PART, crc64: String(number), lastModified: 1, ...change };
  }

  function recorded(number: number, change: Partial<CheckpointPart> = {}): Map<number, CheckpointPart> {
    return new Map([[number, { number, etag: `"E${number}"`, size: PART, crc64: `own${number}`, ...change }]]);
  }

  test("carries over what the server has, with the server's CRC-64, recorded or not", () => {
    const carried = reconcile(recorded(1), [listed(1), listed(3), listed(4)], plan);
    expect(carried).toEqual([listed(1), listed(3), listed(4)].map(({ lastModified: _, ...part }) => part));
  });

  test('a part that only the record knows is sent again', () => {
    expect(reconcile(recorded(2), [], plan)).toEqual([]);
  });

  test.each<[string, ListedPart]>([
    ['a wrong size', listed(2, { size: PART - 1 })],
    ['a last part of full size', listed(4, { size: PART })],
    ['a middle part of the last one’s size', listed(2, { size: 7 })],
    ['a number beyond the plan', listed(5)],
  ])("doesn't carry over %s", (_, part) => {
    expect(reconcile(new Map([...recorded(2), ...recorded(4), ...recorded(5)]), [part], plan)).toEqual([]);
  });

  test('where the server tells no CRC-64, the record’s counts if the ETag is the same', () => {
    const silent = listed(1, { crc64: undefined });
    expect(reconcile(recorded(1), [silent], plan)).toMatchObject([{ number: 1, crc64: 'own1' }]);
    expect(reconcile(recorded(1, { etag: 'e1' }), [silent], plan)).toMatchObject([{ crc64: 'own1' }]);
    expect(reconcile(recorded(1, { etag: '"another"' }), [silent], plan)).toEqual([]);
    expect(reconcile(new Map(), [silent], plan)).toEqual([]);
    const { crc64: _, ...unhashed } = recorded(1).get(1) as CheckpointPart;
    expect(reconcile(new Map([[1, unhashed]]), [silent], plan)).toEqual([]);
  });

  test("the ETag carried over is the server's: it is what Complete compares", () => {
    expect(reconcile(recorded(1, { etag: 'e1' }), [listed(1, { crc64: undefined })], plan)[0]?.etag).toBe('"E1"');
  });

  test('whatever the server lists, only parts of the plan with their sizes are carried over', () => {
    const anyPart = fc.record({
      number: fc.integer({ min: 1, max: 10_000 }),
      etag: fc.string(),
      size: fc.oneof(fc.nat(), fc.constantFrom(PART, 7)),
      crc64: fc.option(fc.string(), { nil: undefined }),
      lastModified: fc.constant(undefined),
    });
    fc.assert(
      fc.property(fc.array(anyPart), (parts) => {
        for (const { number, size } of reconcile(recorded(1), parts, plan)) {
          expect(number).toBeLessThanOrEqual(plan.count);
          expect(size).toBe(number === plan.count ? 7 : PART);
        }
      }),
    );
  });
});

test.each<[string, string, boolean]>([
  ['"ABC"', '"ABC"', true],
  ['"ABC"', 'abc', true],
  ['"ABC-3"', 'ABC-3', true],
  ['"ABC"', '"ABD"', false],
  ['', '""', true],
])('sameEtag(%s, %s) is %s: quotes and case carry no meaning', (a, b, same) => {
  expect([sameEtag(a, b), sameEtag(b, a)]).toEqual([same, same]);
});
