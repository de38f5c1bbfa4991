/** The scripted faults, and which request each of them hits. */
import { checkFaultRule } from './check-control.js';
import { shown } from './check-value.js';
import type { ActiveFault, FaultRule, OperationName } from './types.js';

export interface FaultTarget {
  operation: OperationName;
  key: string | null;
  partNumber: number | undefined;
  /** The key has been read from a form: rules that name none have had their turn. @default false */
  isLate?: boolean;
}

interface Entry extends ActiveFault {
  random: () => number;
  seen: number;
}

/** The scripted faults, in the order in which they were added; the first that applies is used. */
export class FaultBook {
  readonly #initial: readonly FaultRule[];
  #entries: Entry[] = [];
  #next = 1;

  /** @param initial those that `reset` restores */
  constructor(initial: readonly FaultRule[] = []) {
    this.#initial = initial;
    this.reset();
  }

  reset(): void {
    this.#entries = [];
    for (const rule of this.#initial) this.add(rule);
  }

  add(rule: FaultRule): { id: string } {
    checkFaultRule(rule);
    const id = `fault-${this.#next++}`;
    this.#entries.push({ ...structuredClone(rule), id, hits: 0, seen: 0, random: seeded(rule.seed ?? 1) });
    return { id };
  }

  list(): ActiveFault[] {
    return this.#entries.map(({ random: _random, seen: _seen, ...rule }) => structuredClone(rule));
  }

  /** @throws {TypeError} for an id that no fault has had; one that has struck may be removed again */
  remove(id?: string): void {
    const number = Number(/^fault-(\d+)$/.exec(id ?? '')?.[1]);
    if (id !== undefined && !(number >= 1 && number < this.#next)) throw new TypeError(`There is no fault ${shown(id)}.`);
    this.#entries = id === undefined ? [] : this.#entries.filter((entry) => entry.id !== id);
  }

  strike(target: FaultTarget): ActiveFault | undefined {
    for (const entry of this.#entries) {
      if (!appliesTo(entry, target)) continue;
      if (entry.probability !== undefined && entry.random() >= entry.probability) continue;
      entry.seen++;
      if (entry.seen <= (entry.skip ?? 0)) continue;
      entry.hits++;
      const times = entry.times === undefined ? 1 : entry.times;
      if (times !== null && entry.hits >= times) this.remove(entry.id);
      return entry;
    }
    return undefined;
  }
}

function appliesTo(rule: FaultRule, target: FaultTarget): boolean {
  const { operation = [] } = rule;
  const named = Array.isArray(operation) ? operation : [operation];
  const operationMatches =
    named.length === 0 ? target.operation !== 'Preflight' && target.operation !== 'AssumeRole' : named.includes(target.operation);
  return (
    operationMatches &&
    (rule.key === undefined ? target.isLate !== true : rule.key === target.key) &&
    (rule.partNumber === undefined || rule.partNumber === target.partNumber)
  );
}

/** mulberry32: small, seedable, and good enough to decide which requests fail. */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
