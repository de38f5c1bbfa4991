/** Resets, stalls, outages, and endpoints that can’t be reached. */
import { join } from 'node:path';
import type { Fault, OperationName } from '../../src/emulator/index.js';
import type { UploadOptions } from '../../src/index.js';
import { expect } from '../e2e/fixtures.js';
import { expectUploaded, outcomeOf, startUpload, statesOf, untilPartsDone } from '../e2e/helpers.js';
import type { Setup } from '../e2e/page/main.js';
import { createControl } from '../helpers/oss-control.js';
import { KiB, MiB, PART } from '../helpers/sizes.js';
import { acknowledged, count, partNumbers, transcript } from '../helpers/transcript.js';
import { sleep } from '../helpers/waits.js';
import { expectNothingLeft, interrupt, IS_REDUCED, PLAIN, report, type Row, sampleOf, type Scene, SMALL_SIZE, test } from './campaign.js';

/** Faults of the connection, each twice. */
const FAULTS: Record<string, Fault> = {
  'reset before a byte is read': { kind: 'reset' },
  'reset during the body': { kind: 'reset', afterBytes: 40_000 },
  'stalled during the body': { kind: 'stall', afterBytes: 40_000, milliseconds: 30_000 },
  'no answer': { kind: 'stall', milliseconds: 30_000 },
  'an answer that trickles in': { kind: 'trickle', milliseconds: 700 },
  'an answer that trickles in for longer than stallTimeout': { kind: 'trickle', milliseconds: 20_000 },
};

const STAGES: {
  operation: OperationName;
  hasBody: boolean;
  arm?: (scene: Scene) => Promise<void>;
  size?: number;
  upload?: UploadOptions;
}[] = [
  { operation: 'InitiateMultipartUpload', hasBody: false },
  { operation: 'UploadPart', hasBody: true },
  { operation: 'ListParts', hasBody: false, arm: interrupt },
  { operation: 'CompleteMultipartUpload', hasBody: false },
  { operation: 'PutObject', hasBody: true, size: SMALL_SIZE, upload: PLAIN },
  { operation: 'PostObject', hasBody: true, size: SMALL_SIZE },
];

const table: Row[] = STAGES.flatMap(({ operation, hasBody, arm, size, upload }) =>
  Object.entries(FAULTS)
    .filter(([name]) => hasBody || !name.includes('body'))
    .map(
      ([name, fault]): Row => ({
        group: 'Network',
        fault: name,
        stage: operation,
        ends: { survives: true },
        ...(size !== undefined && { size }),
        setup: { ...(upload && { upload: { ...upload } }) },
        async arm(scene) {
          await arm?.(scene);
          await scene.control.addFault({ key: scene.key, operation, times: 2, fault });
        },
        after({ log }) {
          expect(log.some((entry) => entry.operation === operation && entry.fault === fault.kind)).toBe(true);
        },
        losesAnswers: fault.kind === 'trickle',
      }),
    ),
);

/** No further answer: bounded attempts, a resumable failure, and all acknowledged parts are kept. */
const lasting: Row[] = STAGES.map(({ operation, arm, size, upload }) => ({
  group: 'Network',
  fault: 'resets that last',
  stage: operation,
  ends:
    operation === 'PostObject'
      ? { survives: true }
      : isFirst(operation)
        ? // Before the first answer, an endpoint that answers other requests looks like one without CORS rules.
          { fails: 'CorsRefused', resumable: true, says: /responds, but CORS blocks the response/ }
        : { fails: 'NetworkError', resumable: true, says: /the connection failed before an answer arrived.*are kept/ },
  setup: { uploader: { parallel: 1, retry: { limit: 4, baseDelay: 10, maxDelay: 50 } }, ...(upload && { upload: { ...upload } }) },
  ...(size !== undefined && { size }),
  async arm(scene) {
    await arm?.(scene);
    await scene.control.addFault({ key: scene.key, operation, times: null, fault: { kind: 'reset' } });
  },
}));

function isFirst(operation: OperationName): boolean {
  return operation === 'InitiateMultipartUpload' || operation === 'PutObject';
}

const slow = async ({ control }: Scene): Promise<unknown> => control.setLink({ bytesPerSecond: 1 * MiB });

/** The link is cut for a while, with or without an event in the browser. */
function offline(rate: number, milliseconds: number, event: boolean): Pick<Row, 'setup' | 'arm' | 'during' | 'losesAnswers'> {
  return {
    losesAnswers: true,
    setup: {
      ...(rate > 1 && { clockRate: rate }),
      // No retry where the browser announces that it is offline.
      uploader: event
        ? { retry: { limit: 0 }, stallTimeout: 5_000 * rate }
        : { retry: { baseDelay: 300, maxDelay: 2_000 }, stallTimeout: 5_000 * rate },
    },
    arm: slow,
    async during({ page, control }) {
      await untilPartsDone(page, 2);
      if (event) await page.context().setOffline(true);
      else await control.setLink({ offline: true });
      await expect.poll(() => statesOf(page)).toContain('waiting: network');
      await sleep(milliseconds);
      expect((await statesOf(page)).at(-1)).toBe('waiting: network');
      if (event) await page.context().setOffline(false);
      else await control.setLink({ offline: false });
    },
  };
}

