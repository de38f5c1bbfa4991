import { range } from '../core/range.js';
import { autoPartSize, MAX_PARTS, type PartPlan, partRange, recut } from '../core/plan.js';

/** Which part comes next, and how the file is cut at the moment. */
export interface PartQueue {
  /** Parts that {@link next} has given keep their place in it. */
  readonly plan: PartPlan;
  /** The next part to send: before it, what is left is cut anew where the line wants much larger or smaller parts. */
  next(): number | undefined;
  /** The part comes once more, at once. */
  repeat(number: number): void;
}

/**
 * @param carried parts that are there
 * @param suitable the part size that suits the line; `undefined` when nothing is known of it, or the size is not to be changed
 * @param onRecut called when the file was cut anew
 */
export function createPartQueue(
  first: PartPlan,
  carried: ReadonlySet<number>,
  suitable: () => number | undefined,
  onRecut: (plan: PartPlan) => void,
): PartQueue {
  let plan = first;
  /** Parts beyond this one have never been given. */
  let highest = Math.max(0, ...carried);
  /** Others that are to be sent. */
  const pending = range(1, highest).filter((number) => !carried.has(number));

  function adapt(): void {
    const wanted = suitable();
    if (wanted === undefined) return;
    const { start, end } = partRange(plan, highest + 1);
    const size = end - start;
    const better = autoPartSize(plan.fileSize - start, wanted, MAX_PARTS - highest);
    // Not for a small difference, least of all upwards; and what is small only because little is left stays whole.
    if (better < 2 * size && (better >= size || 1.5 * wanted > size)) return;
    plan = recut(plan, highest + 1, better);
    onRecut(plan);
  }

  return {
    get plan() {
      return plan;
    },
    next() {
      if (pending.length > 0) return pending.shift();
      if (highest === plan.count) return undefined;
      adapt();
      highest += 1;
      return highest;
    },
    repeat: (number) => void pending.unshift(number),
  };
}
