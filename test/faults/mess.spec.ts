/** Many files at once over a bad link. */
import { crc64 } from '../../src/hash/crc64.js';
import { expect } from '../e2e/fixtures.js';
import { noise } from '../helpers/noise.js';
import { createControl } from '../helpers/oss-control.js';
import { KiB, MiB } from '../helpers/sizes.js';
import { resentBytes, test } from './campaign.js';

const SMALL = 1_000;
const LARGE = 5;

const sizeOf = (index: number): number => (index < LARGE ? 16 * MiB + index : 1 + ((index * 7_919) % (60 * KiB)));

test('1,000 small and 5 large files over a bad link with tokens of 15 s: all objects equal their files', async ({ page, pageUrl, oss }) => {
  test.setTimeout(300_000);
  const control = createControl(oss.url);
  await control.setTokenSeconds(15);
  await control.addFault({ times: null, seed: 1, probability: 0.1, fault: { kind: 'status', status: 503 } });
  await control.addFault({ times: null, seed: 2, probability: 0.05, fault: { kind: 'reset', afterBytes: 20_000 } });
  await control.addFault({ times: null, seed: 3, probability: 0.02, fault: { kind: 'stall', milliseconds: 60_000 } });
  await control.addFault({ times: null, seed: 4, probability: 0.1, operation: 'AssumeRole', fault: { kind: 'status', status: 503 } });
  await page.goto(pageUrl);
  await page.evaluate(() => window.witness.begin());
  const began = Date.now();

  const outcomes = await page.evaluate(
    async ({ ossUrl, sizes }) => {
      const uploader = window.makeUploader({
        ossUrl,
        uploader: { partSize: 1024 * 1024, parallel: 6, retry: { baseDelay: 50, maxDelay: 1_000 }, stallTimeout: 2_500 },
      });
      const items = sizes.map((size, index) => ({ file: window.makeNoise(size, index + 1), key: `mess/${index}.bin` }));
      const results = await uploader.uploadAll(items).results;
      await uploader.dispose();
      return results.map((result) =>
        result.status === 'fulfilled' ? (result.value.verified ? 'verified' : 'not verified') : String(result.reason),
      );
    },
    { ossUrl: oss.url, sizes: Array.from({ length: SMALL + LARGE }, (_, index) => sizeOf(index)) },
  );
  const seconds = (Date.now() - began) / 1000;

  expect(outcomes.filter((outcome) => outcome !== 'verified')).toEqual([]);
  const stored = new Map((await control.objects()).map(({ key, crc64 }) => [key, crc64]));
  const wrong = outcomes
    .map((_, index) => index)
    .filter((index) => stored.get(`mess/${index}.bin`) !== crc64(noise(sizeOf(index), index + 1)).toString());
  expect(wrong, 'files that are not what is stored').toEqual([]);
  expect(await control.uploads(), 'uploads left open on the server').toEqual([]);

  const { mostPuts, ...left } = await page.evaluate(() => window.witness.account());
  expect(mostPuts).toBeLessThanOrEqual(6);
  expect(left).toEqual({ requests: 0, repeatedParts: [], timers: 0, workers: 0, listeners: [], locks: [], unhandled: [], leaks: [] });

  const log = (await control.log()).filter(({ operation }) => operation !== 'Preflight');
  const total = outcomes.reduce((sum, _, index) => sum + sizeOf(index), 0);
  const count = (fault: string): number => log.filter((entry) => entry.fault === fault).length;
  test.info().annotations.push({
    type: 'matrix',
    description: JSON.stringify({
      group: 'Mess',
      fault: '10 % 503, 5 % resets, 2 % stalls, tokens of 15 s',
      stage: '1,000 small and 5 large files',
      ends: 'survived',
      sees: 'done',
      says: '',
      resent: resentBytes(log, total),
      requests: log.length,
      seconds,
    }),
  });
  console.log(
    `${log.length} requests, ${count('status')} refused, ${count('reset')} reset, ${count('stall')} stalled, ${log.filter(({ operation }) => operation === 'AssumeRole').length} tokens`,
  );
});
