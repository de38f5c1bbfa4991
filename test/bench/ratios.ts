/** Comparisons within one repetition: what was measured minutes apart is not compared. */
import { type Measurement, type Results, type Spread, spread } from './measurement.js';
import { RAW } from './rivals.js';
import type { Workload } from './workloads.js';

export const of = ({ measurements }: Results, workload: string, contestant: string): Measurement[] =>
  measurements.filter((measurement) => measurement.workload === workload && measurement.contestant === contestant);

/** How many times as fast as the fastest of `others` in the same repetition. */
export function ratio(results: Results, workload: string, contestant: string, others: readonly string[]): Spread | undefined {
  const ratios = of(results, workload, contestant).flatMap(({ repetition, milliseconds }) => {
    const rivals = others
      .flatMap((other) => of(results, workload, other))
      .filter((measurement) => measurement.repetition === repetition)
      .map((measurement) => measurement.milliseconds);
    return rivals.length > 0 ? [Math.min(...rivals) / milliseconds] : [];
  });
  return spread(ratios);
}

/** What the contestants of a workload are compared with. */
export function yardstick(results: Results, { id, yardstick }: Pick<Workload, 'id' | 'yardstick'>): readonly string[] {
  if (yardstick === 'raw') return RAW;
  const fixed = new Set(
    results.measurements
      .filter(({ workload, contestant }) => workload === id && !contestant.startsWith('auto'))
      .map(({ contestant }) => contestant),
  );
  const median = (contestant: string): number => spread(of(results, id, contestant).map(({ milliseconds }) => milliseconds))?.median ?? 0;
  return [...fixed].sort((a, b) => median(a) - median(b)).slice(0, 1);
}
