import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_OBJECT_SIZE, MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE, partRange, planParts, recut } from '../../../src/core/plan.js';
import { KiB, MiB } from '../../helpers/sizes.js';

const GiB = 1024 * MiB;
const TiB = 1024 * GiB;

// Evenly over the orders of magnitude, not over the numbers: small files matter as much as huge ones.
const fileSizes = fc
  .double({ min: 0, max: Math.log2(MAX_OBJECT_SIZE), noNaN: true })
  .map((log) => Math.min(Math.round(2 ** log), MAX_OBJECT_SIZE));
const partSizes = fc.oneof(
  fc.constant('auto' as const),
  fc.integer({ min: MIN_PART_SIZE, max: MAX_PART_SIZE }),
  fc.integer({ min: MIN_PART_SIZE, max: 20 * MiB }),
);

describe('planParts', () => {
  test('covers the file without gap or overlap, all parts but the last alike', () => {
    fc.assert(
      fc.property(fileSizes, partSizes, (fileSize, partSize) => {
        const plan = planParts(fileSize, partSize);
        expect(plan.count).toBeLessThanOrEqual(MAX_PARTS);
        let end = 0;
        for (let number = 1; number <= plan.count; number += 1) {
          const range = partRange(plan, number);
          if (range.start !== end) throw new Error(`part ${number} starts at ${range.start}, not at ${end}`);
          end = range.end;
          const size = range.end - range.start;
          if (number < plan.count ? size !== plan.partSize : size < 1 || size > plan.partSize)
            throw new Error(`part ${number} has ${size} bytes`);
        }
        expect(end).toBe(fileSize);
      }),
      { numRuns: 300 },
    );
  });

  test('keeps within the service limits whatever the file size', () => {
    fc.assert(
      fc.property(fileSizes, partSizes, (fileSize, partSize) => {
        const plan = planParts(fileSize, partSize);
        expect(plan.partSize).toBeGreaterThanOrEqual(MIN_PART_SIZE);
        expect(plan.partSize).toBeLessThanOrEqual(MAX_PART_SIZE);
      }),
    );
  });

  test('plans the same parts again from the part size it chose', () => {
    fc.assert(
      fc.property(fileSizes, partSizes, (fileSize, partSize) => {
        const plan = planParts(fileSize, partSize);
        expect(planParts(fileSize, plan.partSize)).toEqual(plan);
      }),
    );
  });

  test('makes one empty part of an empty file', () => {
    const plan = planParts(0, 'auto');
    expect(plan.count).toBe(1);
    expect(partRange(plan, 1)).toEqual({ start: 0, end: 0 });
  });

  test('keeps a given part size as long as 10,000 parts are enough', () => {
    expect(planParts(10_000 * MIN_PART_SIZE, MIN_PART_SIZE)).toMatchObject({ partSize: MIN_PART_SIZE, count: 10_000 });
    expect(planParts(4321 * KiB, 1_000_001)).toMatchObject({ partSize: 1_000_001, count: 5 });
  });

  test('enlarges a given part size to the smallest multiple of 1 MiB that needs no more than 10,000 parts', () => {
    expect(planParts(10_000 * MIN_PART_SIZE + 1, MIN_PART_SIZE)).toMatchObject({ partSize: MiB, count: 977 });
    expect(planParts(10_000 * MiB, MIN_PART_SIZE)).toMatchObject({ partSize: MiB, count: 10_000 });
    expect(planParts(10_000 * MiB + 1, MIN_PART_SIZE)).toMatchObject({ partSize: 2 * MiB, count: 5_001 });
  });

  test.each([
    [100 * KiB, undefined, MiB, 1],
    [MiB, 100 * KiB, MiB, 1],
    [2 * MiB, undefined, 192 * KiB, 11],
    [2 * MiB, GiB, 384 * KiB, 6],
    [6 * MiB, GiB, MiB, 6],
    [64 * MiB, undefined, 192 * KiB, 342],
    [64 * MiB, 4 * MiB, 3_735_552, 18],
    [64 * MiB, GiB, 11_206_656, 6],
    [100 * MiB, 10_000, 128 * KiB, 800],
    [GiB, GiB, 16_318_464, 66],
    [20 * GiB, undefined, 2_162_688, 9_930],
    [150 * GiB, 16 * MiB, 16 * MiB, 9_600],
    [TiB, GiB, 109_969_408, 9_999],
    [MAX_OBJECT_SIZE, undefined, 5 * GiB, 10_000],
  ])(
    "for a file of %i bytes on a line that %i bytes suit, 'auto' chooses parts of %i bytes, %i in all",
    (fileSize, suitable, partSize, count) => {
      expect(planParts(fileSize, 'auto', suitable)).toEqual({ fileSize, partSize, count });
    },
  );

  test('takes the largest object with the smallest part size', () => {
    expect(planParts(MAX_OBJECT_SIZE, MIN_PART_SIZE)).toMatchObject({ partSize: MAX_PART_SIZE, count: MAX_PARTS });
  });

  test.each([0, -1, MIN_PART_SIZE - 1, MAX_PART_SIZE + 1, 200_000.5, Number.NaN, Infinity, '1048576', null, undefined, 200_000n])(
    'refuses the part size %s, naming the option and the range',
    (partSize) => {
      const plan = (): unknown => planParts(MiB, partSize as number);
      expect(plan).toThrow(RangeError);
      expect(plan).toThrow(/partSize.*102400.*5368709120/);
    },
  );

  test.each([-1, 0.5, Number.NaN, Infinity, MAX_OBJECT_SIZE + 1])('refuses the file size %s, stating the limits', (fileSize) => {
    const plan = (): unknown => planParts(fileSize, 'auto');
    expect(plan).toThrow(RangeError);
    expect(plan).toThrow(/at most 48\.8 TB/);
  });
});

