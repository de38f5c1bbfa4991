import { isWhole } from './is-whole.js';
import { MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE, type PartPlan, partSize, recut } from './plan.js';

/**
 * How a file of this size may have been cut, according to parts of it that are there, whoever sent them: nearly always in one way.
 *
 * A part has the size of the part before it, unless it is the last one; or the file was cut anew in between, as this library does: parts
 * that are missing there are taken for the earlier ones. A part that is alone may also be the last one.
 * @param parts ascending
 */
export function inferPlans(fileSize: number, parts: readonly { number: number; size: number }[]): PartPlan[] {
  const [first] = parts;
  if (!first) return [];
  const sizes = new Set([first.size, ...(parts.length === 1 ? [(fileSize - first.size) / (first.number - 1)] : [])]);
  return [...sizes].filter(isPossible).flatMap((size) => {
    let plan: PartPlan = { fileSize, partSize: size, count: Math.ceil(fileSize / size) };
    for (const { number, size } of parts) {
      if (number > plan.count) return [];
      if (partSize(plan, number) === size) continue;
      if (number === first.number || !isPossible(size)) return [];
      plan = recut(plan, number, size);
      if (partSize(plan, number) !== size) return [];
    }
    return plan.count <= MAX_PARTS ? [plan] : [];
  });
}

function isPossible(size: number): boolean {
  return isWhole(size, MIN_PART_SIZE, MAX_PART_SIZE);
}
