/** Answers of OSS and of proxies, for each operation. */
import type { Fault, OperationName } from '../../src/emulator/index.js';
import type { UploadOptions } from '../../src/index.js';
import { expect } from '../e2e/fixtures.js';
import { untilPartsDone } from '../e2e/helpers.js';
import { oneTo } from '../helpers/transcript.js';
import { interrupt, IS_REDUCED, PLAIN, type Row, sampleOf, type Scene, SMALL_SIZE, test } from './campaign.js';

/** The requests of an upload, and how a row reaches them. */
const STAGES: {
  operation: OperationName;
  arm?: (scene: Scene) => Promise<void>;
  during?: (scene: Scene) => Promise<void>;
  size?: number;
  upload?: UploadOptions;
}[] = [
  { operation: 'InitiateMultipartUpload' },
  { operation: 'UploadPart' },
  { operation: 'ListParts', arm: interrupt },
  { operation: 'CompleteMultipartUpload' },
  // Sent only when an answer to Complete was lost.
  { operation: 'HeadObject', arm: loseComplete },
  { operation: 'PutObject', size: SMALL_SIZE, upload: PLAIN },
  { operation: 'PostObject', size: SMALL_SIZE },
  { operation: 'AbortMultipartUpload', during: abortAfterTwoParts },
];

async function loseComplete({ control, key }: Scene): Promise<void> {
  await control.addFault({ key, operation: 'CompleteMultipartUpload', fault: { kind: 'drop-response' } });
}

async function abortAfterTwoParts({ page, control, key }: Scene): Promise<void> {
  const { id } = await control.addFault({ operation: 'UploadPart', key, skip: 2, times: null, fault: { kind: 'stall' } });
  await untilPartsDone(page, 2);
  await page.evaluate(() => window.upload!.task.abort());
  await control.removeFault(id);
}

/** Faults after which a request is repeated. */
const TRANSIENT: Record<string, Fault> = {
  '500 InternalError': { kind: 'status', status: 500, code: 'InternalError' },
  '502, a proxy’s HTML': { kind: 'raw', status: 502, contentType: 'text/html', body: '<html><h1>Bad Gateway</h1>' },
  '503 ServiceUnavailable': { kind: 'status', status: 503, code: 'ServiceUnavailable' },
  '503 with Retry-After: 1': { kind: 'status', status: 503, code: 'ServiceUnavailable', headers: { 'Retry-After': '1' } },
  '503 TotalQpsLimitExceeded': { kind: 'status', status: 503, code: 'TotalQpsLimitExceeded' },
  '429': { kind: 'raw', status: 429, body: '' },
  '400 RequestTimeout': { kind: 'status', status: 400, code: 'RequestTimeout' },
  'an answer lost after the work was done': { kind: 'drop-response' },
  'an error document cut short': {
    kind: 'raw',
    status: 500,
    contentType: 'application/xml',
    body: '<?xml version="1.0"?><Error><Code>Inter',
  },
};

/** Answers that look like a success: without OSS's headers, with a truncated document, or with OSS's refusal in it. */
const PRETENDED: Record<string, Fault> = {
  '200 and a captive portal’s HTML': { kind: 'raw', status: 200, contentType: 'text/html', body: '<html>Please log in to this Wi-Fi' },
  '200 and a document cut short': {
    kind: 'raw',
    status: 200,
    contentType: 'application/xml',
    body: '<?xml version="1.0"?><ListPartsResult><Bucket>',
  },
  '200 and the document of an error': {
    kind: 'raw',
    status: 200,
    contentType: 'application/xml',
    headers: { 'x-oss-request-id': '5C1B138A109F4E405B2D8AEF' },
    body: '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>Please try again.</Message></Error>',
  },
};

const rows: Row[] = STAGES.flatMap(({ operation, arm, during, size, upload }) => {
  const faults = Object.entries({ ...TRANSIENT, ...PRETENDED });
  // An answer to HEAD has no document.
  return faults
    .filter(([name]) => operation !== 'HeadObject' || !name.includes('document of an error'))
    .map(
      ([name, fault]): Row => ({
        group: 'Service',
        fault: name,
        stage: operation,
        ends: operation === 'AbortMultipartUpload' ? { aborts: true } : { survives: true },
        ...(size !== undefined && { size }),
        setup: { ...(upload && { upload: { ...upload } }) },
        // The page received a 200 that didn't come from OSS.
        ...(name in PRETENDED && operation === 'UploadPart' && { mayRepeat: oneTo(10) }),
        async arm(scene) {
          await arm?.(scene);
          await scene.control.addFault({ key: scene.key, operation, times: 2, fault });
        },
        ...(during && { during }),
        async after({ control, key }) {
          const struck = async (): Promise<number> =>
            (await control.log(key)).filter((entry) => entry.operation === operation && entry.fault === fault.kind).length;
          // After one lost answer, the result is found without another loss. An abort continues in the background.
          await expect
            .poll(struck)
            .toBeGreaterThanOrEqual(fault.kind === 'drop-response' || (operation === 'PostObject' && name in PRETENDED) ? 1 : 2);
        },
      }),
    );
});

