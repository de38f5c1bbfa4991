import { isWhole } from './is-whole.js';
import { range } from './range.js';
import { evenPlan, MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE, type PartPlan, partSize, recut } from './plan.js';

/** No more ways to cut a file are told apart, nor more cuts of one: parts of any size would keep the page busy for minutes. */
const MOST = 32;

/**
 * How a file of this size may have been cut, according to parts of it that are there, whoever sent them: nearly always in one way.
 *
 * A part has the size of the part before it, unless it is the last one; or the file was cut anew in between, as this library does. A
 * part that is alone may also be the last one.
 * @param parts ascending
 */
export function inferPlans(fileSize: number, parts: readonly { number: number; size: number }[]): PartPlan[] {
  const [first] = parts;
  if (!first) return [];
  const sizes = new Set([first.size, ...(parts.length === 1 ? [(fileSize - first.size) / (first.number - 1)] : [])]);
  let plans = [...sizes].filter(isPossible).map((size) => evenPlan(fileSize, size));
  let previous = first;
  for (const { number, size } of parts) {
    const fits = (plan: PartPlan): boolean => number <= plan.count && partSize(plan, number) === size;
    const cuts = (plan: PartPlan): PartPlan[] =>
      isPossible(size) && (plan.recuts?.length ?? 0) < MOST
        ? range(previous.number + 1, Math.min(number, plan.count)).map((from) => recut(plan, from, size))
        : [];
    plans = plans
      .flatMap((plan) => (fits(plan) ? plan : cuts(plan)))
      .filter(fits)
      .slice(0, MOST);
    previous = { number, size };
  }
  return plans.filter(({ count }) => count <= MAX_PARTS);
}

function isPossible(size: number): boolean {
  return isWhole(size, MIN_PART_SIZE, MAX_PART_SIZE);
}
