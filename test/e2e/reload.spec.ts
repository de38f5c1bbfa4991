/** Reloads at any moment of an upload. */
import { KiB, MiB } from '../helpers/sizes.js';
import { acknowledgedTwice, count, parts, sentAgain, transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, randomNumbers, startUpload, unfinishedKeys } from './helpers.js';

const RATE = 16 * MiB;
const ROUNDS = process.env.REPETITIONS === 'few' ? 10 : 20;
const PARALLEL = 4;

test('a reload at any moment costs at most the parts in flight, no acknowledged one', async ({ page, pageUrl, makeFile, oss }) => {
  test.setTimeout(300_000);
  const random = randomNumbers();
  const costs: string[] = [];
  await page.goto(pageUrl);
  for (let round = 0; round < ROUNDS; round += 1) {
    const size = Math.floor((12 + 12 * random()) * MiB);
    const partSize = Math.floor((256 + 768 * random()) * KiB);
    // A moment in each equal share of the time that the link needs for the file, so that none is after its end.
    const moment = ((round + random()) / ROUNDS) * (size / RATE) * 1000;
    const path = await makeFile(size, round);
    const key = `reload/${round}.bin`;
    const setup = { ossUrl: oss.url, uploader: { parallel: PARALLEL, partSize }, upload: { key } };
    const label = `${key}, ${size} bytes, parts of ${partSize}, after ${moment.toFixed()} ms`;

    oss.control.setLink({ bytesPerSecond: RATE });
    await startUpload(page, path, setup);
    await sleep(moment);
    await page.reload();
    const recorded = (await unfinishedKeys(page, setup)).includes(key);
    const before = await transcript(oss.url, key);
    oss.control.setLink({ bytesPerSecond: null });
    await startUpload(page, path, setup);
    await test.step(label, () => expectUploaded(page, { ossUrl: oss.url, key, path }));

    const after = await transcript(oss.url, key);
    expect(acknowledgedTwice({ before, after }), label).toEqual([]);
    const again = sentAgain({ before, after });
    expect(again.numbers.length, label).toBeLessThanOrEqual(PARALLEL);
    expect(again.bytes, label).toBeLessThanOrEqual(PARALLEL * partSize);
    expect(count(after, 'CompleteMultipartUpload'), label).toBe(1);
    // Before Initiate's answer is recorded there is nothing to resume, and no part may have been sent either.
    if (recorded) expect(count(after, 'InitiateMultipartUpload'), label).toBe(1);
    else expect(parts(before), label).toEqual([]);
    costs.push(
      `${again.numbers.length}/${(again.bytes / KiB).toFixed()}KiB of ${((PARALLEL * partSize) / KiB).toFixed()}${recorded ? '' : ' (not started)'}`,
    );
  }
  console.log(`sent again, parts/bytes: ${costs.join(', ')}`);
});

test('a reload while Complete is in flight: the object is found, nothing is sent again', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(2 * MiB, 1);
  const key = 'reload/completing.bin';
  const setup = { ossUrl: oss.url, uploader: { partSize: 512 * KiB }, upload: { key } };
  await page.goto(pageUrl);
  // Complete is answered, but the page ignores the answer.
  await page.evaluate(() => {
    const send = XMLHttpRequest.prototype.send;
    const open = XMLHttpRequest.prototype.open;
    const completing = new WeakSet<XMLHttpRequest>();
    XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, method: string, url: string) {
      if (method === 'POST' && url.includes('uploadId=')) completing.add(this);
      open.call(this, method, url, true);
    } as typeof open;
    XMLHttpRequest.prototype.send = function (body) {
      if (completing.has(this)) this.onload = null;
      send.call(this, body);
    };
  });
  await startUpload(page, path, setup);
  await expect.poll(() => oss.control.objects(), { intervals: [20] }).toHaveLength(1);
  expect(await page.evaluate(() => window.upload!.task.getSnapshot().status)).toBe('completing');
  const before = await transcript(oss.url, key);
  await page.reload();

  await startUpload(page, path, setup);
  await expectUploaded(page, { ossUrl: oss.url, key, path });
  const after = await transcript(oss.url, key);
  const asked = after.slice(before.length).filter(({ operation }) => operation !== 'GetObject');
  expect(asked.map(({ operation, status }) => `${operation} → ${status}`)).toEqual(['ListParts → 404', 'HeadObject → 200']);
});

test('after an upload that is done, a reload lists nothing unfinished', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(2 * MiB, 2);
  const setup = { ossUrl: oss.url, upload: { key: 'reload/done.bin' } };
  await page.goto(pageUrl);
  await startUpload(page, path, setup);
  expect(await outcomeOf(page)).toMatchObject({ result: { verified: true } });
  await page.reload();
  expect(await unfinishedKeys(page, setup)).toEqual([]);
  expect(oss.control.uploads()).toEqual([]);
});
