import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findMatches } from '../../../src/checkpoint/match.js';
import { type Place, readCheckpoint as readAt, readParts } from '../../../src/checkpoint/read.js';
import { planParts } from '../../../src/core/plan.js';
import type { Checkpoint } from '../../../src/ports.js';
import { PART } from '../../helpers/sizes.js';
import { identity, PLACE, RECORD } from './record.js';

const readCheckpoint = (value: unknown): Checkpoint | undefined => readAt(value, PLACE);

function without(path: string): unknown {
  const copy = structuredClone(RECORD) as unknown as Record<string, Record<string, unknown>>;
  const [first = '', second] = path.split('.');
  if (second === undefined) delete copy[first];
  else delete copy[first]?.[second];
  return copy;
}

describe('readCheckpoint', () => {
  test('reads back what was written, through JSON too', () => {
    expect(readCheckpoint(RECORD)).toEqual(RECORD);
    expect(readCheckpoint(JSON.parse(JSON.stringify(RECORD)))).toEqual(RECORD);
  });

  test.each([
    { file: { ...RECORD.file, lastModified: 0 } },
    { file: { ...RECORD.file, name: '', type: 'video/mp4' } },
    { discarded: true },
    { owner: 'tab' },
    { scope: 'avatars' },
    { outcome: { key: 'dir/a.bin' } },
    { partSize: 5 * 1024 ** 3 },
    // Stored by a clock that was never set.
    { createdAt: 0, updatedAt: 0 },
    // A file of 1969, or from a camera whose clock was never set.
    { file: { ...RECORD.file, lastModified: -1_000 } },
  ])('accepts %j', (change) => {
    expect(readCheckpoint({ ...RECORD, ...change })).toEqual({ ...RECORD, ...change });
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
  ])('rejects a record without %s', (path) => {
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
    { file: { ...RECORD.file, size: -1 } },
    { file: { ...RECORD.file, size: 1.5 } },
    { file: { ...RECORD.file, size: 2 ** 53 } },
    { partSize: PART - 1 },
    { partSize: 5 * 1024 ** 3 + 1 },
    { partSize: Number.NaN },
    { partSize: '102400' },
    { updatedAt: Number.POSITIVE_INFINITY },
  ])('rejects %j, which is corrupt or of another version', (change) => {
    expect(readCheckpoint({ ...RECORD, ...change })).toBeUndefined();
  });

  test('never throws, and neither does reading the parts, whatever is stored', () => {
    const damaged = fc.tuple(fc.constantFrom(...Object.keys(RECORD)), fc.anything()).map(([name, value]) => ({ ...RECORD, [name]: value }));
    const damagedFile = fc
      .tuple(fc.constantFrom(...Object.keys(RECORD.file)), fc.anything())
      .map(([name, value]) => ({ ...RECORD, file: { ...RECORD.file, [name]: value } }));
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
        // An accepted record can be planned with.
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
  test('keeps the sound parts by number; the last one of a number wins', () => {
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

describe('records of version 1, which name an endpoint', () => {
  const { region: _, ...rest } = RECORD;
  const old = { ...rest, version: 1, endpoint: 'https://oss-cn-hangzhou.aliyuncs.com' };

  test.each([
    ['https://oss-cn-hangzhou.aliyuncs.com', PLACE],
    ['https://files.example.com', { ...PLACE, endpoints: [{ origin: 'https://files.example.com', addressing: 'cname' }] } as Place],
    [
      'https://oss-cn-hangzhou.aliyuncs.com',
      { ...PLACE, endpoints: [{ origin: 'https://files.example.com', addressing: 'cname' }] } as Place,
    ],
  ])('are read where the endpoint fits: %s', (endpoint, place) => {
    expect(readAt({ ...old, endpoint }, place)).toEqual(RECORD);
  });

  test.each(['https://oss-cn-beijing.aliyuncs.com', 'https://elsewhere.example.com', '', 7, null])(
    'are ignored where it doesn’t: %j',
    (endpoint) => {
      expect(readCheckpoint({ ...old, endpoint })).toBeUndefined();
    },
  );
});
