/** Corrupted bytes, wrong and hidden checksums, and another object under the key. */
import type { Fault, FaultRule } from '../../src/emulator/index.js';
import { expect } from '../e2e/fixtures.js';
import { count, oneTo, partNumbers } from '../helpers/transcript.js';
import { type Row, type Scene, SMALL_SIZE, test } from './campaign.js';

const EVERY_PART = oneTo(10);
const WRONG_CRC: Fault = { kind: 'response-headers', set: { 'x-oss-hash-crc64ecma': '1234567890' } };

/** Makes the bucket expose all of its headers except some. */
const hiding = (...hidden: string[]): NonNullable<Row['arm']> => {
  const exposeHeaders = ['ETag', 'x-oss-request-id', 'x-oss-hash-crc64ecma', 'x-oss-err', 'Date'].filter((name) => !hidden.includes(name));
  return ({ control }) =>
    control.setCors(
      [{ allowedOrigins: ['*'], allowedMethods: ['PUT', 'POST', 'GET', 'HEAD', 'DELETE'], allowedHeaders: ['*'], exposeHeaders }],
      'demo-bucket',
    );
};

const arming =
  (...rules: Omit<FaultRule, 'key'>[]): NonNullable<Row['arm']> =>
  async ({ control, key }) => {
    for (const rule of rules) await control.addFault({ ...rule, key });
  };

/** Expects the warning that the object can't be compared. */
async function expectWarning({ page }: Scene): Promise<void> {
  const warnings = await page.evaluate(() => window.upload!.task.getSnapshot().warnings);
  expect(warnings).toMatchObject([{ code: 'crc64-not-exposed', message: expect.stringContaining('x-oss-hash-crc64ecma') }]);
}

