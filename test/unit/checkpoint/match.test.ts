import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseCheckpoint, findMatches, type Identity, reconcile, sameEtag } from '../../../src/checkpoint/match.js';
import type { Place } from '../../../src/checkpoint/read.js';
import { planParts } from '../../../src/core/plan.js';
import type { ListedPart } from '../../../src/oss/xml.js';
import type { CheckpointPart } from '../../../src/ports.js';
import { PART } from '../../helpers/sizes.js';
import { identity, PLACE, RECORD } from './record.js';

function scoped(scope: string, path = 'a.bin'): Identity {
  return { fingerprint: RECORD.fingerprint, scope, path };
}

describe('findMatches', () => {
  test('compares region, bucket, key and fingerprint, but not the file’s name and the endpoint', () => {
    const renamed = { ...RECORD, file: { ...RECORD.file, name: 'renamed.bin' } };
    const moved = { ...PLACE, endpoints: [{ origin: 'https://files.example.com', addressing: 'cname' }] } as Place;
    expect(findMatches([renamed], moved, identity())).toEqual([renamed]);
  });

  test.each<[string, Identity, Partial<Place>]>([
    ['key', identity({ key: 'another/key' }), {}],
    ['fingerprint', identity({ fingerprint: '1:def' }), {}],
    ['bucket', identity(), { bucket: 'another' }],
    ['region', identity(), { region: 'cn-beijing' }],
    ['scope', scoped('avatars'), {}],
  ])("doesn't match another %s", (_, wanted, place) => {
    expect(findMatches([RECORD], { ...PLACE, ...place }, wanted)).toEqual([]);
  });

  test('within a scope matches any key, and nothing of another scope', () => {
    const own = { ...RECORD, scope: 'avatars', key: 'random/4711.bin' };
    expect(findMatches([{ ...own, scope: 'films' }, RECORD, own], PLACE, scoped('avatars'))).toEqual([own]);
  });

  test('matches whatever the part size is', () => {
    expect(findMatches([{ ...RECORD, partSize: 7 * PART }], PLACE, identity())).toHaveLength(1);
  });

  test('never matches what is discarded, complete or corrupt', () => {
    const others = [{ ...RECORD, discarded: true }, { ...RECORD, outcome: {} }, { ...RECORD, version: 3 }, null, 'x', undefined];
    expect(findMatches(others, PLACE, identity())).toEqual([]);
  });

  test('returns the youngest first', () => {
    const [older, younger] = [
      { ...RECORD, id: 'older', updatedAt: 10 },
      { ...RECORD, id: 'younger', updatedAt: 20 },
    ];
    expect(findMatches([older, younger], PLACE, identity()).map(({ id }) => id)).toEqual(['younger', 'older']);
  });
});

