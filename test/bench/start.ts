/** What comes before the first byte: of a big file, beside one request that was signed ahead. */
import type { Bed } from './bed.js';
import { begin, type FigureGroup, until } from './figure-group.js';

const ROUND_TRIP = 50;
const MiB = 1024 ** 2;

/** Milliseconds from the call until the first part or object reaches the server. */
async function firstByte(bed: Bed, rival: string, path: string): Promise<number> {
  const { server } = bed;
  await server.call('reset');
  const setup = await bed.setup({ roundTrip: ROUND_TRIP }, { keys: [`start/${performance.now()}.bin`], partSize: 8 * MiB });
  const page = await bed.open([path]);
  try {
    await server.call('clearLog');
    const calledAt = await begin(page, rival, setup);
    return (await until(() => server.call('firstUpload'))) - calledAt;
  } finally {
    await page.close();
  }
}

export const start: FigureGroup = {
  id: 'start',
  figures: {
    own: { title: 'from the call until the first part reaches the server, round trip of 50 ms', unit: 'ms' },
    beyond: { title: 'the same, beyond a part that was signed ahead', unit: 'ms' },
  },
  async prepare(bed, quick) {
    const [file] = await bed.makeFiles(1, (quick ? 16 : 64) * MiB);
    return async () => {
      const raw = await firstByte(bed, 'raw', file!.path);
      const own = await firstByte(bed, 'oss-resumable', file!.path);
      return { own, beyond: own - raw };
    };
  },
};
