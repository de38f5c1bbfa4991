/** What a page that dies costs on a slow line: bytes that the line has carried, of parts that are not stored. */
import type { Bed } from './bed.js';
import { begin, type FigureGroup } from './figure-group.js';

const MB = 1e6;

/** Looks at an upload of a file of `size` bytes until so much of it has been carried, in parts of automatic size on a line that is new. */
async function watchUpload(bed: Bed, size: number, bytesPerSecond: number, share: number): Promise<{ worst: number; kept: number }> {
  const { server, links } = bed;
  const [file] = await bed.makeFiles(1, size);
  await server.call('reset');
  const setup = await bed.setup({ bytesPerSecond, roundTrip: 50 }, { keys: ['interruption/0.bin'], partSize: 'auto' });
  const port = Number(new URL(setup.endpoint).port);
  const page = await bed.open([file!.path]);
  try {
    await begin(page, 'oss-resumable', setup);
    let worst = 0;
    for (;;) {
      // First what is stored, or a part that ends in between would count as lost.
      const kept = await server.call('bytesStored');
      const carried = await links.call('carried', port);
      worst = Math.max(worst, carried - kept);
      const failure = await page.evaluate<string | null>('bench.failure ?? null');
      if (failure !== null) throw new Error(failure);
      if (carried >= share * size) return { worst: worst / bytesPerSecond, kept: (100 * kept) / size };
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await page.close();
  }
}

export const interruption: FigureGroup = {
  id: 'interruption',
  repetitions: 1,
  figures: {
    slow: { title: 'lost at most by a kill, 1 Mbit/s up, a new line', unit: 's' },
    usual: { title: 'lost at most by a kill, 5 Mbit/s up, a new line', unit: 's' },
    fast: { title: 'lost at most by a kill, 50 Mbit/s up, a new line', unit: 's' },
    kept: { title: 'kept of 60 MB at 5 Mbit/s, killed at 37 %', unit: '%' },
  },
  prepare: async (bed, quick) => async () => {
    const scale = quick ? 0.05 : 1;
    const slow = await watchUpload(bed, 8 * MB * scale, MB / 8, 0.37);
    const usual = await watchUpload(bed, 60 * MB * scale, (5 * MB) / 8, 0.37);
    const fast = await watchUpload(bed, 400 * MB * scale, (50 * MB) / 8, 0.37);
    return { slow: slow.worst, usual: usual.worst, fast: fast.worst, kept: usual.kept };
  },
};
