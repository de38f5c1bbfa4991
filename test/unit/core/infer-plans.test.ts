import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inferPlans } from '../../../src/core/infer-plans.js';
import { evenPlan, MIN_PART_SIZE, partSize, planParts, recut } from '../../../src/core/plan.js';

const MiB = 1024 ** 2;
const parts = (fileSize: number, size: number, numbers: number[]) => {
  const plan = planParts(fileSize, size);
  return numbers.map((number) => ({ number, size: partSize(plan, number) }));
};

describe('inferPlans', () => {
  test('finds how a file was cut from any of its parts', () => {
    const file = fc.record({
      size: fc.integer({ min: MIN_PART_SIZE + 1, max: 2 ** 40 }),
      part: fc.integer({ min: MIN_PART_SIZE, max: 2 ** 32 }),
    });
    fc.assert(
      fc.property(file, fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), ({ size, part }, picks) => {
        const plan = planParts(size, part);
        // Of a single part larger than the file, the size can't be known, and makes no difference.
        fc.pre(plan.count > 1);
        const numbers = [...new Set(picks.map((pick) => (pick % plan.count) + 1))].sort((a, b) => a - b);
        const found = inferPlans(size, parts(size, part, numbers));
        expect(found).toContainEqual(plan);
        if (numbers.length > 1) expect(found).toHaveLength(1);
      }),
    );
  });

  test('never reads beyond the file, and never needs more parts than there can be', () => {
    const anyPart = fc.record({ number: fc.integer({ min: 1, max: 10_000 }), size: fc.nat({ max: 2 ** 31 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 40 }),
        fc.uniqueArray(anyPart, { selector: ({ number }) => number, maxLength: 5 }),
        (size, list) => {
          list.sort((a, b) => a.number - b.number);
          for (const plan of inferPlans(size, list)) {
            expect(plan.count).toBeLessThanOrEqual(10_000);
            for (const part of list) expect(partSize(plan, part.number)).toBe(part.size);
          }
        },
      ),
    );
  });

  test.each([
    ['no parts', 5 * MiB, []],
    ['a part that is too small, and not the last', 5 * MiB, [{ number: 1, size: 1000 }]],
    [
      'more bytes than the file has',
      MiB,
      [
        { number: 1, size: MiB },
        { number: 2, size: MiB },
      ],
    ],
    ['a last part that leaves no whole size for the others', 5 * MiB + 1, [{ number: 3, size: 1000 }]],
  ])('knows nothing of %s', (_, size, list) => {
    expect(inferPlans(size, list)).toEqual([]);
  });

  test('finds where the part size was changed; where parts are missing there, all that can be', () => {
    const plan = recut(recut(planParts(60 * MiB, MiB / 4), 8, MiB), 20, 4 * MiB);
    const listed = (numbers: number[]) => numbers.map((number) => ({ number, size: partSize(plan, number) }));
    expect(inferPlans(60 * MiB, listed([1, 2, 7, 8, 19, 20, 22]))).toEqual([plan]);
    expect(inferPlans(60 * MiB, listed([1, 7, 8, 19, 20, plan.count]))).toEqual([plan]);
    const unsure = inferPlans(60 * MiB, listed([1, 2, 6, 9, 18, 20]));
    expect(unsure).toContainEqual(plan);
    expect(unsure).toHaveLength(3 * 2);
  });

  test('counts parts of the first size as they were cut, however many the whole file would need', () => {
    const plan = recut(evenPlan(2048 * MiB, MIN_PART_SIZE), 4, 8 * MiB);
    const listed = [1, 2, 3, 4].map((number) => ({ number, size: partSize(plan, number) }));
    expect(inferPlans(2048 * MiB, listed)).toEqual([plan]);
  });

  test('a part that is alone may be the last one, or one of many', () => {
    const plans = inferPlans(6 * MiB, [{ number: 3, size: MiB }]);
    expect(plans.map(({ partSize: size, count }) => [size / MiB, count])).toEqual([
      [1, 6],
      [2.5, 3],
    ]);
  });

  test('the last part alone shows the size of the others', () => {
    expect(inferPlans(5 * MiB + 7, [{ number: 6, size: 7 }])).toEqual([{ fileSize: 5 * MiB + 7, partSize: MiB, count: 6 }]);
  });
});

test('parts of ever other sizes, as a stranger may leave, are given up at once', () => {
  const parts = Array.from({ length: 10_000 }, (_, index) => ({ number: index + 1, size: MIN_PART_SIZE + (index % 2) }));
  const started = performance.now();
  expect(inferPlans(10_000 * MIN_PART_SIZE + 5_000, parts)).toEqual([]);
  expect(performance.now() - started).toBeLessThan(5_000);
});
