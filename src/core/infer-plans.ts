import { isWhole } from './is-whole.js';
import { MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE, type PartPlan, partSize } from './plan.js';

/**
 * How a file of this size may have been cut, according to parts of it that are there, whoever sent them: nearly always in one way.
 *
 * Every part but the last has the same size, and the last is no larger: so the largest part shows it. A part that is alone may also be
 * the last one.
 */
export function inferPlans(fileSize: number, parts: readonly { number: number; size: number }[]): PartPlan[] {
  const largest = Math.max(...parts.map(({ size }) => size));
  const [only] = parts;
  const sizes = new Set(parts.length === 1 && only ? [largest, (fileSize - only.size) / (only.number - 1)] : [largest]);
  return [...sizes]
    .filter((size) => isWhole(size, MIN_PART_SIZE, MAX_PART_SIZE))
    .map((size): PartPlan => ({ fileSize, partSize: size, count: Math.ceil(fileSize / size) }))
    .filter(
      (plan) => plan.count <= MAX_PARTS && parts.every(({ number, size }) => number <= plan.count && size === partSize(plan, number)),
    );
}
