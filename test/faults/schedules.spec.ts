/**
 * Uploads under random schedules of faults. In every case the object equals the file, or the task has failed with a
 * resumable error and nothing else is stored under its key.
 */
import type { Page } from '@playwright/test';
import fc from 'fast-check';
import { crc64 } from '../../src/hash/crc64.js';
import type { Fault, FaultRule } from '../../src/emulator/index.js';
import { expect } from '../e2e/fixtures.js';
import type { Outcome, Setup } from '../e2e/page/main.js';
import { noise } from '../helpers/noise.js';
import { createControl, type RemoteControl } from '../helpers/oss-control.js';
import { KiB, MiB, PART } from '../helpers/sizes.js';
import { transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';
import { expectNothingLeft, IS_REDUCED, resentBytes, test } from './campaign.js';

const SHARDS = 8;
/** Firefox takes several times as long for each; `npm test` makes fewer than `npm run test:faults`. */
const RUNS_PER_SHARD: Record<string, number> = { chromium: IS_REDUCED ? 4 : 26, firefox: 7 };
const SEED = Number(process.env.E2E_SEED ?? 20_261_122);

/** An incident during the upload, `after` milliseconds since the previous one. */
type Incident = { after: number; what: 'expire' | 'offline' | 'clock' | 'pause' | 'reload' | 'cut' };

interface Schedule {
  size: number;
  parallel: number;
  md5: boolean;
  hasCheckpoint: boolean;
  faults: FaultRule[];
  incidents: Incident[];
}

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(500, 502, 503).map((status): Fault => ({ kind: 'status', status })) },
  { weight: 2, arbitrary: fc.constant<Fault>({ kind: 'status', status: 400, code: 'RequestTimeout' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('SecurityTokenExpired', 'InvalidAccessKeyId').map((code): Fault => ({ kind: 'status', status: 403, code })),
  },
  { weight: 1, arbitrary: fc.constant<Fault>({ kind: 'status', status: 404, code: 'NoSuchUpload' }) },
  { weight: 1, arbitrary: fc.constant<Fault>({ kind: 'status', status: 403, code: 'AccessDenied' }) },
  { weight: 2, arbitrary: fc.constant<Fault>({ kind: 'raw', status: 502, contentType: 'text/html', body: '<html>Bad Gateway' }) },
  { weight: 4, arbitrary: fc.nat({ max: 90_000 }).map((afterBytes): Fault => ({ kind: 'reset', afterBytes })) },
  { weight: 1, arbitrary: fc.nat({ max: 90_000 }).map((afterBytes): Fault => ({ kind: 'stall', afterBytes, milliseconds: 5_000 })) },
  { weight: 2, arbitrary: fc.nat({ max: 300 }).map((milliseconds): Fault => ({ kind: 'delay', milliseconds })) },
  { weight: 4, arbitrary: fc.constant<Fault>({ kind: 'drop-response' }) },
  { weight: 1, arbitrary: fc.constant<Fault>({ kind: 'trickle', milliseconds: 200 }) },
  { weight: 2, arbitrary: fc.constant<Fault>({ kind: 'corrupt' }) },
);

const rule: fc.Arbitrary<FaultRule> = fc.record({
  operation: fc.constantFrom(
    'InitiateMultipartUpload' as const,
    'UploadPart' as const,
    'UploadPart' as const,
    'ListParts' as const,
    'CompleteMultipartUpload' as const,
    'HeadObject' as const,
    'PutObject' as const,
    'PostObject' as const,
    'AssumeRole' as const,
  ),
  skip: fc.nat({ max: 4 }),
  // Seven is one more than the number of retries.
  times: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }) }, { weight: 1, arbitrary: fc.constant(7) }),
  fault,
});

const schedule: fc.Arbitrary<Schedule> = fc.record({
  size: fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 90 * KiB }) },
    { weight: 5, arbitrary: fc.noBias(fc.integer({ min: PART + 1, max: 12 * PART })) },
  ),
  parallel: fc.integer({ min: 1, max: 6 }),
  md5: fc.boolean(),
  hasCheckpoint: fc.boolean(),
  // An upload waits for credentials without a limit: only faults that pass.
  faults: fc.array(
    rule.filter(({ operation, fault }) => operation !== 'AssumeRole' || fault.kind === 'status' || fault.kind === 'delay'),
    {
      minLength: 2,
      maxLength: 8,
    },
  ),
  incidents: fc.array(
    fc.record({
      after: fc.noBias(fc.nat({ max: 400 })),
      what: fc.constantFrom('expire' as const, 'offline' as const, 'clock' as const, 'pause' as const, 'reload' as const, 'cut' as const),
    }),
    { maxLength: 3 },
  ),
});