describe('recut', () => {
  /** A plan that was cut anew several times, and where. */
  const recutPlans = fc
    .tuple(
      fileSizes,
      partSizes,
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: MIN_PART_SIZE, max: 20 * MiB })), { maxLength: 4 }),
    )
    .map(([fileSize, partSize, cuts]) =>
      cuts.reduce(
        (plan, [where, size]) => {
          const first = (plan.recuts?.at(-1)?.from ?? 0) + 1;
          const next = first + Math.floor(where * (plan.count - first));
          return first > plan.count ? plan : recut(plan, next, size);
        },
        planParts(fileSize, partSize),
      ),
    );

  test('covers the file without gap or overlap, and leaves lower parts where they are', () => {
    fc.assert(
      fc.property(recutPlans, (plan) => {
        fc.pre(plan.count <= 3 * MAX_PARTS);
        let end = 0;
        for (let number = 1; number <= plan.count; number += 1) {
          const range = partRange(plan, number);
          if (range.start !== end) throw new Error(`part ${number} starts at ${range.start}, not at ${end}`);
          end = range.end;
        }
        expect(end).toBe(plan.fileSize);
        const { from } = plan.recuts?.at(-1) ?? { from: 1 };
        const before = { ...plan, recuts: plan.recuts?.slice(0, -1) ?? [] };
        if (from > 1) expect(partRange(plan, from - 1)).toEqual(partRange(before, from - 1));
      }),
    );
  });

  test.each([
    ['a part that there is not', 5, MiB],
    ['a size that OSS refuses', 3, MIN_PART_SIZE - 1],
  ])('refuses %s', (_, from, size) => {
    const plan = planParts(4 * MiB, MiB);
    expect(() => recut(plan, from, size)).toThrow(RangeError);
  });
});

test('what was cut at a part or further on is undone when it is cut anew', () => {
  const plan = recut(recut(recut(planParts(8 * MiB, MiB), 3, 2 * MiB), 5, MiB / 2), 4, MiB);
  expect(plan).toEqual({
    fileSize: 8 * MiB,
    partSize: MiB,
    recuts: [
      { from: 3, partSize: 2 * MiB },
      { from: 4, partSize: MiB },
    ],
    count: 7,
  });
});

describe('partRange', () => {
  test.each([0, 4, -1, 1.5, Number.NaN])('refuses part number %s of three', (number) => {
    expect(() => partRange(planParts(300_000, MIN_PART_SIZE), number)).toThrow(RangeError);
  });
});
