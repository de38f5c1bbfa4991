/**
 * 10,000 inputs that nobody would send: request lines and headers, policies, and forms in any chunks. Each is read, or
 * refused with an error that the service could answer; none ends the process. fast-check prints the seed of a failing run.
 */
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluatePolicies } from '../../../src/emulator/evaluate-policy.js';
import { FormReader, formBoundary } from '../../../src/emulator/form-reader.js';
import { OssError } from '../../../src/emulator/oss-error.js';
import { parseClaim } from '../../../src/emulator/parse-claim.js';
import { parsePolicy, PolicyGrammarError } from '../../../src/emulator/parse-policy.js';
import { parseRequest, resolveAddress, type Addressing } from '../../../src/emulator/parse-request.js';
import { checkPostPolicy, parsePostPolicy } from '../../../src/emulator/post-policy.js';
import { responseOverrides } from '../../../src/emulator/operations/response-overrides.js';
import { parseCompleteBody } from '../../../src/emulator/xml.js';
import { verifyPostForm } from '../../../src/emulator/verify-post-form.js';
import { canonicalRequest, verifyV4, type KeyRing } from '../../../src/emulator/verify-v4.js';
import { matchesWildcard } from '../../../src/emulator/wildcard.js';
import { evaluateXml } from './wellformed.js';

const RUNS = { numRuns: 2500 };
const NOW = Date.parse('2026-11-22T08:00:00Z');
const ADDRESSING: Addressing = {
  baseHosts: ['localhost', 'oss-cn-hangzhou.aliyuncs.com'],
  cnames: { 'files.example.com': 'demo-bucket' },
};
const KEYS: KeyRing = { find: (id) => (id === 'LTAI' ? { accessKeySecret: 's' } : undefined), knowsToken: () => false };

/** Node gives the bytes of request lines and headers as Latin-1 text. */
const onTheWire = (text: string): string => Buffer.from(text).toString('latin1');

/** Runs what may refuse its input, and checks that a refusal can be answered. */
function orRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    expectAnswerable(error);
    return undefined;
  }
}

function expectAnswerable(error: unknown): void {
  if (!(error instanceof OssError)) throw error;
  expect(error.status).toBeGreaterThanOrEqual(400);
  expect(evaluateXml(error.toXml('0'.repeat(24), 'host'))).toContain(error.code);
}

const token = (...words: string[]): fc.Arbitrary<string> => fc.constantFrom(...words);
const anyText = fc.string({ unit: 'binary', maxLength: 30 });

/** Text that is nearly right: pieces of the language with anything between them. */
const mixture = (words: string[], maxLength = 12): fc.Arbitrary<string> =>
  fc.array(fc.oneof({ weight: 3, arbitrary: token(...words) }, anyText), { maxLength }).map((pieces) => pieces.join(''));