const scenes: Row[] = [
  { group: 'Network', fault: 'offline for 3 s, announced', stage: 'UploadPart', ends: { survives: true }, ...offline(1, 3_000, true) },
  { group: 'Network', fault: 'offline for 3 s, not announced', stage: 'UploadPart', ends: { survives: true }, ...offline(1, 3_000, false) },
  // The library's clock runs 60 times as fast: 5 s are five minutes.
  { group: 'Network', fault: 'offline for 5 min, announced', stage: 'UploadPart', ends: { survives: true }, ...offline(60, 5_000, true) },
  {
    group: 'Network',
    fault: 'offline for 5 min, not announced',
    stage: 'UploadPart',
    ends: { survives: true },
    ...offline(60, 5_000, false),
    setup: { clockRate: 60, uploader: { retry: {}, stallTimeout: 300_000 } },
  },
  {
    group: 'Network',
    fault: 'flapping: one second on, one second off, ten times',
    stage: 'UploadPart',
    size: 40 * PART,
    ends: { survives: true },
    losesAnswers: true,
    arm: slow,
    async during({ page, control }) {
      await untilPartsDone(page, 1);
      for (let flap = 0; flap < 10; flap += 1) {
        await control.setLink({ offline: true });
        await sleep(1_000);
        await control.setLink({ offline: false });
        await sleep(1_000);
      }
    },
  },
  {
    group: 'Network',
    fault: 'flapping, announced',
    stage: 'UploadPart',
    size: 40 * PART,
    ends: { survives: true },
    losesAnswers: true,
    setup: { uploader: { retry: { limit: 0 } } },
    arm: slow,
    async during({ page }) {
      await untilPartsDone(page, 1);
      for (let flap = 0; flap < 5; flap += 1) {
        await page.context().setOffline(true);
        await sleep(500);
        await page.context().setOffline(false);
        await sleep(500);
      }
    },
  },
  {
    group: 'Network',
    fault: 'wake from sleep: all connections are dead, without an event',
    stage: 'UploadPart',
    ends: { survives: true },
    losesAnswers: true,
    arm: slow,
    async during({ page, control, key }) {
      await untilPartsDone(page, 2);
      // Requests in flight get no answer, like sockets whose other end is gone.
      await control.addFault({ key, operation: 'UploadPart', times: 3, fault: { kind: 'stall', afterBytes: 1, milliseconds: 60_000 } });
    },
  },
  {
    group: 'Network',
    fault: 'a host that does not exist',
    stage: 'the first request',
    ends: { fails: 'NetworkError', resumable: true, says: /can't be reached for bucket.*check network, endpoint, region/ },
    setup: { uploader: { endpoint: 'http://no-such-host.invalid', retry: { limit: 2 } } },
    disarm: useRealEndpoint,
  },
  {
    group: 'Network',
    fault: 'a port where no server listens',
    stage: 'the first request',
    ends: { fails: 'NetworkError', resumable: true, says: /can't be reached for bucket/ },
    setup: { uploader: { endpoint: 'http://localhost:9', pathStyle: true, retry: { limit: 2 } } },
    disarm: useRealEndpoint,
  },
  {
    group: 'Network',
    fault: 'no CORS rule',
    stage: 'the first request',
    ends: { fails: 'CorsRefused', resumable: true, says: /CORS rules are missing: allow origin http:\/\/localhost/ },
    arm: ({ control }) => control.setCors([], 'demo-bucket'),
    disarm: ({ control }) => control.reset(),
  },
  {
    group: 'Network',
    fault: 'the host name stops resolving',
    stage: 'UploadPart',
    ends: { survives: true },
    losesAnswers: true,
    arm: slow,
    async during({ page, ossUrl }) {
      await untilPartsDone(page, 2);
      const anything = `${ossUrl.replace('localhost', '*localhost')}/**`;
      await page.route(anything, (route) => route.abort('namenotresolved'));
      await expect.poll(() => statesOf(page)).toContain('waiting: network');
      await page.unroute(anything);
    },
  },
];

/** A wrong endpoint needs another uploader: starts the row's upload anew. */
async function useRealEndpoint({ page, setup, ossUrl, start }: Scene): Promise<void> {
  await page.evaluate(() => window.upload!.uploader.dispose());
  setup.uploader = { ...setup.uploader, endpoint: ossUrl };
  await start();
}

const sample = new Set([...sampleOf(lasting), ...scenes]);
for (const row of [...(IS_REDUCED ? sampleOf(table) : table), ...lasting, ...scenes]) {
  const tag = IS_REDUCED && !sample.has(row) ? ['@chromium'] : [];
  const title = `${row.stage}: ${row.fault} → ${'survives' in row.ends ? 'survives' : 'a clear failure'}`;
  test(title, { tag }, ({ campaign }) => campaign(row));
}

test('UploadPart: the service is killed and restarted → the page continues, no acknowledged part is sent again', async ({
  page,
  pageUrl,
  makeFile,
  makeFolder,
  startOssProcess,
}, testInfo) => {
  const dataDir = join(await makeFolder(), 'oss');
  const first = await startOssProcess({ dataDir });
  await createControl(first.url).setLink({ bytesPerSecond: 8 * MiB });
  const size = 16 * MiB;
  const path = await makeFile(size, 2);
  const key = 'faults/network/service-killed.bin';
  // Short waits, so that the page notices its return quickly.
  const retry = { limit: 100, maxDelay: 500 };
  const setup: Setup = { ossUrl: first.url, uploader: { parallel: 4, partSize: 512 * KiB, retry }, upload: { key } };
  await page.goto(pageUrl);
  const began = Date.now();
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
  const sentences = await page.evaluate(() => [...window.upload!.sentences]);
  report(
    testInfo,
    { group: 'Network', fault: 'the service is killed (SIGKILL) and restarted', stage: 'UploadPart' },
    {
      outcome: await outcomeOf(page),
      states: await statesOf(page),
      sentences,
      log: [...before, ...after],
      seconds: (Date.now() - began) / 1000,
      size,
    },
  );
  await expectNothingLeft(page, setup);
});
