/**
 * Form uploads against the published vectors: signatures by ali-oss, requests by the official Python samples, and how a
 * server judges policies. They are read from ../shared/oss beside the project; in a clone without that folder only the
 * first test runs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { OssError } from '../../src/emulator/oss-error.js';
import { checkPostPolicy, parsePostPolicy } from '../../src/emulator/post-policy.js';
import { verifyPostForm } from '../../src/emulator/verify-post-form.js';
import { parseTimestamp, type KeyRing } from '../../src/emulator/verify-v4.js';
import { createSigner } from '../../src/oss/sign.js';
import { startTestOss } from '../helpers/embedded-oss.js';
import { entityTooLarge, entityTooSmall } from '../../src/emulator/post-errors.js';
import { BOUNDARY, type Field, formBody, post } from './form.js';

interface Judgement {
  accept: boolean;
  status?: number;
  code?: string;
  ec?: string | null;
  message?: string | null;
}

interface Vector {
  id: string;
  input: {
    bucket: string;
    key: string;
    region: string;
    accessKeyId: string;
    accessKeySecret: string;
    securityToken: string;
    signTime: string;
  };
  expect: { policyText: string; signature: string; formFields: Field[] };
  request?: { body: string; headers: Field[] };
}

interface Vectors {
  vectors: Vector[];
  baseConditions: Record<string, string>[];
  conditionCases: { id: string; conditions: unknown[]; form: Field[]; fileSize: number; filePartContentType?: string; expect: Judgement }[];
  policyDocumentCases: { serverTime: string; cases: { id: string; policy: string; expect: Judgement }[] };
}

const FILE = fileURLToPath(new URL('../../../shared/oss/post-policy.json', import.meta.url));
const NONE: Vectors = { vectors: [], baseConditions: [], conditionCases: [], policyDocumentCases: { serverTime: '', cases: [] } };
const published = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Vectors) : NONE;

test('all vectors of form uploads are present, or none of them', () => {
  const counts = [published.vectors.length, published.conditionCases.length, published.policyDocumentCases.cases.length];
  expect([
    [12, 21, 13],
    [0, 0, 0],
  ]).toContainEqual(counts);
});

const lowerCased = (fields: readonly Field[]): Map<string, string> => new Map(fields.map(([name, value]) => [name.toLowerCase(), value]));

/** What a check says, in the form of the vectors. */
function judge(check: () => void): Judgement {
  try {
    check();
    return { accept: true };
  } catch (error) {
    if (!(error instanceof OssError)) throw error;
    return { accept: false, status: error.status, code: error.code, ec: error.ec ?? null, message: error.message };
  }
}

/** Where the vectors name no message, any will do. */
const expected = ({ message, ...rest }: Judgement): unknown =>
  rest.accept ? { accept: true } : { ...rest, message: message ?? expect.any(String) };

