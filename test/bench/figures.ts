/** What is measured by itself, not as an upload among rivals. */
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bed } from './bed.js';
import type { Page } from './chromium.js';
import { begin, type FigureGroup, until, type Values } from './figure-group.js';
import { interruption } from './interruption.js';
import type { Figure, Results } from './measurement.js';
import type { FolderMeasurement } from './page/probes/folder.js';
import { start } from './start.js';
import type { RunOptions } from './uploads.js';

const MiB = 1024 ** 2;

async function onPage<T>(bed: Bed, files: string[], use: (page: Page) => Promise<T>): Promise<T> {
  const page = await bed.open(files);
  try {
    return await use(page);
  } finally {
    await page.close();
  }
}

const fingerprint: FigureGroup = {
  id: 'fingerprint',
  figures: {
    first: { title: 'fingerprint of a sparse file of 20 GB, worker not started yet', unit: 'ms' },
    again: { title: 'fingerprint of a sparse file of 20 GB, again', unit: 'ms' },
  },
  async prepare(bed) {
    const path = join(await bed.makeFolder(), 'sparse.bin');
    const file = await open(path, 'w');
    await file.truncate(20e9);
    await file.close();
    return () => onPage(bed, [path], (page) => page.evaluate<Values>(`bench.probe('fingerprint')`));
  },
};

const crc64: FigureGroup = {
  id: 'crc64',
  figures: {
    alone: { title: 'CRC-64 in a worker, arithmetic alone', unit: 'MB/s' },
    reading: { title: 'CRC-64 in the worker, with reading the file', unit: 'MB/s' },
  },
  async prepare(bed, quick) {
    const [file] = await bed.server.call('makeFiles', await bed.makeFolder(), 1, (quick ? 16 : 512) * MiB);
    return () => onPage(bed, [file!.path], (page) => page.evaluate<Values>(`bench.probe('crc64', ${quick ? 2 : 64})`));
  },
};

const checkpoint: FigureGroup = {
  id: 'checkpoint',
  figures: {
    wall: { title: 'checkpoint of one part, at part 10,000: wall', unit: 'ms' },
    main: { title: 'checkpoint of one part, at part 10,000: main thread', unit: 'ms' },
  },
  async prepare(bed, quick) {
    const [before, count] = quick ? [100, 10] : [9_000, 1_000];
    return () =>
      onPage(bed, [], async (page) => {
        await page.send('Performance.enable');
        /** Seconds that the main thread has spent in tasks. */
        const busy = async (): Promise<number> => {
          const { metrics } = await page.send<{ metrics: { name: string; value: number }[] }>('Performance.getMetrics');
          return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
        };
        await page.evaluate(`bench.probe('checkpoint', 'begin', ${before + 1}, ${before})`);
        const start = await busy();
        const wall = await page.evaluate<number>(`bench.probe('checkpoint', 'save', ${before + 1}, ${count})`);
        return { wall: wall / count, main: ((await busy()) - start) * (1000 / count) };
      });
  },
};

const resume: FigureGroup = {
  id: 'resume',
  figures: {
    firstByte: { title: 'resume of 10,000 parts: until the first new byte reaches the server', unit: 'ms' },
    held: { title: 'JavaScript heap that is held when 9,600 of 10,000 parts are done, garbage collected', unit: 'MB' },
  },
  async prepare(bed, quick) {
    const { server } = bed;
    const [parts, missing] = quick ? [60, 20] : [10_000, 400];
    const partSize = 102_400;
    const [file] = await server.call('makeFiles', await bed.makeFolder(), 1, parts * partSize);
    const start = async (page: Page): Promise<number> => {
      const setup = await bed.setup(undefined, { keys: ['resume/0.bin'], partSize });
      return begin(page, 'oss-resumable', setup);
    };
    await server.call('reset');
    await server.call('stallAfter', parts - missing);
    const heap = async (page: Page): Promise<number> => {
      await page.send('HeapProfiler.collectGarbage');
      return page.evaluate('performance.memory.usedJSHeapSize / 1e6');
    };
    // Closed in the middle, as a user would.
    const held = await onPage(bed, [file!.path], async (page) => {
      const before = await heap(page);
      await start(page);
      await until(async () => (await server.call('partsStored')) === parts - missing);
      return (await heap(page)) - before;
    });
    await server.call('stallAfter', undefined);
    return () =>
      onPage(bed, [file!.path], async (page) => {
        const stored = await server.call('partsStored');
        await server.call('clearLog');
        const startedAt = await start(page);
        const firstByte = (await until(() => server.call('firstUpload'))) - startedAt;
        if ((await server.call('partsStored')) < stored) throw new Error('It began anew instead of going on.');
        return { firstByte, held };
      });
  },
};

const folder: FigureGroup = {
  id: 'folder',
  repetitions: 1,
  figures: {
    firstByte: { title: 'drop of a folder of 20,000 files: until the first byte reaches the server', unit: 'ms' },
    longest: { title: 'drop of a folder of 20,000 files: longest task of the main thread in 15 s, while uploading', unit: 'ms' },
  },
  async prepare(bed, quick) {
    const { server } = bed;
    const [folders, files] = quick ? [4, 25] : [100, 200];
    const root = await bed.makeFolder();
    for (let index = 0; index < folders; index += 1) {
      const path = join(root, `folder ${index}`);
      await mkdir(path);
      await server.call('makeFiles', path, files, 1000);
    }
    return () =>
      onPage(bed, [], async (page) => {
        await server.call('reset');
        const setup = await bed.setup(undefined, { keys: [], partSize: 'auto' });
        const measuring = page.evaluate<FolderMeasurement>(`bench.probe('folder', ${JSON.stringify(setup)})`);
        await until(async () => (await page.evaluate('document.title')) === 'ready');
        await page.drop([root]);
        const { droppedAt, files: found, longTasks } = await measuring;
        if (found === 0) throw new Error('No file was found.');
        const firstByte = (await until(() => server.call('firstUpload'))) - droppedAt;
        return { firstByte, longest: longTasks.longest };
      });
  },
};

export const FIGURES: readonly FigureGroup[] = [fingerprint, crc64, checkpoint, resume, folder, start, interruption];

export async function runFigures(bed: Bed, group: FigureGroup, { quick, repetitions }: RunOptions, results: Results): Promise<void> {
  const figures: Figure[] = Object.entries(group.figures).map(([id, figure]) => ({ id: `${group.id}.${id}`, ...figure, values: [] }));
  results.checks += 1;
  try {
    const measureOnce = await group.prepare(bed, quick);
    for (let repetition = 0; repetition < Math.min(repetitions, group.repetitions ?? repetitions); repetition += 1) {
      const values = await measureOnce();
      for (const figure of figures) figure.values.push(values[figure.id.slice(group.id.length + 1)] as number);
    }
    results.figures.push(...figures);
    for (const { id, values, unit } of figures)
      console.log(`  ${id.padEnd(24)} ${values.map((value) => value.toFixed(2)).join(', ')} ${unit}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    results.failures.push({ workload: group.id, contestant: 'oss-resumable', reason });
    console.error(`  ${group.id} FAILED: ${reason}`);
  }
}
