/** Expired, revoked, slow and missing credentials, and wrong clocks. */
import { expect } from '../e2e/fixtures.js';
import { statesOf, untilPartsDone } from '../e2e/helpers.js';
import type { LogEntry } from '../helpers/oss-control.js';
import { MiB, PART } from '../helpers/sizes.js';
import { sleep } from '../helpers/waits.js';
import { type Row, type Scene, test } from './campaign.js';

const HOUR = 3_600_000;

/** A link that is slow enough for something to happen during the upload. */
const slow = ({ control }: Scene): Promise<unknown> => control.setLink({ bytesPerSecond: MiB });

async function callsOfSts({ control }: Pick<Scene, 'control'>): Promise<LogEntry[]> {
  return (await control.log()).filter(({ operation }) => operation === 'AssumeRole');
}

function codes(log: readonly LogEntry[]): string[] {
  return log.flatMap(({ code }) => code ?? []);
}

const refused = (code: string): NonNullable<Row['arm']> => {
  return ({ control, key }) => control.addFault({ key, operation: 'UploadPart', skip: 2, fault: { kind: 'status', status: 403, code } });
};

const rows: Row[] = [
  {
    group: 'Credentials',
    fault: 'tokens that live 2 s',
    stage: 'the whole upload',
    ends: { survives: true },
    size: 40 * PART,
    setup: { uploader: { parallel: 2 } },
    async arm(scene) {
      await slow(scene);
      await scene.control.setTokenSeconds(2);
    },
    async after(scene) {
      expect((await callsOfSts(scene)).length).toBeGreaterThanOrEqual(2);
    },
  },
  {
    group: 'Credentials',
    fault: 'all parts in flight expire at once',
    stage: 'UploadPart',
    ends: { survives: true },
    arm: slow,
    async during({ page, control }) {
      await untilPartsDone(page, 2);
      await control.expireTokens();
    },
    async after(scene) {
      // One at the start, one for all refused parts.
      expect(await callsOfSts(scene)).toHaveLength(2);
      expect(codes(scene.log).length).toBeGreaterThanOrEqual(1);
      expect(new Set(codes(scene.log))).toEqual(new Set(['SecurityTokenExpired']));
    },
  },
  ...(['SecurityTokenExpired', 'InvalidAccessKeyId', 'InvalidSecurityToken'] as const).map(
    (code): Row => ({
      group: 'Credentials',
      fault: `revoked early: ${code}`,
      stage: 'UploadPart',
      ends: { survives: true },
      arm: refused(code),
      async after(scene) {
        expect(await callsOfSts(scene)).toHaveLength(2);
      },
    }),
  ),
  ...(['InitiateMultipartUpload', 'CompleteMultipartUpload'] as const).map(
    (operation): Row => ({
      group: 'Credentials',
      fault: 'expired',
      stage: operation,
      ends: { survives: true },
      arm: ({ control, key }) => control.addFault({ key, operation, fault: { kind: 'status', status: 403, code: 'SecurityTokenExpired' } }),
    }),
  ),
  {
    group: 'Credentials',
    fault: 'refused even when fresh',
    stage: 'UploadPart',
    ends: { fails: 'InvalidAccessKeyId', resumable: true, says: /Check what `credentials` returns/ },
    setup: { uploader: { parallel: 1 } },
    arm: ({ control, key }) =>
      control.addFault({
        key,
        operation: 'UploadPart',
        times: null,
        fault: { kind: 'status', status: 403, code: 'InvalidAccessKeyId' },
      }),
    async after(scene) {
      // The first, and three renewals.
      expect(await callsOfSts(scene)).toHaveLength(4);
    },
  },
  {
    group: 'Credentials',
    fault: 'the function is slow',
    stage: 'the first request',
    ends: { survives: true },
    setup: { clockRate: 10 },
    arm: ({ control }) => control.addFault({ operation: 'AssumeRole', fault: { kind: 'delay', milliseconds: 2_000 } }),
    after: ({ states }) => expect(states).toContain('waiting: credentials'),
  },
  {
    group: 'Credentials',
    fault: 'the function fails 3 times, then works',
    stage: 'the first request',
    ends: { survives: true },
    setup: { clockRate: 10 },
    arm: ({ control }) => control.addFault({ operation: 'AssumeRole', times: 3, fault: { kind: 'status', status: 500 } }),
    async after(scene) {
      expect(scene.states).toContain('waiting: credentials');
      expect(await callsOfSts(scene)).toHaveLength(4);
      expect(scene.log.filter(({ operation, status }) => operation === 'UploadPart' && status !== 200)).toEqual([]);
    },
  },
  {
    group: 'Credentials',
    fault: 'the function fails until it is repaired: the upload waits',
    stage: 'UploadPart',
    ends: { survives: true },
    setup: { clockRate: 10 },
    arm: slow,
    async during({ page, control }) {
      await untilPartsDone(page, 2);
      await control.addFault({ operation: 'AssumeRole', times: null, fault: { kind: 'status', status: 500 } });
      await control.expireTokens();
      await expect.poll(() => statesOf(page).then((states) => states.at(-1))).toBe('waiting: credentials');
      await sleep(2_000);
      expect((await statesOf(page)).at(-1)).toBe('waiting: credentials');
      await control.removeFault();
    },
  },
  {
    group: 'Credentials',
    fault: 'the function returns no credentials',
    stage: 'the first request',
    ends: { fails: 'InvalidCredentials', resumable: true, says: /returned no accessKeyId and accessKeySecret/ },
    arm: ({ control }) =>
      control.addFault({
        operation: 'AssumeRole',
        times: null,
        fault: { kind: 'raw', status: 200, contentType: 'application/json', body: '{"Credentials":{}}' },
      }),
  },
  {
    group: 'Credentials',
    fault: 'a token for another bucket',
    stage: 'the first request',
    ends: { fails: 'AccessDenied', resumable: true, says: /Access denied by authorizer's policy.*Check policy, region and endpoint/ },
    setup: { stsQuery: 'bucket=another-bucket' },
    after: ({ log }) => expect(log).toHaveLength(1),
    async disarm({ page, setup, start }) {
      await page.evaluate(() => window.upload!.uploader.dispose());
      delete setup.stsQuery;
      await start();
    },
  },
];

const clocks: Row[] = [1, -1, 24, -24].flatMap((hours): Row[] => {
  const name = `${hours > 0 ? '+' : '−'}${Math.abs(hours) === 1 ? '1 h' : '1 day'}`;
  const skewed = (log: readonly LogEntry[]): void => {
    // Once for each request that was signed before the first of these answers.
    expect(codes(log).filter((code) => code === 'RequestTimeTooSkewed').length).toBeGreaterThanOrEqual(1);
    expect(codes(log).filter((code) => code === 'RequestTimeTooSkewed').length).toBeLessThanOrEqual(3);
  };
  return [
    {
      group: 'Credentials',
      fault: `the device's clock is wrong by ${name}`,
      stage: 'the whole upload',
      ends: { survives: true },
      arm: ({ control }) => control.setClock(-hours * HOUR),
      after: ({ log }) => skewed(log),
    },
    {
      group: 'Credentials',
      fault: `the clock jumps by ${name}`,
      stage: 'UploadPart',
      ends: { survives: true },
      arm: slow,
      async during({ page, control }) {
        await untilPartsDone(page, 3);
        await control.setClock(-hours * HOUR);
      },
      after: ({ log }) => skewed(log),
    },
  ];
});

for (const row of [...rows, ...clocks]) {
  test(`${row.stage}: ${row.fault} → ${'survives' in row.ends ? 'survives' : 'a clear failure'}`, ({ campaign }) => campaign(row));
}