for (const vector of published.vectors) {
  const { input, expect: wanted } = vector;
  const now = parseTimestamp(input.signTime);
  const token = input.securityToken === '' ? {} : { securityToken: input.securityToken, expiresAt: now + 3_600_000 };
  const keys: KeyRing = {
    find: (id) => (id === input.accessKeyId ? { accessKeySecret: input.accessKeySecret, ...token } : undefined),
    knowsToken: () => false,
  };
  const options = { bucket: input.bucket, fileType: undefined, region: input.region, now, keys };
  const fields = lowerCased(wanted.formFields);

  describe(vector.id, () => {
    test('the client signs the policy alike', async () => {
      const { accessKeyId, accessKeySecret } = input;
      expect(await createSigner(input.region).signText(fields.get('policy') ?? '', { accessKeyId, accessKeySecret }, now)).toBe(
        wanted.signature,
      );
    });

    test('verifies', () => {
      expect(verifyPostForm(fields, options)).toMatchObject({ accessKeyId: input.accessKeyId });
      expect(Buffer.from(fields.get('policy') ?? '', 'base64').toString()).toBe(wanted.policyText);
    });

    test('is refused with another signature, secret, policy, region or bucket, and when it has expired', () => {
      const changed = (name: string, value: string): Map<string, string> => new Map([...fields, [name, value]]);
      const flip = (text: string): string => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
      const code = (check: () => void): string | undefined => judge(check).code;
      expect(code(() => verifyPostForm(changed('x-oss-signature', flip(wanted.signature)), options))).toBe('SignatureDoesNotMatch');
      const otherSecret = { ...options, keys: { ...keys, find: () => ({ accessKeySecret: 'other', ...token }) } };
      expect(code(() => verifyPostForm(fields, otherSecret))).toBe('SignatureDoesNotMatch');
      const policy = Buffer.from(`${wanted.policyText} `).toString('base64');
      expect(code(() => verifyPostForm(changed('policy', policy), options))).toBe('SignatureDoesNotMatch');
      expect(code(() => verifyPostForm(fields, { ...options, region: 'cn-beijing' }))).toBe('InvalidArgument');
      if (wanted.policyText.includes('"bucket"')) {
        expect(code(() => verifyPostForm(fields, { ...options, bucket: 'other-bucket' }))).toBe('AccessDenied');
      }
      const later = {
        ...options,
        now: now + 86_400_000,
        keys: { ...keys, find: (id: string) => ({ ...keys.find(id), expiresAt: now + 1e9 }) as never },
      };
      expect(judge(() => verifyPostForm(fields, later)).message).toBe('Invalid according to Policy: Policy expired.');
    });

    if (input.securityToken !== '') return;
    test('is stored by the running service', async () => {
      const accessKeys = [{ accessKeyId: input.accessKeyId, accessKeySecret: input.accessKeySecret }];
      const oss = await startTestOss({ accessKeys, region: input.region, buckets: [input.bucket], now: () => now });
      try {
        const body =
          vector.request === undefined
            ? formBody(wanted.formFields, { content: 'hi oss', filename: 'a b.txt' })
            : Buffer.from(vector.request.body);
        const type = vector.request?.headers[0]?.[1] ?? `multipart/form-data; boundary=${BOUNDARY}`;
        const reply = await post(oss.port, body, { 'Content-Type': type, Host: `${input.bucket}.localhost` });
        // The application server of the vectors doesn't exist.
        const status = fields.has('callback')
          ? 203
          : fields.has('success_action_redirect')
            ? 303
            : Number(fields.get('success_action_status') ?? 204);
        expect(reply.status).toBe(status);
        expect(oss.control.objects()).toMatchObject([{ key: input.key.replace('${filename}', 'a b.txt'), size: 6 }]);
        expect(reply.headers).toMatchObject({
          etag: expect.stringMatching(/^"\w{32}"$/),
          'x-oss-hash-crc64ecma': oss.control.objects()[0]?.crc64,
        });
      } finally {
        await oss.cleanup();
      }
    });
  });
}

for (const { id, conditions, form, fileSize, filePartContentType, expect: wanted } of published.conditionCases) {
  test(`condition: ${id}`, () => {
    const left = conditions.filter((condition) => typeof condition !== 'string');
    const without = conditions.map((condition) => /^WITHOUT ([\w-]+)/.exec(String(condition))?.[1]);
    const base = published.baseConditions.filter((condition) => !without.includes(Object.keys(condition)[0]));
    const given = lowerCased(form);
    const fields = new Map([...published.baseConditions.flatMap((condition) => Object.entries(condition)), ...given]);
    if (filePartContentType !== undefined && !given.has('content-type')) fields.set('content-type', filePartContentType);
    const policy = JSON.stringify({ expiration: '2026-11-22T09:00:00.000Z', conditions: [...base, ...left] });
    const judgement = judge(() => {
      const { size, ...parsed } = parsePostPolicy(policy);
      checkPostPolicy({ size, ...parsed }, fields, Date.parse('2026-11-22T08:00:00Z'));
      if (fileSize > size.max) throw entityTooLarge(size.max, fileSize);
      if (fileSize < size.min) throw entityTooSmall(size.min, fileSize);
    });
    expect(judgement).toEqual(expected(wanted));
  });
}

for (const { id, policy, expect: wanted } of published.policyDocumentCases.cases) {
  test(`policy document: ${id}`, () => {
    const judgement = judge(() =>
      checkPostPolicy(parsePostPolicy(policy), new Map(), Date.parse(published.policyDocumentCases.serverTime)),
    );
    expect(judgement).toEqual(expected(wanted));
  });
}
