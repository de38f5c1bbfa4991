/**
 * Networks and pages that hide a part's progress: a service worker reports none, a gateway accepts a part at once, deep
 * buffers absorb it. Each part takes about twice `stallTimeout` here, and none of them stalls.
 */
import type { Page } from '@playwright/test';
import { KiB } from '../helpers/sizes.js';
import { count, oneTo, partNumbers, transcript } from '../helpers/transcript.js';
import { expect, test as base } from './fixtures.js';
import { expectUploaded, startUpload } from './helpers.js';
import { type LineOptions, type SlowLine, startSlowLine } from './slow-line.js';

const test = base.extend<{ startLine(options: LineOptions): Promise<SlowLine> }>({
  startLine: async ({ oss }, use) => {
    const lines: SlowLine[] = [];
    await use(async (options) => {
      const line = await startSlowLine(oss.url, options);
      lines.push(line);
      return line;
    });
    for (const line of lines) await line.close();
  },
});

const PART = 256 * KiB;
const PARTS = 16;
const PARALLEL = 4;
const RATE = 512 * KiB;
/** A round of parts takes 2,000 ms. */
const STALL_TIMEOUT = 1_000;

async function installServiceWorker(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/pass-through.sw.js');
    if (!navigator.serviceWorker.controller) {
      await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
    }
  });
}

/** As a page that monitors its requests: `upload` exists and reports nothing. */
async function hideProgress(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Object.defineProperty(XMLHttpRequest.prototype, 'upload', { get: () => new EventTarget() });
  });
}

interface Situation {
  title: string;
  line: LineOptions;
  /**
   * How often a part of the first round may be sent. Until the first answer shows the speed of the line, a gateway that has
   * accepted a part can't be distinguished from one that has lost it: patience starts at `stallTimeout` and grows. @default 1
   */
  firstRound?: number;
  before?: (page: Page) => Promise<void>;
  opened?: (page: Page) => Promise<void>;
}

const SITUATIONS: Situation[] = [
  { title: 'a service worker that forwards everything', line: { rate: RATE, buffer: 16 * KiB }, opened: installServiceWorker },
  {
    title: 'a service worker, and a gateway that accepts parts at once',
    line: { rate: RATE },
    firstRound: 3,
    opened: installServiceWorker,
  },
  { title: 'a page whose XMLHttpRequest reports no progress', line: { rate: RATE, buffer: 16 * KiB }, firstRound: 2, before: hideProgress },
  { title: 'a gateway that accepts parts at once and forwards them slowly', line: { rate: RATE }, firstRound: 2 },
  { title: 'buffers that hold half of a part', line: { rate: RATE, buffer: PART / 2 }, firstRound: 2 },
];

for (const { title, line: options, firstRound = 1, before, opened } of SITUATIONS) {
  test(`${title}: ${firstRound === 1 ? 'no part is sent twice' : 'once the line is known, no part is sent twice'}`, async ({
    page,
    pageUrl,
    makeFile,
    oss,
    startLine,
  }) => {
    const size = PARTS * PART;
    const path = await makeFile(size, 1);
    const key = 'unseen/file.bin';
    const line = await startLine(options);
    await before?.(page);
    await page.goto(pageUrl);
    await opened?.(page);
    const began = Date.now();
    await startUpload(page, path, {
      ossUrl: oss.url,
      uploader: { endpoint: line.url, partSize: PART, parallel: PARALLEL, stallTimeout: STALL_TIMEOUT },
      upload: { key },
    });
    await expectUploaded(page, { ossUrl: oss.url, key, path });
    console.log(`${title}: ${Date.now() - began} ms, ${Math.round((size / RATE) * 1000)} ms for the bytes alone`);
    const repeated = line.parts().filter((number, index, all) => all.indexOf(number) < index);
    expect([...new Set(line.parts())].sort((a, b) => a - b)).toEqual(oneTo(PARTS));
    expect(new Set(repeated).size, `repeated: ${repeated}`).toBeLessThanOrEqual(firstRound > 1 ? PARALLEL : 0);
    expect(repeated.length, `repeated: ${repeated}`).toBeLessThanOrEqual((firstRound - 1) * PARALLEL);
    // The line carries hardly more than the file, so the upload takes as long as its bytes.
    expect(line.carried()).toBeLessThan((size + repeated.length * PART) * 1.05);
  });
}

test('parts in the browser’s queue don’t stall: twelve over six connections', async ({ page, pageUrl, makeFile, oss, startLine }) => {
  const size = 36 * 100 * KiB;
  const path = await makeFile(size, 2);
  const key = 'unseen/queue.bin';
  // Six parts take 2,300 ms, and six more wait for as long before their first byte.
  const line = await startLine({ rate: 256 * KiB, buffer: 16 * KiB });
  await page.goto(pageUrl);
  await startUpload(page, path, {
    ossUrl: oss.url,
    uploader: { endpoint: line.url, partSize: 100 * KiB, parallel: 12, stallTimeout: STALL_TIMEOUT },
    upload: { key },
  });
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  expect(line.parts().sort((a, b) => a - b)).toEqual(oneTo(36));
});

test('a part that stalls behind a service worker is sent again', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(8 * 100 * KiB, 3);
  const key = 'unseen/stalled.bin';
  await page.goto(pageUrl);
  await installServiceWorker(page);
  oss.control.addFault({ key, operation: 'UploadPart', partNumber: 3, times: 1, fault: { kind: 'stall' } });
  await startUpload(page, path, {
    ossUrl: oss.url,
    uploader: { partSize: 100 * KiB, parallel: 2, stallTimeout: STALL_TIMEOUT },
    upload: { key },
  });
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  const log = await transcript(oss.url, key);
  expect(partNumbers(log).sort((a, b) => a - b)).toEqual([1, 2, 3, 3, 4, 5, 6, 7, 8]);
  expect(count(log, 'CompleteMultipartUpload')).toBe(1);
});