const rows: Row[] = [
  {
    group: 'Bytes',
    fault: 'a bit is flipped on the way, once',
    stage: 'UploadPart',
    ends: { survives: true },
    mayRepeat: [4],
    arm: arming({ operation: 'UploadPart', partNumber: 4, fault: { kind: 'corrupt' } }),
    after: ({ log }) => expect(partNumbers(log).filter((number) => number === 4)).toHaveLength(2),
  },
  {
    group: 'Bytes',
    fault: 'a bit is flipped on the way, each time',
    stage: 'UploadPart',
    ends: { fails: 'PartMismatch', resumable: true, says: /Part 4 of .* was corrupted in transit 4 times/ },
    mayRepeat: [4],
    arm: arming({ operation: 'UploadPart', partNumber: 4, times: null, fault: { kind: 'corrupt' } }),
    after: ({ log }) => expect(count(log, 'CompleteMultipartUpload')).toBe(0),
  },
  {
    group: 'Bytes',
    fault: 'a bit is flipped in every part, once',
    stage: 'UploadPart',
    ends: { survives: true },
    mayRepeat: EVERY_PART,
    arm: arming(...EVERY_PART.map((partNumber): FaultRule => ({ operation: 'UploadPart', partNumber, fault: { kind: 'corrupt' } }))),
  },
  {
    group: 'Bytes',
    fault: 'a bit is flipped, with Content-MD5: the service refuses the part',
    stage: 'UploadPart',
    ends: { survives: true },
    setup: { uploader: { integrity: { md5: true } } },
    arm: arming({ operation: 'UploadPart', partNumber: 4, fault: { kind: 'corrupt' } }),
    after: ({ log }) => expect(log.filter(({ code }) => code === 'InvalidDigest')).toHaveLength(1),
  },
  {
    group: 'Bytes',
    fault: 'a bit is flipped on the way, once',
    stage: 'PostObject',
    size: SMALL_SIZE,
    ends: { survives: true },
    arm: arming({ operation: 'PostObject', fault: { kind: 'corrupt' } }),
    after: ({ log }) => expect(count(log, 'PostObject')).toBe(2),
  },
  {
    group: 'Bytes',
    fault: 'a bit is flipped on the way, each time',
    stage: 'PostObject',
    size: SMALL_SIZE,
    ends: { fails: 'ObjectMismatch', resumable: true, says: /was corrupted in transit 4 times/ },
    arm: arming({ operation: 'PostObject', times: null, fault: { kind: 'corrupt' } }),
  },
  {
    group: 'Bytes',
    fault: 'a wrong CRC-64 in the answer, once',
    stage: 'UploadPart',
    ends: { survives: true },
    mayRepeat: [4],
    arm: arming({ operation: 'UploadPart', partNumber: 4, fault: WRONG_CRC }),
  },
  {
    group: 'Bytes',
    fault: 'a wrong CRC-64 in the answer',
    stage: 'CompleteMultipartUpload',
    ends: { fails: 'ObjectMismatch', resumable: true, says: /differs from the local file.*Don't use it/ },
    mayRepeat: EVERY_PART,
    completes: 2,
    arm: arming({ operation: 'CompleteMultipartUpload', fault: WRONG_CRC }),
  },
  {
    group: 'Bytes',
    fault: 'the CRC-64 is hidden by CORS',
    stage: 'the whole upload',
    ends: { survives: true, verified: false },
    arm: hiding('x-oss-hash-crc64ecma'),
    async after(scene) {
      await expectWarning(scene);
      expect(count(scene.log, 'ListParts'), 'compared by ListParts instead').toBe(1);
    },
  },
  {
    group: 'Bytes',
    fault: 'the CRC-64 is hidden by CORS, and a bit is flipped: ListParts reveals it',
    stage: 'UploadPart',
    ends: { survives: true, verified: false },
    mayRepeat: [4],
    async arm(scene) {
      await hiding('x-oss-hash-crc64ecma')(scene);
      await arming({ operation: 'UploadPart', partNumber: 4, fault: { kind: 'corrupt' } })(scene);
    },
    after: expectWarning,
  },
  {
    group: 'Bytes',
    fault: 'the CRC-64 is hidden by CORS, and a bit is flipped: nothing reveals it, the result is unverified',
    stage: 'PutObject',
    size: SMALL_SIZE,
    ends: { survives: true, verified: false, damaged: true },
    async arm(scene) {
      await hiding('x-oss-hash-crc64ecma')(scene);
      await arming({ operation: 'PutObject', fault: { kind: 'corrupt' } })(scene);
    },
    after: expectWarning,
  },
  {
    group: 'Bytes',
    fault: 'the ETag is hidden by CORS',
    stage: 'UploadPart',
    ends: { fails: 'EtagNotExposed', resumable: true, says: /add ETag .* to ExposeHeader/ },
    setup: { uploader: { parallel: 1 } },
    mayRepeat: [1],
    arm: hiding('ETag'),
    disarm: ({ control }) => control.reset(),
    after: ({ log }) => expect(partNumbers(log)).toEqual([1]),
  },
  {
    group: 'Bytes',
    fault: 'Complete’s answer is lost, and HEAD shows another object: not mistaken for ours',
    stage: 'HeadObject',
    ends: { survives: true },
    mayRepeat: EVERY_PART,
    completes: 2,
    arm: arming(
      { operation: 'CompleteMultipartUpload', times: 2, fault: { kind: 'drop-response' } },
      { operation: 'HeadObject', times: null, fault: { kind: 'response-headers', set: { 'x-oss-hash-crc64ecma': '1234567890' } } },
    ),
  },
  {
    group: 'Bytes',
    fault: 'Complete’s answer is lost, and HEAD shows another size: not mistaken for ours',
    stage: 'HeadObject',
    ends: { survives: true },
    mayRepeat: EVERY_PART,
    completes: 2,
    arm: arming(
      { operation: 'CompleteMultipartUpload', times: 2, fault: { kind: 'drop-response' } },
      { operation: 'HeadObject', times: null, fault: { kind: 'response-headers', set: { 'Content-Length': '5' } } },
    ),
  },
  {
    group: 'Bytes',
    fault: 'Complete’s answer is lost, and HEAD is forbidden: Unconfirmed, nothing is sent again',
    stage: 'HeadObject',
    ends: { fails: 'Unconfirmed', resumable: true, says: /can't be confirmed.*Allow oss:GetObject/ },
    arm: arming(
      { operation: 'CompleteMultipartUpload', times: 2, fault: { kind: 'drop-response' } },
      { operation: 'HeadObject', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } },
    ),
    async disarm({ control }) {
      await control.removeFault();
      await control.clearLog();
    },
  },
];

for (const row of rows) {
  const end = 'fails' in row.ends ? row.ends.fails : 'verified' in row.ends ? 'verified: false' : 'verified';
  test(`${row.stage}: ${row.fault} → ${end}`, ({ campaign }) => campaign(row));
}
