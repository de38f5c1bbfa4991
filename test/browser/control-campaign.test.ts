/**
 * Random sequences of user actions under random faults of the service, in one tab and in two. Each sequence has its own keys,
 * database and tabs, so that several run in parallel. `CAMPAIGN_SEED=… CAMPAIGN_ONLY=… npx vitest run --project browser
 * test/browser/control-campaign.test.ts` repeats one of them.
 */
import fc from 'fast-check';
import { afterAll, expect, inject, test } from 'vitest';
import { type Action, createWorld, type Sequence } from './helpers/campaign-world.js';
import { createTabPool } from './helpers/frame-tab.js';
import type { Fault, OperationName } from '../helpers/oss-control.js';
import { KiB, PART } from '../helpers/sizes.js';
import { control } from './helpers/service.js';

const { seed, only, isShort } = inject('campaign');
const isFirefox = navigator.userAgent.includes('Firefox');
/** `npm test` runs the short campaign: other sequences each time. */
const SEQUENCES = isShort ? (isFirefox ? 30 : 70) : isFirefox ? 100 : 300;
const BATCH = 20;
/** Sequences in parallel. */
const LANES = 5;

const OPERATIONS: OperationName[] = [
  'InitiateMultipartUpload',
  'UploadPart',
  'ListParts',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
  'PutObject',
  'PostObject',
  'HeadObject',
];

const FAULTS: Fault[] = [
  { kind: 'reset' },
  { kind: 'reset', afterBytes: 40_000 },
  { kind: 'drop-response' },
  { kind: 'status', status: 503, code: 'ServiceUnavailable' },
  { kind: 'delay', milliseconds: 60 },
  { kind: 'trickle', milliseconds: 80 },
  { kind: 'raw', status: 200, contentType: 'text/html', body: '<html>Please log in to this Wi-Fi' },
  { kind: 'raw', status: 502, contentType: 'text/html', body: '<html>Bad Gateway' },
  { kind: 'response-headers', remove: ['ETag'] },
  {
    kind: 'status',
    status: 403,
    code: 'RequestTimeTooSkewed',
    extra: { ServerTime: new Date().toISOString(), MaxAllowedSkewMilliseconds: '900000' },
  },
  { kind: 'status', status: 404, code: 'NoSuchUpload' },
  // A resumable failure.
  { kind: 'status', status: 403, code: 'AccessDenied' },
  { kind: 'status', status: 403, code: 'AccessDenied' },
  { kind: 'status', status: 403, code: 'AccessDenied' },
];

/** The first tab acts more often than the second. */
const tab = fc.constantFrom(0, 0, 0, 1);
const upload = fc.record({
  act: fc.constant('upload' as const),
  tab,
  key: fc.constantFrom(0, 0, 0, 0, 1),
  next: fc.constantFrom('' as const, '' as const, '' as const, 'pause, resume' as const, 'pause' as const, 'abort' as const),
});
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: upload },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('pause' as const), tab }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('resume' as const), tab }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('abort' as const), tab }) },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constantFrom('pause, resume' as const, 'resume, abort' as const, 'resume, pause' as const), tab }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('echo' as const),
      tab,
      on: fc.constantFrom(
        'paused' as const,
        'failed' as const,
        'failed' as const,
        'waiting' as const,
        'uploading' as const,
        'completing' as const,
      ),
      call: fc.constantFrom('resume' as const, 'resume' as const, 'resume' as const, 'pause' as const, 'abort' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('dispose' as const), tab }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('close' as const), tab }) },
  { weight: 8, arbitrary: fc.record({ act: fc.constant('wait' as const), milliseconds: fc.constantFrom(0, 1, 3, 10, 30, 80, 150) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('fault' as const),
      operation: fc.constantFrom(...OPERATIONS, 'UploadPart' as const, 'UploadPart' as const, 'CompleteMultipartUpload' as const),
      skip: fc.nat(3),
      fault: fc.constantFrom(...FAULTS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('tokens expire' as const) }) },
);

const sequence: fc.Arbitrary<Sequence> = fc.record({
  size: fc.constantFrom(6 * PART + 1, 4 * PART, 9 * PART - 5, 50 * KiB),
  parallel: fc.constantFrom(1, 2, 3),
  actions: fc
    .tuple(fc.array(action, { maxLength: 2 }), fc.array(action, { minLength: 2, maxLength: 14 }))
    .chain(([before, after]) => upload.map((begun): Action[] => [...before, { ...begun, tab: 0, key: 0 }, ...after])),
  end: fc.constantFrom('finish' as const, 'finish' as const, 'abort' as const),
});

const sequences = fc.sample(sequence, { seed, numRuns: SEQUENCES });
const tabs = createTabPool();
const none = { milliseconds: 0, index: -1 };
const slowest = { pause: none, abort: none, dispose: none };

afterAll(async () => {
  await tabs.close();
  console.log(`CAMPAIGN_SEED=${seed}; slowest: ${JSON.stringify(slowest)}`);
});

async function play(index: number): Promise<string[]> {
  const world = createWorld(`${seed}-${index}-${isFirefox ? 'f' : 'c'}`, tabs);
  await world.play(sequences[index]!);
  for (const what of ['pause', 'abort', 'dispose'] as const) {
    if (world.slowest[what] > slowest[what].milliseconds) slowest[what] = { milliseconds: Math.round(world.slowest[what]), index };
  }
  if (world.violations.length === 0) return [];
  const actions = sequences[index]!.actions.map((one) => JSON.stringify(one)).join('\n    ');
  const { size, parallel, end } = sequences[index]!;
  return [
    `CAMPAIGN_SEED=${seed} CAMPAIGN_ONLY=${index}: ${size} bytes, parallel ${parallel}, ${end}\n    ${actions}\n  ${world.violations.join('\n  ')}`,
  ];
}

const numbers = only === undefined ? sequences.map((_, index) => index) : [only];
const batches = Array.from({ length: Math.ceil(numbers.length / BATCH) }, (_, batch) => numbers.slice(batch * BATCH, (batch + 1) * BATCH));

test.each(batches.map((batch) => [batch[0], batch.at(-1), batch] as const))(
  'sequences %i to %i: one run, one Complete, prompt controls, nothing left behind, done only when the object is stored',
  { timeout: 480_000, retry: 0 },
  async (_first, _last, batch) => {
    await control.clearLog();
    const waiting = [...batch];
    const failures: string[] = [];
    const lane = async (): Promise<void> => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) failures.push(...(await play(index)));
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    expect(failures.join('\n\n')).toBe('');
  },
);