describe('chooseCheckpoint', () => {
  const choose = (values: unknown[], wanted = identity(), refused: string[] = [], own?: string, place: Place = PLACE): string =>
    chooseCheckpoint(values, place, wanted, new Set(refused), own).id;
  const fresh = choose([]);

  test('a new ID is the same for the same file and key, in every tab and over every endpoint', () => {
    expect(choose([])).toBe(fresh);
    expect(choose([], identity(), [], undefined, { ...PLACE, endpoints: [{ origin: 'https://other', addressing: 'path' }] })).toBe(fresh);
  });

  test('a new ID differs as soon as anything differs, even a key from a scope of the same text', () => {
    const all = [
      fresh,
      choose([], identity({ key: 'b' })),
      choose([], identity({ fingerprint: 'other' })),
      choose([], scoped(RECORD.key)),
      choose([], scoped('s')),
      choose([], scoped('s', 'b.bin')),
      choose([], identity(), [], undefined, { ...PLACE, bucket: 'other' }),
      choose([], identity(), [], undefined, { ...PLACE, region: 'other' }),
      choose([], identity(), [], undefined, { ...PLACE, bucket: `${RECORD.bucket}","x` }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test('prefers the task’s own checkpoint, then a match, then a new one', () => {
    expect(choose([RECORD], identity(), [], 'own')).toBe('own');
    expect(choose([RECORD], identity(), ['own'], 'own')).toBe('id');
    expect(choose([RECORD], identity(), ['own', 'id'], 'own')).toBe(fresh);
  });

  test.each<[string, object, boolean]>([
    ['another user’s upload', {}, true],
    ['an upload that is still to be aborted', { discarded: true }, true],
    ['a record of a later release', { version: 3 }, true],
    ['a finished upload', { outcome: {} }, false],
    ['a corrupt record', { uploadId: '' }, false],
  ])('a new upload keeps or replaces the record of %s: %j', (_, change, stays) => {
    const other = { ...RECORD, id: fresh, ...change };
    const chosen = choose([other], identity(), [fresh]);
    expect(choose([other], identity(), 'discarded' in change || 'version' in change || !stays ? [] : [fresh]) !== fresh).toBe(stays);
    expect(chosen).not.toBe(fresh);
  });

  test('in a scope prefers the same path, and marks a checkpoint of another path', () => {
    const [a, b] = ['a.bin', 'b.bin'].map((name, index) => ({
      ...RECORD,
      id: name,
      scope: 's',
      updatedAt: index,
      file: { ...RECORD.file, name },
    }));
    expect(chooseCheckpoint([a, b], PLACE, scoped('s', 'a.bin'), new Set())).toEqual({ id: 'a.bin', isOfOtherPath: false });
    expect(chooseCheckpoint([a], PLACE, scoped('s', 'b.bin'), new Set())).toEqual({ id: 'a.bin', isOfOtherPath: true });
  });
});

describe('reconcile', () => {
  const plan = planParts(RECORD.file.size, PART);

  function listed(number: number, change: Partial<ListedPart> = {}): ListedPart {
    return { number, etag: `"E${number}"`, size: number === plan.count ? 7 : PART, crc64: String(number), lastModified: 1, ...change };
  }

  function recorded(number: number, change: Partial<CheckpointPart> = {}): Map<number, CheckpointPart> {
    return new Map([[number, { number, etag: `"E${number}"`, size: PART, crc64: `own${number}`, ...change }]]);
  }

  test("carries over the server's parts with their CRC-64, recorded or not", () => {
    const carried = reconcile(recorded(1), [listed(1), listed(3), listed(4)], plan);
    expect(carried).toEqual([listed(1), listed(3), listed(4)].map(({ lastModified: _, ...part }) => part));
  });

  test("doesn't carry over a part that only the record has", () => {
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

  test('uses the recorded CRC-64 where the server shows none, if the ETag is the same', () => {
    const silent = listed(1, { crc64: undefined });
    expect(reconcile(recorded(1), [silent], plan)).toMatchObject([{ number: 1, crc64: 'own1' }]);
    expect(reconcile(recorded(1, { etag: 'e1' }), [silent], plan)).toMatchObject([{ crc64: 'own1' }]);
    expect(reconcile(recorded(1, { etag: '"another"' }), [silent], plan)).toEqual([]);
    expect(reconcile(new Map(), [silent], plan)).toEqual([]);
    const { crc64: _, ...unhashed } = recorded(1).get(1) as CheckpointPart;
    expect(reconcile(new Map([[1, unhashed]]), [silent], plan)).toEqual([]);
  });

  test("carries over the server's ETag, which Complete compares", () => {
    expect(reconcile(recorded(1, { etag: 'e1' }), [listed(1, { crc64: undefined })], plan)[0]?.etag).toBe('"E1"');
  });

  test('carries over only parts of the plan with their sizes, whatever the server lists', () => {
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
])('sameEtag(%s, %s) is %s: quotes and case don’t matter', (a, b, same) => {
  expect([sameEtag(a, b), sameEtag(b, a)]).toEqual([same, same]);
});