describe('the request parser', () => {
  const target = mixture([
    '/',
    '//',
    '?',
    '&',
    '=',
    '+',
    '%',
    '%2F',
    '%ff',
    '%E7%9B%AE',
    '..',
    'uploads',
    'uploadId',
    'partNumber=1',
    'x-oss-signature',
    'x-oss-signature-version=OSS4-HMAC-SHA256',
    'x-oss-expires=60',
    'x-oss-date=20261122T080000Z',
    'x-oss-credential=LTAI%2F20261122%2Fcn-hangzhou%2Foss%2Faliyun_v4_request',
    'response-expires',
    'http://h',
    '\\',
    ';',
  ]);
  const host = mixture(
    ['demo-bucket', '.', 'localhost', ':', '4000', '127.0.0.1', '[::1]', 'files.example.com', 'oss-cn-hangzhou.aliyuncs.com', '@'],
    5,
  );
  const authorization = mixture(
    [
      'OSS4-HMAC-SHA256 ',
      'OSS ',
      'OSS2 ',
      'Credential=',
      'LTAI/20261122/cn-hangzhou/oss/aliyun_v4_request',
      ',',
      'Signature=',
      '0a',
      'AdditionalHeaders=',
      'host',
      ';',
      '=',
    ],
    10,
  );
  const headers = fc.array(
    fc.tuple(
      fc.oneof(token('x-oss-date', 'x-oss-content-sha256', 'X-OSS-Meta-a', 'date', 'content-type', 'Range'), anyText),
      fc.oneof(token('UNSIGNED-PAYLOAD', '20261122T080000Z', 'bytes=0-'), anyText),
    ),
    { maxLength: 6 },
  );

  test('reads or refuses every request', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH'),
        target,
        host,
        fc.option(authorization),
        headers,
        (method, url, hostHeader, auth, more) => {
          const rawHeaders = ['Host', hostHeader, ...more.flat(), ...(auth === null ? [] : ['Authorization', auth])];
          orRefused(() => {
            const parsed = parseRequest({
              method,
              url: onTheWire(url),
              rawHeaders: rawHeaders.map(onTheWire),
            } as unknown as IncomingMessage);
            const addresses = resolveAddress(parsed, ADDRESSING);
            expect(addresses.length).toBeGreaterThan(0);
            for (const address of addresses) canonicalRequest(parsed, address, []);
            for (const value of Object.values(responseOverrides(parsed.query))) expect(value).not.toMatch(/[\r\n]/);
            parseClaim(parsed);
            // Nothing that wasn't signed passes.
            expect(verifyV4(parsed, addresses, { region: 'cn-hangzhou', now: NOW, keys: KEYS }).claim).toBeUndefined();
          });
        },
      ),
      RUNS,
    );
  });

  test('a body of Complete is read or refused', () => {
    const body = mixture([
      '<CompleteMultipartUpload>',
      '</CompleteMultipartUpload>',
      '<Part>',
      '</Part>',
      '<PartNumber>1</PartNumber>',
      '<ETag>"A"</ETag>',
      '&quot;',
      '&#x110000;',
      '<!--',
      '-->',
      '<?xml?>',
    ]);
    fc.assert(
      fc.property(body, (text) => {
        const parts = parseCompleteBody(text);
        if (parts !== undefined) expect(parts.every(({ number }) => Number.isInteger(number))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the policy evaluator', () => {
  const pattern = mixture(['acs:oss:*:*:', 'demo-bucket', '/', '*', '?', 'oss:', 'PutObject', ':', '${'], 6);
  const strings = fc.oneof(pattern, fc.array(pattern, { maxLength: 3 }));
  const condition = fc.dictionary(
    token('StringLike', 'IpAddress', 'NotIpAddress', 'DateLessThan', 'NumericEquals', 'Bool', 'toString', 'constructor'),
    fc.dictionary(
      token('acs:SourceIp', 'acs:CurrentTime', 'oss:Prefix', '__proto__'),
      fc.oneof(fc.string(), token('10.0.0.0/8', '10.0.0.0/', '::/0', '1/1', '2026-11-22', '1e9'), fc.anything({ maxDepth: 1 })),
      { maxKeys: 2 },
    ),
    { maxKeys: 2 },
  );
  const statement = fc.record(
    {
      Effect: fc.oneof(token('Allow', 'Deny'), fc.anything({ maxDepth: 1 })),
      Action: strings,
      Resource: fc.oneof(strings, token('*')),
      NotAction: strings,
      Condition: fc.oneof(condition, fc.anything({ maxDepth: 2 })),
    },
    { requiredKeys: ['Effect'] },
  );
  const document = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ Version: token('1', '2'), Statement: fc.oneof(fc.array(statement, { maxLength: 3 }), fc.anything()) }),
    },
    fc.anything(),
    fc.json(),
    anyText,
  );
  const values = fc.dictionary(
    token('acs:SourceIp', 'acs:CurrentTime', 'oss:Prefix'),
    fc.oneof(fc.string(), token('10.1.2.3', '::1', '2026-11-22T08:00:00Z', '5')),
  );

  test('decides about every document that it takes', () => {
    fc.assert(
      fc.property(document, anyText, values, (policy, resource, given) => {
        try {
          const parsed = parsePolicy(policy);
          const decision = evaluatePolicies([parsed], {
            action: 'oss:PutObject',
            resource,
            owner: '1',
            values: new Map(Object.entries(given)),
          });
          expect(['Allow', 'ExplicitDeny', 'ImplicitDeny']).toContain(decision);
          // A policy that only denies never allows.
          if (parsed.every(({ effect }) => effect === 'Deny')) expect(decision).not.toBe('Allow');
        } catch (error) {
          if (!(error instanceof PolicyGrammarError)) throw error;
        }
      }),
      RUNS,
    );
  });

  test('a wildcard matches what a regular expression of the same meaning does', () => {
    const short = fc.string({ unit: token('a', 'b', '*', '?', '.', '/'), maxLength: 8 });
    fc.assert(
      fc.property(short, fc.string({ unit: token('a', 'b', '.', '/'), maxLength: 8 }), (wildcard, text) => {
        const expression = wildcard.replace(/[.]/g, '\\.').replace(/\*/g, '.*').replace(/\?/g, '.');
        expect(matchesWildcard(wildcard, text)).toBe(new RegExp(`^(?:${expression})$`, 's').test(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the form reader', () => {
  /** The bytes in chunks of any size. */
  async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
    for (let at = 0, n = 0; at < bytes.length; n++) {
      const size = sizes.length === 0 ? bytes.length : (sizes[n % sizes.length] as number);
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }

  async function read(bytes: Buffer, boundary: string, sizes: readonly number[]): Promise<[name: string, content: string][]> {
    const reader = new FormReader(inChunks(bytes, sizes), boundary);
    const parts: [string, string][] = [];
    for (let part = await reader.next(); part !== undefined; part = await reader.next()) {
      const pieces: Buffer[] = [];
      for await (const piece of reader.body()) pieces.push(piece);
      parts.push([part.name, Buffer.concat(pieces).toString('latin1')]);
    }
    await reader.finish();
    return parts;
  }

  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 });

  test('reads or refuses every body, alike in any chunks', async () => {
    const body = mixture(
      [
        '--b',
        '--',
        '\r\n',
        '\r\n\r\n',
        'Content-Disposition: form-data; name="a"',
        'Content-Disposition: form-data; name="file"; filename="x"',
        'Content-Type: text/plain',
        '--b--\r\n',
        '\r\n--b',
        '\n',
        '"',
        ';',
      ],
      20,
    );
    await fc.assert(
      fc.asyncProperty(body, sizes, async (text, chunks) => {
        const attempt = async (by: readonly number[]): Promise<unknown> => {
          try {
            return await read(Buffer.from(text, 'utf8'), 'b', by);
          } catch (error) {
            expectAnswerable(error);
            return [(error as OssError).code, (error as OssError).ec];
          }
        };
        expect(await attempt(chunks)).toEqual(await attempt([]));
      }),
      { numRuns: 1500 },
    );
  });

  test('gives back what a form holds, whatever the bytes and the chunks', async () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      mixture(['\r\n--b', '\r\n--', '\r', '--bound', '\r\n--boundar']),
    );
    const latin = content
      .map((text) => Buffer.from(text).toString('latin1'))
      .filter((text) => !`\r\n${text}\r\n`.includes('\r\n--boundary'));
    await fc.assert(
      fc.asyncProperty(fc.array(latin, { minLength: 1, maxLength: 4 }), sizes, async (contents, chunks) => {
        const parts = contents.map((text, index) => `--boundary\r\nContent-Disposition: form-data; name="f${index}"\r\n\r\n${text}\r\n`);
        const bytes = Buffer.from(`${parts.join('')}--boundary--\r\nrest`, 'latin1');
        expect(await read(bytes, 'boundary', chunks)).toEqual(contents.map((text, index) => [`f${index}`, text]));
      }),
      { numRuns: 1000 },
    );
  });

  test('finds the boundary of a Content-Type, or none', () => {
    const type = mixture(['multipart/form-data', ';', ' ', 'boundary=', '"', 'abc', 'charset=utf-8']);
    fc.assert(
      fc.property(type, (text) => {
        const boundary = formBoundary(text);
        if (boundary !== undefined) expect(boundary.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the policy of a form', () => {
  const value = fc.oneof(
    token('eq', '$key', 'key', 'starts-with', 'in', 'content-length-range', 'bucket', '\\$'),
    fc.anything({ maxDepth: 1 }),
  );
  const conditions = fc.oneof(
    fc.array(fc.oneof(fc.array(value, { maxLength: 4 }), fc.dictionary(fc.string(), value, { maxKeys: 2 }), fc.anything({ maxDepth: 1 })), {
      maxLength: 4,
    }),
    fc.anything(),
  );
  const document = fc
    .record(
      { expiration: fc.oneof(token('2026-11-22T09:00:00.000Z', '2026-13-45T09:00:00Z'), fc.anything({ maxDepth: 1 })), conditions },
      { requiredKeys: [] },
    )
    .map((policy) => JSON.stringify(policy));
  const text = fc.oneof(
    { weight: 4, arbitrary: document },
    mixture(['{', '}', '[', ']', '"', ':', ',', '\\', '\\$', '\\u00', 'expiration', 'conditions']),
  );

  test('is judged or refused, signed or not', () => {
    fc.assert(
      fc.property(
        text,
        fc.dictionary(
          token('key', 'policy', 'x-oss-signature', 'x-oss-credential', 'x-oss-date', 'x-oss-signature-version', 'signature'),
          anyText,
        ),
        (policy, given) => {
          orRefused(() => checkPostPolicy(parsePostPolicy(policy), new Map(Object.entries(given)), NOW));
          const fields = new Map([...Object.entries(given), ['policy', Buffer.from(policy).toString('base64')] as const]);
          const signed = orRefused(() =>
            verifyPostForm(fields, { bucket: 'b', fileType: undefined, region: 'cn-hangzhou', now: NOW, keys: KEYS }),
          );
          expect(signed).toBeUndefined();
        },
      ),
      { numRuns: 1000 },
    );
  });
});
