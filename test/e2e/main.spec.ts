import { expect, test } from './fixtures.js';
import {
  acknowledged,
  count,
  createControl,
  expectUploaded,
  MiB,
  oneTo,
  outcomeOf,
  startUpload,
  transcript,
  watchLongTasks,
} from './helpers.js';

/** MiB; the big one takes a minute and is asked for. What it prints of long tasks means something on an idle machine only. */
const SIZES = process.env.E2E_BIG ? [64, 1024] : [64];

for (const size of SIZES) {
  test(`uploads ${size} MiB byte for byte, verified`, async ({ page, pageUrl, makeFile, oss }) => {
    test.setTimeout(600_000);
    const path = await makeFile(size * MiB, size);
    const key = `main/${size}.bin`;
    const longTasks = await watchLongTasks(page);
    await page.goto(pageUrl);
    await longTasks();
    await startUpload(page, path, { ossUrl: oss.url, upload: { key } });
    const { result } = await outcomeOf(page);
    console.log(`${size} MiB: long tasks: ${await longTasks()}`);

    const [object] = await createControl(oss.url).objects();
    expect(object).toMatchObject({ key, size: size * MiB, type: 'Multipart' });
    expect(result).toMatchObject({ key, size: size * MiB, verified: true, crc64: object!.crc64 });
    await expectUploaded(page, { ossUrl: oss.url, key, path });
    const log = await transcript(oss.url, key);
    const { total } = await page.evaluate(() => window.upload!.task.getSnapshot().progress.parts);
    expect(acknowledged(log).sort((a, b) => a - b)).toEqual(oneTo(total));
    expect([count(log, 'InitiateMultipartUpload'), count(log, 'CompleteMultipartUpload')]).toEqual([1, 1]);
  });

  // Only Chromium tells how much memory a page's script holds, and collects its garbage when asked.
  test(`uploads ${size} MiB without filling the page's memory`, { tag: '@chromium' }, async ({ page, pageUrl, makeFile, oss }) => {
    test.setTimeout(600_000);
    const path = await makeFile(size * MiB, size);
    await page.goto(pageUrl);
    const session = await page.context().newCDPSession(page);
    const heap = async (): Promise<number> => (await session.send('Runtime.getHeapUsage')).usedSize;
    await session.send('HeapProfiler.collectGarbage');
    const before = await heap();

    await startUpload(page, path, { ossUrl: oss.url, upload: { key: `main/heap-${size}.bin` } });
    let peak = before;
    let ended = false;
    const outcome = outcomeOf(page).finally(() => {
      ended = true;
    });
    while (!ended) {
      peak = Math.max(peak, await heap());
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await outcome).toMatchObject({ result: { verified: true } });
    await session.send('HeapProfiler.collectGarbage');
    const kept = (await heap()) - before;
    console.log(`${size} MiB: heap +${((peak - before) / MiB).toFixed(1)} MiB at most, +${(kept / MiB).toFixed(1)} MiB kept`);
    // A part of 16 MiB held in memory would show, garbage or not.
    expect(peak - before).toBeLessThan(20 * 1_000_000);
  });
}