const code = (status: number, name: string, message?: string): Fault => ({
  kind: 'status',
  status,
  code: name,
  ec: '0099-00000001',
  ...(message !== undefined && { message }),
});

/** Refusals that no repetition changes: reported after one request, with the service's message, its request ID and advice. */
const FATAL: Record<string, { fault: Fault; says: RegExp }> = {
  NoSuchBucket: {
    fault: code(404, 'NoSuchBucket', 'The specified bucket does not exist.'),
    says: /Check bucket and region.*request ID [0-9A-F]{24}, EC 0099/,
  },
  AccessDenied: { fault: code(403, 'AccessDenied', 'You have no right to access this object.'), says: /policy.*request ID [0-9A-F]{24}/ },
  SignatureDoesNotMatch: { fault: code(403, 'SignatureDoesNotMatch'), says: /Check accessKeySecret.*request ID/ },
  InvalidArgument: { fault: code(400, 'InvalidArgument'), says: /400 InvalidArgument.*request ID/ },
  '501 NotImplemented': { fault: code(501, 'NotImplemented'), says: /501 NotImplemented.*request ID/ },
};

/** The meaning of a refused HEAD depends on the situation: see other rows. */
const HAS_FATAL = STAGES.filter(({ operation }) => !['AbortMultipartUpload', 'HeadObject', 'PostObject'].includes(operation));

const fatal: Row[] = HAS_FATAL.flatMap(({ operation, arm, size, upload }) =>
  Object.entries(FATAL)
    // An upload that may not be listed belongs to another user: see test/e2e/shared-computer.spec.ts.
    .filter(([name]) => operation !== 'ListParts' || name !== 'AccessDenied')
    .map(
      ([name, { fault, says }]): Row => ({
        group: 'Service',
        fault: `${name}, fatal`,
        stage: operation,
        ends: { fails: (fault as { code: string }).code, resumable: true, says },
        setup: { uploader: { parallel: 1 }, ...(upload && { upload: { ...upload } }) },
        ...(size !== undefined && { size }),
        async arm(scene) {
          await arm?.(scene);
          await scene.control.addFault({ key: scene.key, operation, times: null, fault });
        },
        after({ log }) {
          expect(log.filter((entry) => entry.operation === operation)).toHaveLength(1);
        },
      }),
    ),
);

/** Lasting faults: the attempts are bounded, uploaded parts stay, `resume()` continues. */
const lasting: Row[] = STAGES.filter(({ operation }) => operation !== 'AbortMultipartUpload').map(({ operation, arm, size, upload }) => ({
  group: 'Service',
  fault: '503 that lasts',
  stage: operation,
  ends: { fails: 'ServiceUnavailable', resumable: true, says: /request ID/ },
  setup: { uploader: { parallel: 1, retry: { limit: 4, baseDelay: 10, maxDelay: 50 } }, ...(upload && { upload: { ...upload } }) },
  ...(size !== undefined && { size }),
  async arm(scene) {
    await arm?.(scene);
    await scene.control.addFault({ key: scene.key, operation, times: null, fault: code(503, 'ServiceUnavailable') });
  },
  after({ log }) {
    expect(log.filter((entry) => entry.operation === operation)).toHaveLength(5);
  },
}));

const noSuchUpload = code(404, 'NoSuchUpload', 'The specified upload does not exist.');

/** The upload no longer exists: aborted elsewhere, or removed by a lifecycle rule. The file is uploaded again under the same key. */
const gone: Row[] = (
  [
    ['UploadPart', undefined, 4],
    ['ListParts', interrupt, 0],
    ['CompleteMultipartUpload', undefined, 0],
  ] as const
).map(([operation, arm, skip]) => ({
  group: 'Service',
  fault: 'NoSuchUpload',
  stage: operation,
  ends: { survives: true },
  mayRepeat: oneTo(10),
  async arm(scene) {
    await arm?.(scene);
    await scene.control.addFault({ key: scene.key, operation, skip, fault: noSuchUpload });
  },
  after({ log }) {
    const initiated = log.filter((entry) => entry.operation === 'InitiateMultipartUpload');
    expect(initiated).toHaveLength(2);
  },
}));

