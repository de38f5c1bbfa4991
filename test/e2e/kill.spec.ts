import { join } from 'node:path';
import { expect, test } from './fixtures.js';
import {
  acknowledged,
  acknowledgedTwice,
  count,
  createControl,
  expectUploaded,
  KiB,
  type LogEntry,
  MiB,
  oneTo,
  partNumbers,
  randomNumbers,
  sentAgain,
  sleep,
  startUpload,
  statesOf,
  transcript,
  untilPartsDone,
} from './helpers.js';

const PARALLEL = 4;
const PART = 512 * KiB;
const KILLS = 6;

test('a browser killed again and again loses the parts in flight and nothing else', { tag: '@kill' }, async ({
  pageUrl,
  makeFile,
  makeFolder,
  launchBrowser,
  oss,
}) => {
  test.setTimeout(240_000);
  const control = createControl(oss.url);
  const random = randomNumbers();
  const path = await makeFile(32 * MiB, 1);
  const key = 'kill/browser.bin';
  const setup = { ossUrl: oss.url, uploader: { parallel: PARALLEL, partSize: PART }, upload: { key } };
  const profile = await makeFolder();
  const logs: LogEntry[][] = [];
  // All moments together are shorter than the time the link needs for the file.
  await control.setLink({ bytesPerSecond: 6 * MiB });
  for (let kill = 0; kill < KILLS; kill += 1) {
    const browser = await launchBrowser(profile);
    const page = await browser.context.newPage();
    await page.goto(pageUrl);
    logs.push(await transcript(oss.url, key));
    await startUpload(page, path, setup);
    // The first kill may come before there is an upload, the others come while parts are sent.
    if (kill > 0) await expect.poll(() => statesOf(page), { intervals: [20] }).toContain('uploading');
    await sleep(random() * 600);
    await browser.kill();
  }
  const browser = await launchBrowser(profile);
  const page = await browser.context.newPage();
  await page.goto(pageUrl);
  logs.push(await transcript(oss.url, key));
  await control.setLink({ bytesPerSecond: null });
  await startUpload(page, path, setup);
  await expectUploaded(page, { ossUrl: oss.url, key, path });

  const after = await transcript(oss.url, key);
  const costs = logs.slice(1).map((before, index) => {
    const interruption = { before, since: logs[index]!, after };
    expect(acknowledgedTwice(interruption), `kill ${index + 1}`).toEqual([]);
    return { sent: partNumbers(before).length - partNumbers(logs[index]!).length, ...sentAgain(interruption) };
  });
  console.log(
    `parts sent, sent again, bytes: ${costs.map(({ sent, numbers, bytes }) => `${sent}, ${numbers.length}, ${(bytes / KiB).toFixed()} KiB`).join('; ')}; the limit is ${PARALLEL} and ${(PARALLEL * PART) / KiB} KiB`,
  );
  expect(costs.filter(({ sent }) => sent > 0).length).toBeGreaterThanOrEqual(KILLS - 1);
  for (const { numbers, bytes } of costs) {
    expect(numbers.length).toBeLessThanOrEqual(PARALLEL);
    expect(bytes).toBeLessThanOrEqual(PARALLEL * PART);
  }
  expect([...new Set(acknowledged(after))].sort((a, b) => a - b)).toEqual(oneTo(64));
  expect(count(after, 'CompleteMultipartUpload')).toBe(1);
  // Killed between Initiate and its record, a browser can't know of the upload it began: parts are sent only once it is recorded.
  const used = new Set(after.filter(({ operation }) => operation === 'UploadPart').map(({ uploadId }) => uploadId));
  expect(used.size).toBe(1);
});

test('the service killed in the middle and started again: the page goes on by itself', async ({
  page,
  pageUrl,
  makeFile,
  makeFolder,
  startOssProcess,
}) => {
  const dataDir = join(await makeFolder(), 'oss');
  const first = await startOssProcess({ dataDir });
  await createControl(first.url).setLink({ bytesPerSecond: 8 * MiB });
  const path = await makeFile(16 * MiB, 2);
  const key = 'kill/service.bin';
  // Asks often, so as not to wait long once it is back.
  const retry = { limit: 100, maxDelay: 500 };
  const setup = { ossUrl: first.url, uploader: { parallel: PARALLEL, partSize: PART, retry }, upload: { key } };
  await page.goto(pageUrl);
  await startUpload(page, path, setup);
  await untilPartsDone(page, 8);
  const before = await transcript(first.url, key);
  await first.kill();
  await expect.poll(() => statesOf(page)).toContain('waiting: network');

  const second = await startOssProcess({ dataDir, port: first.port });
  await expectUploaded(page, { ossUrl: second.url, key, path });
  // The second process counts its own requests: all of them came after the kill.
  const after = await transcript(second.url, key);
  const known = new Set(acknowledged(before));
  expect(known.size).toBeGreaterThanOrEqual(8);
  expect(partNumbers(after).filter((number) => known.has(number))).toEqual([]);
  expect([count(after, 'InitiateMultipartUpload'), count(after, 'ListParts'), count(after, 'CompleteMultipartUpload')]).toEqual([0, 0, 1]);
});
