/** Repeated `kill -9` of the browser at random moments. */
import { expect } from '../e2e/fixtures.js';
import { expectUploaded, outcomeOf, randomNumbers, startUpload, statesOf } from '../e2e/helpers.js';
import type { Setup } from '../e2e/page/main.js';
import { createControl, type LogEntry } from '../helpers/oss-control.js';
import { KiB, MiB } from '../helpers/sizes.js';
import { acknowledged, acknowledgedTwice, count, oneTo, partNumbers, sentAgain, transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';
import { expectNothingLeft, IS_REDUCED, report, testOnNewPage as test } from './campaign.js';

const SIZE = 256 * MiB;
const PART = 256 * KiB;
const PARALLEL = 4;
/** Firefox takes several times as long to start; `npm test` kills less often. */
const KILLS = { chromium: IS_REDUCED ? 8 : 30, firefox: 12, webkit: 0 };
/** Slow enough for all kills to fall into one upload: one second of the link for each, of which a page uses half on average. */
const RATE = 8 * MiB;

test(
  'repeated kills of the browser over one file of 256 MiB: each costs at most the parts in flight, and the object is the file',
  {
    tag: '@kill',
  },
  async ({ pageUrl, makeFile, makeFolder, launchBrowser, oss, browserName }, testInfo) => {
    test.setTimeout(900_000);
    const kills = KILLS[browserName];
    const control = createControl(oss.url);
    const random = randomNumbers();
    const path = await makeFile(SIZE, 1);
    const key = 'faults/kills.bin';
    const setup: Setup = { ossUrl: oss.url, uploader: { parallel: PARALLEL, partSize: PART }, upload: { key } };
    const profile = await makeFolder();
    const logs: LogEntry[][] = [];
    const began = Date.now();
    await control.setLink({ bytesPerSecond: RATE });
    for (let kill = 0; kill <= kills; kill += 1) {
      const browser = await launchBrowser(profile);
      const page = await browser.context.newPage();
      await page.goto(pageUrl);
      logs.push(await transcript(oss.url, key));
      if (kill === kills) {
        await control.setLink({ bytesPerSecond: null });
        await startUpload(page, path, setup);
        await expectUploaded(page, { ossUrl: oss.url, key, path });
        const seconds = (Date.now() - began) / 1000;
        const [outcome, states, log] = [await outcomeOf(page), await statesOf(page), await transcript(oss.url, key)];
        const row = { group: 'Kills', fault: 'repeated kill -9 of the browser', stage: 'random moments of 256 MiB' };
        report(testInfo, row, { outcome, states, sentences: [], log, seconds, size: SIZE });
        await expectNothingLeft(page, setup);
        break;
      }
      await startUpload(page, path, setup);
      // The first kill may come before the upload exists, the others come while parts are sent or compared.
      if (kill > 0) await expect.poll(() => statesOf(page), { intervals: [10] }).toContain('uploading');
      await sleep(random() * 800);
      await browser.kill();
    }

    const after = await transcript(oss.url, key);
    const costs = logs.slice(1).map((before, index) => {
      const interruption = { before, since: logs[index]!, after };
      expect(acknowledgedTwice(interruption), `kill ${index + 1}`).toEqual([]);
      return { sent: partNumbers(before).length - partNumbers(logs[index]!).length, ...sentAgain(interruption) };
    });
    const bytes = costs.map((cost) => cost.bytes);
    const total = bytes.reduce((sum, each) => sum + each, 0);
    console.log(
      `KiB sent again for each kill: ${bytes.map((each) => (each / KiB).toFixed()).join(', ')}; on average ${(total / kills / KiB).toFixed()}, at most ${(Math.max(...bytes) / KiB).toFixed()}; the limit, parallel × partSize, is ${(PARALLEL * PART) / KiB}. Parts sent before each kill: ${costs.map(({ sent }) => sent).join(', ')}.`,
    );
    // Most of the kills came while parts were sent.
    expect(costs.filter(({ sent }) => sent > 0).length).toBeGreaterThanOrEqual(kills * 0.8);
    for (const [index, cost] of costs.entries()) {
      expect(cost.numbers.length, `kill ${index + 1}`).toBeLessThanOrEqual(PARALLEL);
      expect(cost.bytes, `kill ${index + 1}`).toBeLessThanOrEqual(PARALLEL * PART);
    }
    expect([...new Set(acknowledged(after))].sort((a, b) => a - b)).toEqual(oneTo(SIZE / PART));
    expect(count(after, 'CompleteMultipartUpload')).toBe(1);
    // A browser killed between Initiate and its record doesn't know that upload: parts are sent only after the record is stored.
    const used = new Set(after.filter(({ operation }) => operation === 'UploadPart').map(({ uploadId }) => uploadId));
    expect(used.size).toBe(1);
  },
);