const others: Row[] = [
  {
    group: 'Service',
    fault: 'FileAlreadyExists with forbidOverwrite',
    stage: 'InitiateMultipartUpload',
    ends: { fails: 'FileAlreadyExists', resumable: false, says: /Choose another key/ },
    setup: { upload: { forbidOverwrite: true } },
    arm: ({ page, setup }) => putSmallObject(page, setup),
    after: ({ log }) => expect(log.filter(({ operation }) => operation === 'UploadPart')).toEqual([]),
  },
  {
    group: 'Service',
    fault: 'FileAlreadyExists with forbidOverwrite',
    stage: 'PutObject',
    size: SMALL_SIZE,
    ends: { fails: 'FileAlreadyExists', resumable: false, says: /Choose another key/ },
    setup: { upload: { ...PLAIN, forbidOverwrite: true } },
    arm: ({ page, setup }) => putSmallObject(page, setup),
  },
  {
    group: 'Service',
    fault: 'FileAlreadyExists with forbidOverwrite, of what would fit a form',
    stage: 'PutObject',
    size: SMALL_SIZE,
    ends: { fails: 'FileAlreadyExists', resumable: false, says: /Choose another key/ },
    setup: { upload: { forbidOverwrite: true } },
    arm: ({ page, setup }) => putSmallObject(page, setup),
  },
  ...Object.entries({
    '404 without an OSS error document': { kind: 'raw', status: 404, contentType: 'text/html', body: '<html>Not Found' },
    '405 MethodNotAllowed': code(405, 'MethodNotAllowed'),
    '501 NotImplemented': code(501, 'NotImplemented'),
    'AccessDenied, without the time of the service': code(403, 'AccessDenied', 'Invalid according to Policy: Policy expired.'),
    'no CORS headers': { kind: 'no-cors' },
    'no CRC-64': { kind: 'response-headers', remove: ['x-oss-hash-crc64ecma'] },
  } satisfies Record<string, Fault>).map(
    ([fault, refusal]): Row => ({
      group: 'Service',
      fault: `${fault}: forms are refused`,
      stage: 'PostObject',
      size: SMALL_SIZE,
      ends: { survives: true },
      setup: { uploader: { parallel: 1 } },
      arm: ({ control, key }) => control.addFault({ key, operation: 'PostObject', times: null, fault: refusal }),
      after: ({ log }) => expect(log.map(({ operation }) => operation)).toEqual(['PostObject', 'PutObject']),
    }),
  ),
  {
    group: 'Service',
    fault: 'the callback fails (203)',
    stage: 'CompleteMultipartUpload',
    ends: { fails: 'CallbackFailed', resumable: false, says: /is stored, but the callback/ },
    arm: async ({ control, setup, ossUrl }) => {
      setup.upload!.callback = { callbackUrl: `${ossUrl}/_callback`, callbackBody: 'key=${object}' };
      await control.setCallbackReply({ status: 500, body: 'no' });
    },
    after: async ({ control, key }) => expect((await control.objects()).map((object) => object.key)).toContain(key),
  },
];

/** Stores another object under the row's key. */
async function putSmallObject(page: Scene['page'], { ossUrl, upload }: Scene['setup']): Promise<void> {
  await page.evaluate(
    async ({ ossUrl, key }) => {
      const uploader = window.makeUploader({ ossUrl, uploader: { checkpoint: false } });
      await uploader.upload(new Blob(['here before']), { key }).result;
      await uploader.dispose();
    },
    { ossUrl, key: upload!.key as string },
  );
}

const played = (table: readonly Row[]): readonly Row[] => (IS_REDUCED ? sampleOf(table) : table);

for (const row of played(fatal)) test(`${row.stage}: ${row.fault} → reported at once`, ({ campaign }) => campaign(row));
for (const row of played(lasting)) test(`${row.stage}: ${row.fault} → bounded, then resumable`, ({ campaign }) => campaign(row));
for (const row of played(gone)) test(`${row.stage}: ${row.fault} → starts again under the same key`, ({ campaign }) => campaign(row));
for (const row of others) test(`${row.stage}: ${row.fault} → ${JSON.stringify(row.ends)}`, ({ campaign }) => campaign(row));
for (const row of played(rows)) {
  test(`${row.stage}: ${row.fault}, twice → survives`, ({ campaign }) => campaign(row));
}
