/**
 * `npm run bench`: this library and its rivals in one Chromium on one machine, within one run.
 *
 *   --quick            a smoke run: little of everything, once; it proves that all of it works and says nothing of speed
 *   --only <workload>  only this workload or group of figures; may be given several times
 *   --rivals a,b       only these rivals
 *   --reps <n>         repetitions; default 3
 *   --tally <file>     writes `{ passed, failed }` there
 *
 * Prints the table; a whole run also writes it, and a chart, to `results/`, and its part of the pages.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Bed, makeBed, type Surroundings } from './bed.js';
import { chart } from './chart.js';
import { FIGURES, runFigures } from './figures.js';
import { NoKernelLine } from './kernel-line.js';
import type { Results } from './measurement.js';
import { updatePages } from './readme.js';
import { report } from './report.js';
import { installRivals, RIVALS } from './rivals.js';
import { type RunOptions, runUploads } from './uploads.js';
import { WORKLOADS } from './workloads.js';

const RESULTS = fileURLToPath(new URL('results', import.meta.url));

function readOptions(): RunOptions & { only: string[] | undefined; tally: string | undefined } {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      rivals: { type: 'string' },
      reps: { type: 'string' },
      tally: { type: 'string' },
    },
  });
  const check = (given: string[] | undefined, known: string[], what: string): string[] | undefined => {
    const unknown = given?.filter((id) => !known.includes(id)) ?? [];
    if (unknown.length > 0) throw new RangeError(`No ${what} is called ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
    return given;
  };
  const repetitions = Number(values.reps ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(repetitions) || repetitions < 1) throw new RangeError('--reps must be a whole number above 0.');
  return {
    quick: values.quick,
    repetitions,
    only: check(
      values.only,
      [...WORKLOADS, ...FIGURES].map(({ id }) => id),
      'workload',
    ),
    rivals: check(
      values.rivals?.split(','),
      RIVALS.map(({ id }) => id),
      'rival',
    ),
    tally: values.tally,
  };
}

/** In surroundings of their own, or in those of most. */
async function within(surroundings: Surroundings | undefined, usual: Bed, run: (bed: Bed) => Promise<void>): Promise<void> {
  if (!surroundings) return run(usual);
  let own: Bed | undefined;
  try {
    own = await makeBed(surroundings);
    await run(own);
  } catch (error) {
    if (!(error instanceof NoKernelLine)) throw error;
    console.log(`  SKIPPED: this machine has no such line. ${error.message}`);
  } finally {
    await own?.close();
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  await installRivals();
  const isWanted = ({ id, byHand = false }: { id: string; byHand?: boolean }): boolean => options.only?.includes(id) ?? !byHand;
  const results: Results = { measurements: [], figures: [], failures: [], checks: 0 };
  const start = Date.now();
  const bed = await makeBed();
  try {
    for (const workload of WORKLOADS.filter(isWanted)) {
      console.log(`\n${workload.title}`);
      await within(workload.surroundings, bed, (around) => runUploads(around, workload, options, results));
    }
    for (const group of FIGURES.filter(isWanted)) {
      console.log(`\n${group.id}`);
      await runFigures(bed, group, options, results);
    }
  } finally {
    await bed.close();
  }
  const circumstances = { ...options, chromium: bed.chromium.version, seconds: (Date.now() - start) / 1000 };
  const markdown = report(results, circumstances);
  const svg = chart(results);
  // Of a smoke run they would only mislead.
  console.log(options.quick ? '' : `\n${markdown}`);
  if (!options.quick && !options.only && !options.rivals) {
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(`${RESULTS}/results.md`, markdown);
    writeFileSync(`${RESULTS}/chart.svg`, svg);
    updatePages(results, circumstances);
  }
  const failed = results.failures.length;
  const passed = results.checks - failed;
  if (options.tally) writeFileSync(options.tally, JSON.stringify({ passed, failed }));
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
