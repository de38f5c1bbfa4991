/**
 * Whatever an application, a credentials function or an old database passes in is completed, or refused with a documented
 * error that names the problem and no secret. fast-check prints the seed of a failing run; `fc.assert(…, { seed, path })`
 * repeats it.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partRange, planParts } from '../../src/core/plan.js';
import { CredentialsError } from '../../src/errors.js';
import { normalizeOptions, normalizeUploadOptions } from '../../src/options/normalize.js';
import type { UploaderOptions, UploadOptions } from '../../src/options/types.js';
import { createServiceClock } from '../../src/oss/service-clock.js';
import { createCredentialsCache } from '../../src/oss/credentials.js';
import { parseCredentials } from '../../src/oss/parse-credentials.js';
import { objectHeaders } from '../../src/options/object-headers.js';
import type { ListedPart } from '../../src/oss/xml.js';
import type { Clock } from '../../src/ports.js';
import { findMatches, reconcile } from '../../src/checkpoint/match.js';
import { readCheckpoint, readParts } from '../../src/checkpoint/read.js';
import { PART } from '../helpers/sizes.js';
import { identity, PLACE, RECORD } from './checkpoint/record.js';

const SECRET = 'PlantedAccessKeySecretOfSts';
const TOKEN = 'CAISPlantedSecurityToken/of+sts==';

/** Values of every kind, and some that look almost valid. */
const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({
    maxDepth: 2,
    maxKeys: 4,
    withNullPrototype: true,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
  }),
  fc.constantFrom<unknown>(
    Symbol('odd'),
    10n,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
    2 ** 53,
    1e308,
    new Date(Number.NaN),
    () => 'x',
    Object.create(null),
    JSON.parse('{"__proto__":{"savePart":1}}'),
    'x'.repeat(10_000),
    'null',
    'false',
    '__proto__',
    'constructor',
    '\ud800',
    'a\nb',
    'a\u0000b',
    SECRET,
    TOKEN,
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** A sound object with up to two of its fields replaced or removed. */
function damaged<T extends object>(sound: T, names: readonly string[] = Object.keys(sound)): fc.Arbitrary<Record<string, unknown>> {
  const changes = fc.array(fc.tuple(fc.constantFrom(...names), anyValue), { minLength: 1, maxLength: 2 });
  return changes.map((pairs) => ({ ...sound, ...Object.fromEntries(pairs) }));
}

/** The value that a call returns, or the error that it throws. */
function outcomeOf<T>(call: () => T): { value: T } | { error: unknown } {
  try {
    return { value: call() };
  } catch (error) {
    return { error };
  }
}

function expectRefusalNaming(error: unknown, names: readonly string[]): void {
  if (!(error instanceof TypeError || error instanceof RangeError)) throw new Error(`neither TypeError nor RangeError: ${String(error)}`);
  // Refused by a check, not by chance.
  if (!names.some((name) => error.message.includes(name))) throw new Error(`names none of ${names.join(', ')}: ${error.message}`);
}

describe('options', () => {
  const uploader: UploaderOptions = {
    region: 'cn-hangzhou',
    bucket: 'examplebucket',
    credentials: { accessKeyId: 'STS.id', accessKeySecret: 'secret' },
  };
  const uploaderNames = [
    ...['region', 'bucket', 'endpoint', 'cname', 'pathStyle', 'credentials', 'parallel', 'partSize', 'checkpoint', 'integrity'],
    ...['retry', 'stallTimeout', 'wakeLock', 'unloadGuard', 'fetch', 'workerFactory', 'ports'],
  ];
  const groups = fc.oneof(
    damaged({}, ['limit', 'baseDelay', 'maxDelay']).map((retry) => ({ retry })),
    damaged({}, ['crc64', 'md5']).map((integrity) => ({ integrity })),
    damaged({}, ['name', 'maxAge']).map((checkpoint) => ({ checkpoint })),
    fc.constant({}),
  );

  test('of an uploader are completed, or refused by name', () => {
    fc.assert(
      fc.property(damaged(uploader, uploaderNames), groups, (options, more) => {
        const outcome = outcomeOf(() => normalizeOptions({ ...options, ...more } as never));
        if ('error' in outcome) return expectRefusalNaming(outcome.error, uploaderNames);
        const { endpoints, parallel, partSize, checkpoint, integrity, retry, stallTimeout, wakeLock, unloadGuard } = outcome.value;
        for (const { origin } of endpoints) expect(new URL(origin).origin).toBe(origin);
        planParts(1, partSize);
        const numbers = [parallel, checkpoint.maxAge, ...Object.values(retry), stallTimeout];
        if (!numbers.every((number) => Number.isFinite(number) && number >= 0)) throw new Error(`numbers ${numbers.join()}`);
        const flags = [checkpoint.enabled, ...Object.values(integrity), wakeLock, unloadGuard];
        if (!flags.every((flag) => typeof flag === 'boolean')) throw new Error('an unsound flag');
        if (typeof checkpoint.name !== 'string' || checkpoint.name === '') throw new Error('an unsound name');
      }),
      { numRuns: 2_500 },
    );
  });

  const defaults = normalizeOptions(uploader);
  const file = new File(['x'], 'a.bin', { lastModified: 1 });
  const uploadNames = ['key', 'scope', 'path', 'partSize', 'parallel', 'signal', 'fileHandle', 'options'];

  test('of an upload are completed, or refused by name', () => {
    fc.assert(
      fc.property(fc.oneof(damaged({}, uploadNames), anyValue), (options) => {
        const outcome = outcomeOf(() => normalizeUploadOptions(file, options as UploadOptions, defaults));
        if ('error' in outcome) return expectRefusalNaming(outcome.error, uploadNames);
        const { path, key, parallel, signal } = outcome.value;
        if (typeof path !== 'string' || !['string', 'function', 'undefined'].includes(typeof key)) throw new Error('unsound names');
        if (!(parallel >= 1 && parallel <= defaults.parallel)) throw new Error(`parallel of ${parallel}`);
        signal?.throwIfAborted();
      }),
      { numRuns: 2_000 },
    );
  });

  const headerNames = [
    ...['headers', 'metadata', 'contentType', 'cacheControl', 'contentDisposition', 'storageClass', 'acl', 'tagging'],
    ...['serverSideEncryption', 'forbidOverwrite', 'callback', 'callbackVar', 'trafficLimit'],
  ];
  const texts = fc.dictionary(fc.oneof(fc.constantFrom('a', 'Content-Language', 'x:user', 'x-oss-x'), fc.string()), anyValue, {
    maxKeys: 3,
  });
  const deep = fc.record(
    {
      headers: texts,
      metadata: texts,
      tagging: texts,
      callbackVar: texts,
      callback: damaged({ callbackUrl: 'https://a.example', callbackBody: 'a=b' }),
      serverSideEncryption: damaged({}, ['algorithm', 'keyId', 'dataEncryption']),
    },
    { requiredKeys: [] },
  );

  test('of an object become valid headers, or are refused by name', () => {
    fc.assert(
      fc.property(fc.oneof(damaged({}, headerNames), deep), (options) => {
        const outcome = outcomeOf(() => objectHeaders(options as UploadOptions, ''));
        if ('error' in outcome) return expectRefusalNaming(outcome.error, [...headerNames, 'header "', 'is not a header name']);
        // The platform's own check of a header.
        for (const headers of Object.values(outcome.value)) new Headers(headers as Record<string, string>);
      }),
      { numRuns: 2_500 },
    );
  });

  test.each<[string, object]>([
    ['integrity', { integrity: 10n }],
    ['stallTimeout', { stallTimeout: Symbol('s') }],
    ['partSize', { partSize: Object.create(null) }],
    ['pathStyle', { pathStyle: 'false' }],
    ['wakeLock', { wakeLock: 1 }],
    ['integrity.md5', { integrity: { md5: 'no' } }],
  ])('%s is named even if its value can hardly be printed', (name, options) => {
    const outcome = outcomeOf(() => normalizeOptions({ ...uploader, ...options } as never));
    expectRefusalNaming('error' in outcome && outcome.error, [name]);
  });

  test.each<[string, unknown]>([
    ['options', null],
    ['path', { path: 5, key: 'k' }],
    ['signal', { signal: {} }],
  ])('an invalid %s of an upload is refused before anything starts', (name, options) => {
    const outcome = outcomeOf(() => normalizeUploadOptions(file, options as UploadOptions, defaults));
    expectRefusalNaming('error' in outcome && outcome.error, [name]);
  });

  test.each<[string, object]>([
    ['metadata', { metadata: 'a=b' }],
    ['header "x-oss-meta-a"', { metadata: { a: null } }],
    ['header "x-oss-meta-a"', { metadata: { a: {} } }],
    ['tagging', { tagging: { a: Symbol('s') } }],
    ['tagging', { tagging: 'a=b' }],
    ['callback', { callback: { callbackUrl: 'u', callbackBody: 10n } }],
    ['callback', { callback: { callbackUrl: 'u', callbackBody: 'b', callbackHost: 10n } }],
    ['callbackVar "x:a"', { callbackVar: { 'x:a': 10n } }],
  ])('%s is refused by name when it isn’t a text: %#', (name, options) => {
    const outcome = outcomeOf(() => objectHeaders(options as UploadOptions, ''));
    expectRefusalNaming('error' in outcome && outcome.error, [name]);
  });

  test('numbers and booleans are accepted as texts', () => {
    const { initiate } = objectHeaders({ metadata: { a: 1, b: true }, tagging: { c: 2 } } as never, '');
    expect(initiate).toMatchObject({ 'x-oss-meta-a': '1', 'x-oss-meta-b': 'true', 'x-oss-tagging': 'c=2' });
  });
});

describe('credentials', () => {
  const names = [
    ...['accessKeyId', 'accessKeySecret', 'securityToken', 'stsToken', 'expiration'],
    ...['AccessKeyId', 'AccessKeySecret', 'SecurityToken', 'Expiration', 'Credentials'],
  ];
  const sound = { accessKeyId: 'STS.id', accessKeySecret: SECRET, securityToken: TOKEN };
  const flat = fc.oneof(damaged(sound, names), damaged({}, names), anyValue);
  const answer = fc.oneof(
    flat,
    flat.map((Credentials) => ({ Credentials })),
    fc.json().map((text) => JSON.parse(text) as unknown),
    fc.oneof(fc.date(), fc.integer(), fc.double(), fc.string()).map((expiration) => ({ ...sound, expiration })),
  );
  const clock: Clock = { now: () => 1_800_000_000_000, after: () => () => {} };

  /** Checks all own properties, enumerable or not. */
  function expectNoSecretIn(error: Error): void {
    const everything = Reflect.ownKeys(error)
      .map((name) => String(Reflect.get(error, name)))
      .join('\n');
    if (everything.includes(SECRET) || everything.includes(TOKEN)) throw new Error(`a secret leaked: ${everything}`);
  }

  test('become sound keys that headers can carry, or a CredentialsError that contains none of them', () => {
    fc.assert(
      fc.property(answer, (value) => {
        const outcome = outcomeOf(() => parseCredentials(value as never));
        if ('error' in outcome) {
          if (!(outcome.error instanceof CredentialsError)) throw new Error('another error', { cause: outcome.error });
          return expectNoSecretIn(outcome.error);
        }
        const { accessKeyId, accessKeySecret, securityToken, expiration } = outcome.value;
        new Headers({ Authorization: accessKeyId, 'x-oss-security-token': securityToken ?? '' });
        if (accessKeyId === '' || typeof accessKeySecret !== 'string' || accessKeySecret === '') throw new Error('no keys');
        if (expiration !== undefined && !Number.isFinite(expiration)) throw new Error(`expires at ${expiration}`);
      }),
      { numRuns: 2_000 },
    );
  });

  test('from a function with any answer become keys or a CredentialsError', async () => {
    await fc.assert(
      fc.asyncProperty(answer, fc.boolean(), async (value, isFunction) => {
        const source = isFunction ? () => value : value;
        if (!isFunction && typeof source === 'function') return;
        const cache = createCredentialsCache(source as never, clock, createServiceClock(clock));
        for (let request = 0; request < 3; request += 1) {
          const outcome = await cache
            .get(new AbortController().signal, () => {})
            .then(
              (keys) => ({ keys }),
              (error: unknown) => ({ error }),
            );
          if ('error' in outcome) {
            if (!(outcome.error instanceof CredentialsError)) throw new Error('another error', { cause: outcome.error });
            expectNoSecretIn(outcome.error);
          } else cache.refuse(outcome.keys);
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each(['accessKeyId', 'securityToken'])(
    'with a line break in %s are refused without quoting the value, which a browser would do',
    (name) => {
      const outcome = outcomeOf(() => parseCredentials({ ...sound, [name]: `${TOKEN}\n${SECRET}` }));
      expect(outcome).toMatchObject({ error: { code: 'InvalidCredentials', message: expect.stringContaining(name) } });
      expectNoSecretIn((outcome as { error: Error }).error);
    },
  );

  test('may have an expiration of undefined or null', () => {
    expect(parseCredentials({ ...sound, Expiration: null } as never).expiration).toBeUndefined();
    expect(parseCredentials({ ...sound, expiration: undefined } as never).expiration).toBeUndefined();
  });

  test.each([10n, Symbol('s'), true, {}, Object.create(null), []])('with an expiration that isn’t a time are refused: %#', (expiration) => {
    expect(() => parseCredentials({ ...sound, expiration } as never)).toThrow(CredentialsError);
  });
});

describe('the content of an old database', () => {
  const stored = fc.oneof(
    anyValue,
    damaged(RECORD),
    damaged({ ...RECORD, version: 1, endpoint: PLACE.endpoints[0]?.origin }),
    damaged(RECORD.file).map((file) => ({ ...RECORD, file })),
    fc
      .tuple(fc.nat(2 ** 40), fc.integer({ min: 1, max: 2 ** 34 }))
      .map(([size, partSize]) => ({ ...RECORD, file: { ...RECORD.file, size }, partSize })),
  );

  test('an accepted checkpoint can be resumed: its key can be sent, and its parts fit its file', () => {
    fc.assert(
      fc.property(stored, fc.array(stored, { maxLength: 4 }), (value, others) => {
        const checkpoint = readCheckpoint(value, PLACE);
        for (const found of [...findMatches([value, ...others], PLACE, identity()), ...(checkpoint ? [checkpoint] : [])]) {
          const { file, partSize, key, uploadId, fingerprint } = found;
          const plan = planParts(file.size, partSize);
          expect([plan.partSize, fingerprint !== '']).toEqual([partSize, true]);
          encodeURIComponent(uploadId);
          expect(new URL(`https://a.example/${key.split('/').map(encodeURIComponent).join('/')}`).pathname.split('/').length).toBe(
            key.split('/').length + 1,
          );
          // It can be stored again.
          structuredClone(found);
        }
      }),
      { numRuns: 2_500 },
    );
  });

  test.each<[string, object]>([
    ['a key that browsers would normalize', { key: 'a/../b' }],
    ['a key with an unpaired surrogate', { key: '\ud800' }],
    ['an upload ID with an unpaired surrogate', { uploadId: '\udc00' }],
    ['more than 10,000 parts', { file: { ...RECORD.file, size: 10_000 * PART + 1 } }],
    ['more bytes than an object can have', { file: { ...RECORD.file, size: 2 ** 50 }, partSize: 5 * 1024 ** 3 }],
  ])('a record with %s is ignored', (_, change) => {
    expect(readCheckpoint({ ...RECORD, ...change }, PLACE)).toBeUndefined();
  });

  const plan = planParts(RECORD.file.size, PART);
  const part = { number: 1, etag: '"E"', size: PART, crc64: '123' };
  const storedPart = fc.oneof(
    anyValue,
    damaged(part),
    fc.integer({ min: -1, max: 6 }).map((number) => ({ ...part, number })),
  );
  const listedPart: fc.Arbitrary<ListedPart> = fc.record({
    number: fc.integer({ min: 1, max: 12_000 }),
    etag: fc.constantFrom('"E"', 'e', 'other'),
    size: fc.constantFrom(PART, 7, 0, PART - 1),
    crc64: fc.constantFrom(undefined, '123', '18446744073709551615'),
    lastModified: fc.constant(undefined),
  });

  test('carried-over parts are within the file, have the right size, and have a CRC-64', () => {
    fc.assert(
      fc.property(
        fc.array(storedPart, { maxLength: 8 }),
        fc.array(
          fc.oneof(
            listedPart,
            listedPart.map((listed) => ({ ...listed, number: (listed.number % 4) + 1 })),
          ),
          { maxLength: 8 },
        ),
        (values, listed) => {
          const recorded = readParts(values);
          for (const { number, size, crc64 } of reconcile(recorded, listed, plan)) {
            const { start, end } = partRange(plan, number);
            expect([size, typeof crc64]).toEqual([end - start, 'string']);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
