/** Runs the workloads that are uploads: every contestant in every repetition, in turn. */
import { planParts } from '../../src/core/plan.js';
import type { Bed } from './bed.js';
import type { Measurement, Results } from './measurement.js';
import type { PageMeasurement } from './page/setup.js';
import { cpuSeconds, watchMemory } from './proc.js';
import { RIVALS, type Rival } from './rivals.js';
import type { TestFile } from './server.js';
import type { Contestant, Workload } from './workloads.js';

export interface RunOptions {
  quick: boolean;
  repetitions: number;
  /** IDs of the rivals wanted; absent: all. */
  rivals?: string[] | undefined;
}

/** Where the part size or the number of requests is what differs, it is the contestant's name. */
export function contestantName({ yardstick }: Workload, { rival, partSize, parallel }: Contestant): string {
  if (parallel !== undefined) return `${parallel} in flight`;
  if (yardstick === 'raw') return rival;
  if (typeof partSize === 'number') return `${partSize / 1024} KiB`;
  return rival === 'known' ? 'auto, line known' : 'auto';
}

function rivalOf(contestant: Contestant): Rival {
  return RIVALS.find(({ id }) => id === contestant.rival) as Rival;
}

export async function runUploads(bed: Bed, workload: Workload, options: RunOptions, results: Results): Promise<void> {
  const { files = 1, size } = options.quick ? workload.quick : workload.full;
  const contestants = workload.contestants
    .filter(({ rival }) => options.rivals?.includes(rival) ?? true)
    // Of a sweep, as many as it takes to see that it works.
    .slice(0, options.quick && workload.yardstick === 'best-fixed' ? 2 : undefined);
  if (contestants.length === 0) return;
  const uploads = await bed.server.call('makeFiles', await bed.makeFolder(), files, size);
  for (const { partSize } of contestants) {
    if (partSize !== 'whole') await bed.server.call('learn', size, planParts(size, partSize).partSize);
  }
  const broken = new Set<Contestant>();
  for (let repetition = 0; repetition < Math.min(options.repetitions, workload.repetitions ?? options.repetitions); repetition += 1) {
    // Another one begins each time, so that no place in the order is somebody's own.
    const shift = repetition % contestants.length;
    for (const contestant of [...contestants.slice(shift), ...contestants.slice(0, shift)]) {
      if (broken.has(contestant)) continue;
      const name = contestantName(workload, contestant);
      results.checks += 1;
      try {
        const measurement = await upload(bed, workload, contestant, uploads, repetition);
        results.measurements.push(measurement);
        console.log(`  ${workload.id}  ${name.padEnd(12)} ${measurement.mebibytesPerSecond.toFixed(1).padStart(8)} MiB/s`);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        results.failures.push({ workload: workload.id, contestant: name, reason });
        console.error(`  ${workload.id}  ${name.padEnd(12)} FAILED: ${reason}`);
        broken.add(contestant);
      }
    }
  }
}

async function upload(
  bed: Bed,
  workload: Workload,
  contestant: Contestant,
  files: readonly TestFile[],
  repetition: number,
): Promise<Measurement> {
  const { server, chromium } = bed;
  const { module, variant = {} } = rivalOf(contestant);
  const { partSize, parallel = 6 } = contestant;
  await server.call('reset');
  // Never twice the same: the browser remembers a URL's preflight for ten minutes.
  const keys = files.map((_, index) => `${workload.id}/${performance.now()}/${index}.bin`);
  const page = await bed.open(files.map(({ path }) => path));
  try {
    const setup = await bed.setup(workload.link, { keys, partSize, parallel, variant });
    await page.evaluate(`bench.prepare(${JSON.stringify(module)}, ${JSON.stringify(setup)})`);
    await page.send('HeapProfiler.collectGarbage');
    const cpu = (): [number, number] => [cpuSeconds(chromium.pid), cpuSeconds(server.pid)];
    const [browserBefore, serverBefore] = cpu();
    const memoryGrowth = watchMemory(page.rendererPid);

    const measured = await page.evaluate<PageMeasurement>('bench.run()');

    const [browserAfter, serverAfter] = cpu();
    const { parts, bytes } = await checkArrival(bed, keys, files);
    const seconds = measured.milliseconds / 1000;
    return {
      workload: workload.id,
      contestant: contestantName(workload, contestant),
      repetition,
      ...measured,
      mebibytesPerSecond: bytes / 1024 ** 2 / seconds,
      partsPerSecond: parts / seconds,
      browserCpu: browserAfter - browserBefore,
      serverCpu: serverAfter - serverBefore,
      memoryGrowth: memoryGrowth(),
    };
  } finally {
    await page.close();
  }
}

/** @throws {Error} unless every file is there, and equal to what was to be sent */
async function checkArrival({ server }: Bed, keys: string[], files: readonly TestFile[]): Promise<{ parts: number; bytes: number }> {
  const arrived = await server.call('arrived', keys);
  for (const [index, { size, crc64 }] of files.entries()) {
    const object = arrived[index];
    if (object === undefined) throw new Error(`"${keys[index]}" has not arrived.`);
    if (object.size !== size || object.crc64 !== crc64) {
      throw new Error(`"${keys[index]}" arrived wrong: ${object.size} bytes of ${size}, CRC-64 ${object.crc64} instead of ${crc64}.`);
    }
  }
  return {
    parts: arrived.reduce((sum, object) => sum + (object?.parts ?? 0), 0),
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  };
}