for (let shard = 1; shard <= SHARDS; shard += 1) {
  test(`random schedules, ${shard} of ${SHARDS}: the object is the file, or the failure is resumable`, async ({
    page,
    pageUrl,
    oss,
    browserName,
  }) => {
    const runs = RUNS_PER_SHARD[browserName]!;
    test.setTimeout(300_000);
    const control = createControl(oss.url);
    const figures = { survived: 0, resumed: 0, resent: 0, requests: 0 };
    const began = Date.now();
    await page.goto(pageUrl);
    let count = 0;
    await fc.assert(
      fc.asyncProperty(schedule, async (plan) => {
        count += 1;
        const run = await runSchedule(page, control, oss.url, plan, `schedules/${shard}/${count}.bin`);
        figures[run.survived ? 'survived' : 'resumed'] += 1;
        figures.resent += run.resent;
        figures.requests += run.requests;
      }),
      // A shrunk schedule would be a different race: the failing one is printed in full, with its seed.
      { numRuns: runs, seed: SEED + shard, endOnFailure: true },
    );
    const ends = `of ${runs}, ${figures.survived} survived, ${figures.resumed} failed and were resumed`;
    test.info().annotations.push({
      type: 'matrix',
      description: JSON.stringify({
        group: 'Random schedules',
        fault: `random schedules, seed ${SEED + shard}`,
        stage: 'any',
        ends,
        sees: '',
        says: '',
        resent: figures.resent,
        requests: figures.requests,
        seconds: (Date.now() - began) / 1000,
      }),
    });
  });
}

async function runSchedule(
  page: Page,
  control: RemoteControl,
  ossUrl: string,
  plan: Schedule,
  key: string,
): Promise<{ survived: boolean; resent: number; requests: number }> {
  await control.reset();
  const setup: Setup = {
    ossUrl,
    uploader: {
      parallel: plan.parallel,
      partSize: PART,
      integrity: { md5: plan.md5 },
      checkpoint: plan.hasCheckpoint ? { name: key } : false,
      retry: { limit: 6, baseDelay: 5, maxDelay: 50 },
      stallTimeout: 1_500,
    },
    upload: { key },
  };
  const start = (): Promise<void> =>
    page.evaluate(([setup, size]) => window.startUpload(setup, window.makeNoise(size, size)), [setup, plan.size] as const);
  await page.evaluate(() => window.witness.begin());
  for (const rule of plan.faults) await control.addFault({ ...rule, ...(rule.operation !== 'AssumeRole' && { key }) });
  await control.setLink({ bytesPerSecond: 2 * MiB });
  await start();
  for (const incident of plan.incidents) {
    await sleep(incident.after);
    await happen(page, control, incident.what, start);
  }

  const expected = crc64(noise(plan.size, plan.size)).toString();
  const first = await outcome(page);
  if (first.failure) {
    expect(first.failure.resumable, first.failure.message).toBe(true);
    await expectUntouched(control, key, expected, plan);
    await control.removeFault();
    await page.evaluate(() => window.upload!.task.resume());
    const second = await outcome(page);
    expect(second.failure?.message).toBeUndefined();
  }
  const stored = (await control.objects()).find((object) => object.key === key);
  expect(stored, 'the object').toMatchObject({ size: plan.size, crc64: expected });
  expect(await page.evaluate(() => window.upload!.wrongProgress), 'progress').toEqual([]);

  const log = await transcript(ossUrl, key);
  // An upload that was reported as missing may have been completed nevertheless, with the same bytes.
  const ids = log
    .filter(({ operation, status }) => operation === 'CompleteMultipartUpload' && status === 200)
    .map(({ uploadId }) => uploadId);
  expect(ids.length, 'Completes of one upload').toBe(new Set(ids).size);
  const corrupted = plan.faults.filter(({ fault }) => fault.kind === 'corrupt').length > 0;
  await expectNothingLeft(page, setup, corrupted ? log.flatMap(({ partNumber }) => partNumber ?? []) : []);
  await page.evaluate(() => window.upload!.uploader.dispose());
  return { survived: !first.failure, resent: resentBytes(log, plan.size), requests: log.length };
}

/** The outcome of the page's task, which must settle. */
async function outcome(page: Page): Promise<Outcome> {
  return page.evaluate(() => window.upload!.outcome());
}

/** Expects that a failed upload left nothing but the file under the key, unless a corrupted small file is still to be replaced. */
async function expectUntouched(control: RemoteControl, key: string, expected: string, { faults }: Schedule): Promise<void> {
  const stored = (await control.objects()).find((object) => object.key === key);
  const damaged = faults.some(({ operation, fault }) => /^P(u|os)tObject$/.test(String(operation)) && fault.kind === 'corrupt');
  if (stored && !damaged) expect(stored.crc64).toBe(expected);
}

async function happen(page: Page, control: RemoteControl, what: Incident['what'], start: () => Promise<void>): Promise<void> {
  switch (what) {
    case 'expire':
      return control.expireTokens();
    case 'clock':
      return control.setClock(3_600_000);
    case 'cut':
      await control.setLink({ offline: true });
      await control.setLink({ offline: false });
      return;
    case 'offline':
      await page.context().setOffline(true);
      await sleep(150);
      await page.context().setOffline(false);
      return;
    case 'pause':
      await page.evaluate(async () => {
        const { task } = window.upload!;
        await task.pause();
        task.resume();
      });
      return;
    case 'reload':
      await page.reload();
      await page.evaluate(() => window.witness.begin());
      return start();
  }
}
