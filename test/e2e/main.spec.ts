/** A big file: its bytes, its parts, and the memory it takes. */
import { MiB } from '../helpers/sizes.js';
import { acknowledged, count, oneTo, transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload, watchLongTasks } from './helpers.js';

/** In MiB; the big one takes a minute and runs with E2E_BIG. The printed long tasks are meaningful on an idle machine only. */
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

    const [object] = oss.control.objects();
    expect(object).toMatchObject({ key, size: size * MiB, type: 'Multipart' });
    expect(result).toMatchObject({ key, size: size * MiB, verified: true, crc64: object!.crc64 });
    await expectUploaded(page, { ossUrl: oss.url, key, path });
    const log = await transcript(oss.url, key);
    const { total } = await page.evaluate(() => window.upload!.task.getSnapshot().progress.parts);
    expect(acknowledged(log).sort((a, b) => a - b)).toEqual(oneTo(total));
    expect([count(log, 'InitiateMultipartUpload'), count(log, 'CompleteMultipartUpload')]).toEqual([1, 1]);
  });

  // Only Chromium reports a page's heap and collects garbage on demand.
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
      await sleep(100);
    }
    expect(await outcome).toMatchObject({ result: { verified: true } });
    await session.send('HeapProfiler.collectGarbage');
    const kept = (await heap()) - before;
    console.log(`${size} MiB: heap +${((peak - before) / MiB).toFixed(1)} MiB at most, +${(kept / MiB).toFixed(1)} MiB at the end`);
    // A part of 16 MiB held in memory would show, garbage or not.
    expect(peak - before).toBeLessThan(20 * 1_000_000);
  });
}
