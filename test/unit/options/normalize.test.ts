import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkKey } from '../../../src/core/key.js';
import { MAX_PART_SIZE, MIN_PART_SIZE } from '../../../src/core/plan.js';
import { objectHeaders } from '../../../src/options/object-headers.js';
import { normalizeOptions, normalizeUploadOptions } from '../../../src/options/normalize.js';
import type { UploaderConfig, UploaderOptions, UploadOptions } from '../../../src/options/types.js';
import { objectUrl } from '../../../src/oss/address.js';
import type { CheckpointStore } from '../../../src/ports.js';

const required: UploaderOptions = {
  region: 'cn-hangzhou',
  bucket: 'examplebucket',
  credentials: () => ({ accessKeyId: 'STS.id', accessKeySecret: 'secret' }),
};

function normalize(options: Record<string, unknown> = {}): UploaderConfig {
  return normalizeOptions({ ...required, ...options } as UploaderOptions);
}

/** What a call throws. */
function thrownBy(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('did not throw');
}

describe('normalizeOptions', () => {
  test('completes the least that can be given', () => {
    expect(normalize()).toEqual({
      signer: undefined,
      discover: false,
      region: 'cn-hangzhou',
      bucket: 'examplebucket',
      endpoints: [{ origin: 'https://oss-cn-hangzhou.aliyuncs.com', addressing: 'virtual-host' }],
      credentials: required.credentials,
      parallel: 6,
      partSize: 'auto',
      checkpoint: { enabled: true, name: 'oss-resumable', maxAge: 7 * 86_400_000, store: undefined },
      integrity: { crc64: true, md5: false },
      retry: { limit: 10, networkLimit: 40, baseDelay: 300, maxDelay: 30_000 },
      stallTimeout: 60_000,
      wakeLock: true,
      unloadGuard: false,
      transport: undefined,
      workerFactory: undefined,
      ports: {},
    });
  });

  test('passes through what replaces something of the platform', () => {
    const fetch = async () => new Response();
    const workerFactory = () => ({}) as Worker;
    const ports = { wakeLock: { acquire: () => () => {} } };
    expect(normalize({ fetch, workerFactory, ports })).toMatchObject({ transport: fetch, workerFactory, ports });
  });

  test('takes what is given, and fills up what is given in part', () => {
    const config = normalize({
      parallel: 100,
      partSize: MIN_PART_SIZE,
      integrity: { md5: true },
      retry: { limit: 0 },
      stallTimeout: 0,
      wakeLock: false,
      unloadGuard: true,
      checkpoint: { maxAge: 1 },
    });
    expect(config).toMatchObject({
      parallel: 100,
      partSize: MIN_PART_SIZE,
      integrity: { crc64: true, md5: true },
      retry: { limit: 0, baseDelay: 300, maxDelay: 30_000 },
      stallTimeout: 0,
      wakeLock: false,
      unloadGuard: true,
      checkpoint: { enabled: true, name: 'oss-resumable', maxAge: 1 },
    });
  });

  test('the region may have the oss- prefix of host names, which is no part of signatures', () => {
    expect(normalize({ region: 'oss-cn-hangzhou' })).toMatchObject({
      region: 'cn-hangzhou',
      endpoints: [{ origin: 'https://oss-cn-hangzhou.aliyuncs.com' }],
    });
  });

  test('checkpoint: off, a name, or a store', () => {
    const store = { savePart: async () => {} } as unknown as CheckpointStore;
    expect(normalize({ checkpoint: false }).checkpoint.enabled).toBe(false);
    expect(normalize({ checkpoint: { name: 'mine' } }).checkpoint).toMatchObject({ enabled: true, name: 'mine', store: undefined });
    expect(normalize({ checkpoint: store }).checkpoint).toMatchObject({ enabled: true, store });
  });

  test('changes nothing in what it is given', () => {
    const options = deepFreeze({ ...required, retry: { limit: 1 }, integrity: { md5: true }, checkpoint: { name: 'n' } });
    expect(() => normalizeOptions(options)).not.toThrow();
  });

  describe('endpoint', () => {
    test.each<[Record<string, unknown>, string]>([
      [{}, 'https://examplebucket.oss-cn-hangzhou.aliyuncs.com/k'],
      [{ endpoint: 'oss-cn-hangzhou-internal.aliyuncs.com' }, 'https://examplebucket.oss-cn-hangzhou-internal.aliyuncs.com/k'],
      [{ endpoint: 'oss-accelerate.aliyuncs.com' }, 'https://examplebucket.oss-accelerate.aliyuncs.com/k'],
      [{ endpoint: 'cn-hangzhou.oss.aliyuncs.com' }, 'https://examplebucket.cn-hangzhou.oss.aliyuncs.com/k'],
      [{ endpoint: 'HTTP://OSS-cn-hangzhou.aliyuncs.com/' }, 'http://examplebucket.oss-cn-hangzhou.aliyuncs.com/k'],
      [{ endpoint: 'https://oss.example.com:8443' }, 'https://examplebucket.oss.example.com:8443/k'],
      [{ endpoint: 'localhost:4000' }, 'https://examplebucket.localhost:4000/k'],
      [{ endpoint: 'http://127.0.0.1:4000', pathStyle: true }, 'http://127.0.0.1:4000/examplebucket/k'],
      [{ endpoint: 'http://[::1]:4000', pathStyle: true }, 'http://[::1]:4000/examplebucket/k'],
      [{ endpoint: 'static.example.com', cname: true }, 'https://static.example.com/k'],
      [{ endpoint: 'http://127.0.0.1:4000', cname: true }, 'http://127.0.0.1:4000/k'],
      [{ endpoint: 'https://上传.example.com', cname: true }, 'https://xn--fhq5z.example.com/k'],
      [{ endpoint: 'oss_gateway' }, 'https://examplebucket.oss_gateway/k'],
      [{ endpoint: 'oss-cn-hangzhou.aliyuncs.com', cname: true }, 'https://examplebucket.oss-cn-hangzhou.aliyuncs.com/k'],
      [{ endpoint: 'examplebucket.oss-cn-hangzhou.aliyuncs.com' }, 'https://examplebucket.oss-cn-hangzhou.aliyuncs.com/k'],
      [{ endpoint: 'https://examplebucket.oss-accelerate.aliyuncs.com' }, 'https://examplebucket.oss-accelerate.aliyuncs.com/k'],
      [{ endpoint: 'examplebucket.oss-cn-hangzhou.aliyuncs.com', cname: true }, 'https://examplebucket.oss-cn-hangzhou.aliyuncs.com/k'],
      [{ endpoint: 'aliyuncs.com.example.com', cname: true }, 'https://aliyuncs.com.example.com/k'],
    ])('%j', (options, url) => {
      const { endpoints, bucket } = normalize(options);
      expect(endpoints).toHaveLength(1);
      expect(objectUrl(endpoints[0], bucket, 'k')).toBe(url);
    });

    test.each<[Record<string, unknown>, string]>([
      [{ endpoint: 'http://127.0.0.1:4000' }, 'set pathStyle: true'],
      [{ endpoint: '127.0.0.1' }, 'set pathStyle: true'],
      [{ endpoint: 'http://[::1]' }, 'set pathStyle: true'],
      [{ endpoint: 'https://example.com/path' }, 'endpoint must be a host or an origin'],
      [{ endpoint: 'https://example.com/?query' }, 'endpoint must be a host or an origin'],
      [{ endpoint: 'https://example.com/#fragment' }, 'endpoint must be a host or an origin'],
      [{ endpoint: 'https://user:password@example.com' }, 'endpoint must be a host or an origin'],
      [{ endpoint: 'ftp://example.com' }, 'endpoint must be a host or an origin'],
      [{ endpoint: 'not a host' }, 'endpoint must be a host or an origin'],
      [{ endpoint: '' }, 'endpoint must be a host or an origin'],
      [{ endpoint: null }, 'endpoint must be a host or an origin'],
      [{ endpoint: 4000 }, 'endpoint must be a host or an origin'],
      [{ cname: true }, 'cname needs endpoint'],
      [{ endpoint: 'static.example.com', cname: true, pathStyle: true }, 'cname and pathStyle exclude each other'],
    ])('%j is refused', (options, message) => {
      const error = thrownBy(() => normalize(options));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(message);
      expect(error.message).not.toContain('password');
    });

    const NO_ORIGIN = [
      ...['not a url', ' ', ' example.com', 'example.com ', 'exam\tple.com', 'example.com\n', 'not%20a%20url', 'example%2ecom'],
      ...['//example.com', 'https:/example.com', 'https:example.com', 'http:///example.com', 'https://', 'https:', 'example.com\\'],
      ...['example.com?', 'example.com#', '@example.com', 'user@example.com', 'example.com/bucket', 'example.com//', '/', '.', '..'],
      ...['example..com', '.example.com', 'exa,mple.com', 'exa*mple.com', '*.example.com', '<host>', '{region}.aliyuncs.com'],
      ...['example.com:', 'example.com:port', 'example.com:99999', 'example.com:80:80', '::1', '[::1', '[]', '[:::]', '256.1.1.1'],
      ...['data:text/plain,x', 'javascript:alert(1)', 'blob:https://example.com/1', 'about:blank', 'oss://bucket', '-', 'a-.b'],
      ...[7, true, {}, Symbol('endpoint'), ['oss.example.com']],
    ];

    test.each(NO_ORIGIN.map((endpoint) => [endpoint]))('%o is no host and no origin, alone or in a list', (endpoint) => {
      if (!Array.isArray(endpoint)) expect(() => normalize({ endpoint })).toThrow(/^endpoint must be a host or an origin/);
      expect(() => normalize({ endpoint: ['oss.example.org', endpoint] })).toThrow(/^endpoint must be a host or an origin/);
    });

    test('may be a list, in the order of preference', () => {
      const endpoint = ['https://files.example.com', 'oss-accelerate.aliyuncs.com', 'oss-cn-hangzhou.aliyuncs.com'];
      expect(normalize({ endpoint, cname: true }).endpoints).toEqual([
        { origin: 'https://files.example.com', addressing: 'cname' },
        { origin: 'https://oss-accelerate.aliyuncs.com', addressing: 'virtual-host' },
        { origin: 'https://oss-cn-hangzhou.aliyuncs.com', addressing: 'virtual-host' },
      ]);
      expect(normalize({ endpoint }).endpoints.map(({ addressing }) => addressing)).toEqual(Array(3).fill('virtual-host'));
    });

    test('of a list, pathStyle is for all, and an IP address needs it', () => {
      const endpoint = ['http://10.0.0.1', 'oss.example.com'];
      expect(normalize({ endpoint, pathStyle: true }).endpoints.map(({ addressing }) => addressing)).toEqual(['path', 'path']);
      expect(() => normalize({ endpoint: endpoint.toReversed() })).toThrow('set pathStyle: true');
    });

    test('that is named twice, in whatever spelling, is there once', () => {
      const endpoint = ['https://oss.example.com', 'OSS.example.com/', 'http://oss.example.com', 'oss.example.com:443'];
      expect(normalize({ endpoint }).endpoints.map(({ origin }) => origin)).toEqual(['https://oss.example.com', 'http://oss.example.com']);
    });

    test('in a list of none or of nine is refused', () => {
      const nine = Array.from({ length: 9 }, (_, index) => `oss-${index}.example.com`);
      expect(normalize({ endpoint: nine.slice(1) }).endpoints).toHaveLength(8);
      for (const endpoint of [[], nine]) {
        const error = thrownBy(() => normalize({ endpoint }));
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toContain(`endpoint must be one host or a list of 1..8, not of ${endpoint.length}`);
      }
    });

    test('whatever is accepted is an origin without anything else, that holds what was given', () => {
      const piece = fc.constantFrom('a', 'oss', '.', '-', ':', '/', '?', '#', '@', ' ', '%', '[', ']', '8', 'https://', '中', '\t', '\\');
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 7 }), (pieces) => {
          const endpoint = pieces.join('');
          let origin: string;
          try {
            ({ origin } = normalize({ endpoint, pathStyle: true }).endpoints[0]);
          } catch (error) {
            expect((error as Error).message).toMatch(/^endpoint must be/);
            return;
          }
          const { hostname, href } = new URL(origin);
          expect(href).toBe(`${origin}/`);
          expect(hostname).toMatch(/[a-z\d]/);
          expect(endpoint).not.toMatch(/[\s?#@%\\]/);
        }),
        { numRuns: 3_000 },
      );
    });
  });

  test.each<[string, unknown, ErrorConstructor, string]>([
    ['region', undefined, TypeError, 'region must be a region ID such as "cn-hangzhou", not undefined'],
    ['region', '', TypeError, 'region must be a region ID such as "cn-hangzhou", not ""'],
    ['region', 7, TypeError, 'region must be a region ID such as "cn-hangzhou", not 7'],
    ['region', 'CN Hangzhou', TypeError, 'region must be a region ID such as "cn-hangzhou", not "CN Hangzhou"'],
    ['bucket', undefined, TypeError, 'bucket must be 3..63 lower-case letters, digits and hyphens, not undefined'],
    ['bucket', 'ab', TypeError, 'bucket must be 3..63 lower-case letters, digits and hyphens, not "ab"'],
    ['bucket', 'a'.repeat(64), TypeError, 'bucket must be 3..63'],
    ['bucket', 'Upper', TypeError, 'bucket must be 3..63'],
    ['bucket', '-edge', TypeError, 'bucket must be 3..63'],
    ['bucket', 'edge-', TypeError, 'bucket must be 3..63'],
    ['bucket', 'with.dot', TypeError, 'bucket must be 3..63'],
    ['credentials', undefined, TypeError, 'credentials must be STS credentials or a function'],
    ['credentials', null, TypeError, 'credentials must be'],
    ['credentials', 'key', TypeError, 'credentials must be'],
    ['parallel', 0, RangeError, 'parallel must be a whole number, 1..100, not 0'],
    ['parallel', 101, RangeError, 'parallel must be a whole number, 1..100, not 101'],
    ['parallel', 1.5, RangeError, 'parallel must be a whole number, 1..100, not 1.5'],
    ['parallel', '4', RangeError, 'parallel must be a whole number, 1..100, not "4"'],
    ['parallel', Number.NaN, RangeError, 'parallel must be'],
    ['partSize', MIN_PART_SIZE - 1, RangeError, "partSize must be 'auto' or 102400 (100 KiB) .. 5368709120 (5 GiB) bytes, not 102399"],
    ['partSize', MAX_PART_SIZE + 1, RangeError, 'partSize must be'],
    ['partSize', 'big', RangeError, 'bytes, not "big"'],
    ['partSize', null, RangeError, 'partSize must be'],
    ['retry', { limit: -1 }, RangeError, 'retry.limit must be a whole number, 0..100, not -1'],
    ['retry', { limit: 101 }, RangeError, 'retry.limit must be a whole number, 0..100, not 101'],
    ['retry', { limit: Number.POSITIVE_INFINITY }, RangeError, 'retry.limit must be a whole number'],
    ['retry', { baseDelay: -1 }, RangeError, 'retry.baseDelay must be 0..86400000'],
    ['retry', { baseDelay: '300' }, Error, 'retry.baseDelay must be'],
    ['retry', { maxDelay: Number.NaN }, RangeError, 'retry.maxDelay must be 0..86400000'],
    ['retry', null, TypeError, 'retry must be'],
    ['stallTimeout', -1, RangeError, 'stallTimeout must be 0..86400000'],
    ['stallTimeout', Number.POSITIVE_INFINITY, RangeError, 'stallTimeout must be 0..86400000'],
    ['stallTimeout', '60000', Error, 'stallTimeout must be'],
    ['checkpoint', { name: '' }, TypeError, 'checkpoint.name must be the name of an IndexedDB database, not ""'],
    ['checkpoint', { maxAge: -1 }, RangeError, 'checkpoint.maxAge must be 0..'],
    ['checkpoint', null, TypeError, 'checkpoint must be'],
    ['checkpoint', 'my-database', TypeError, 'checkpoint must be'],
    ['integrity', null, TypeError, 'integrity must be'],
    ['fetch', 'fetch', TypeError, 'fetch must be a function, like the platform\'s fetch(), not "fetch"'],
    ['fetch', null, TypeError, 'fetch must be a function'],
    ['fetch', 5, TypeError, "fetch must be a function, like the platform's fetch(), not 5"],
    ['workerFactory', 'x', TypeError, 'workerFactory must be a function, such as () => new Worker(url), not "x"'],
    ['workerFactory', {}, TypeError, 'workerFactory must be a function'],
    ['ports', null, TypeError, 'ports must be an object with options, not null'],
    ['ports', () => ({}), TypeError, 'ports must be an object with options'],
    ['ports', { locks: true }, TypeError, 'ports.locks must be an object with methods, not true'],
    ['ports', { clock: null }, TypeError, 'ports.clock must be an object'],
  ])('%s: %j throws, naming the option and what is accepted', (option, value, kind, message) => {
    const error = thrownBy(() => normalize({ [option]: value }));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(message);
  });

  test.each([undefined, null, 'options'])('no options at all (%j): a TypeError that says what is needed', (options) => {
    const error = thrownBy(() => normalizeOptions(options as unknown as UploaderOptions));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('region, bucket and credentials');
  });

  test.each([
    ['both', { signer: '/oss' }, 'credentials and signer exclude each other'],
    ['an empty signer', { signer: '', credentials: undefined }, 'signer must be the URL'],
    ['a number', { signer: 7, credentials: undefined }, 'signer must be the URL'],
    ['neither', { credentials: undefined }, 'credentials must be'],
  ])('%s: a TypeError that says what is needed', (_, options, message) => {
    expect(() => normalize(options)).toThrow(message);
  });

  test.each(['/oss', 'https://app.example.com/oss', async () => []])('signer: %s is accepted in place of credentials', (signer) => {
    expect(normalize({ signer, credentials: undefined }).signer).toBe(signer);
  });
});

describe('normalizeUploadOptions', () => {
  const defaults = normalize({ parallel: 4 });
  const named = new File(['x'], 'photo.jpg', { lastModified: 7, type: 'image/jpeg' });

  function upload(file: Blob = named, options: Record<string, unknown> = {}): ReturnType<typeof normalizeUploadOptions> {
    return normalizeUploadOptions(file, options as UploadOptions, defaults);
  }

  test("takes the file's name for its path, and leaves the key open", () => {
    expect(upload()).toEqual({
      bucket: 'examplebucket',
      file: named,
      path: 'photo.jpg',
      key: undefined,
      scope: undefined,
      partSize: 'auto',
      discover: false,
      skipExisting: false,
      parallel: 4,
      signal: undefined,
      fileHandle: undefined,
      headers: objectHeaders({}, 'image/jpeg'),
      integrity: { crc64: true, md5: false },
    });
  });

  test('a file of a folder is known by its path there; `path` goes before', () => {
    const inFolder = Object.defineProperty(new File([], 'a.txt'), 'webkitRelativePath', { value: 'dir/a.txt' });
    expect(upload(inFolder).path).toBe('dir/a.txt');
    expect(upload(inFolder, { path: 'other/a.txt' }).path).toBe('other/a.txt');
  });

  test('a Blob without a name needs a key, a path or a function', () => {
    const blob = new Blob(['x']);
    expect(thrownBy(() => upload(blob))).toMatchObject({ name: 'TypeError', message: expect.stringContaining('key is required') });
    expect(upload(blob, { key: 'k' }).key).toBe('k');
    expect(upload(blob, { path: 'p' }).path).toBe('p');
    expect(upload(blob, { key: () => 'k' }).key).toBeTypeOf('function');
  });

  test("a file's name that can't be a key is refused at the call, unless a key is given", () => {
    const file = new File([], '..');
    expect(thrownBy(() => upload(file))).toBeInstanceOf(TypeError);
    expect(upload(file, { key: 'k' }).key).toBe('k');
  });

  test.each([undefined, null, 'file', { size: 1, name: 'a' }])('%j is no file', (file) => {
    expect(thrownBy(() => normalizeUploadOptions(file as unknown as Blob, {}, defaults))).toMatchObject({
      name: 'TypeError',
      message: 'upload() needs a File or a Blob',
    });
  });

  test("never more in flight than the uploader's", () => {
    expect(upload(named, { parallel: 2 }).parallel).toBe(2);
    expect(upload(named, { parallel: 50 }).parallel).toBe(4);
  });

  test.each<[Record<string, unknown>, string, string]>([
    [{ parallel: 0 }, 'RangeError', 'parallel must be a whole number, 1..100, not 0'],
    [{ partSize: 1 }, 'RangeError', 'partSize must be'],
    [{ key: '' }, 'TypeError', 'key must be a string of 1..1023 bytes'],
    [{ key: 7 }, 'TypeError', 'key must be a string of 1..1023 bytes of UTF-8, not 7'],
    [{ key: null }, 'TypeError', 'key must be a string of 1..1023 bytes of UTF-8, not null'],
    [{ key: () => 'k', scope: '' }, 'TypeError', 'scope must be a string of 1..255 characters'],
    [{ key: () => 'k', scope: 'x'.repeat(256) }, 'TypeError', 'scope must be a string of 1..255 characters'],
    [{ key: () => 'k', scope: null }, 'TypeError', 'scope must be a string of 1..255 characters'],
    [{ key: () => 'k', scope: 42 }, 'TypeError', 'scope must be a string of 1..255 characters'],
    [{ key: 'k', scope: 'avatars' }, 'TypeError', 'scope needs a key function'],
    [{ scope: 'avatars' }, 'TypeError', 'scope needs a key function'],
    [{ signal: null }, 'TypeError', 'signal must be an AbortSignal'],
    [{ signal: { aborted: false } }, 'TypeError', 'signal must be an AbortSignal'],
    [{ signal: new EventTarget() }, 'TypeError', 'signal must be an AbortSignal'],
    [{ fileHandle: null }, 'TypeError', 'fileHandle must be an object'],
    [{ fileHandle: 5 }, 'TypeError', 'fileHandle must be an object with getFile(), not 5'],
    [{ fileHandle: { kind: 'directory' } }, 'TypeError', "fileHandle must be a file's, not a folder's"],
  ])('%j throws, naming the option', (options, name, message) => {
    expect(thrownBy(() => upload(named, options))).toMatchObject({ name, message: expect.stringContaining(message) });
  });

  test('a scope of up to 255 characters goes with a key function', () => {
    for (const scope of ['a', '用户 42 的头像', 'x'.repeat(255)]) expect(upload(named, { key: () => 'k', scope }).scope).toBe(scope);
  });

  test('files and signals of another realm are no instances of the classes here, and are taken', () => {
    // Looks to a check like an object of an iframe's class.
    const foreign = <T extends object>(value: T): T =>
      new Proxy(value, {
        getPrototypeOf: () => null,
        get: (target, name) => {
          const member: unknown = Reflect.get(target, name);
          return typeof member === 'function' ? member.bind(target) : member;
        },
      });
    const { signal } = new AbortController();
    expect(foreign(named)).not.toBeInstanceOf(Blob);
    expect(foreign(signal)).not.toBeInstanceOf(AbortSignal);
    expect(upload(foreign(named), { signal: foreign(signal) })).toMatchObject({ path: 'photo.jpg' });
  });

  test('changes nothing in what it is given', () => {
    expect(() => upload(named, deepFreeze({ key: 'k', parallel: 1, metadata: { a: '1' } }))).not.toThrow();
  });
});

describe('checkKey', () => {
  test.each([
    'a',
    'dir/a.txt',
    'a//b',
    'dir/',
    '.hidden',
    'a./b',
    '...',
    'a/.../b',
    '..a/b..',
    'a\\..\\b',
    'a b+c&d=e?f#g%41',
    '目录/文件.txt',
    '👍',
    '\t\n',
  ])('%j is a key', (key) => {
    expect(checkKey(key)).toBe(key);
  });

  test.each(['x', 'é', '中', '👍'])('a key of "%s" may have 1023 bytes, not characters, and none more', (character) => {
    const bytes = new TextEncoder().encode(character).length;
    const longest = character.repeat(Math.floor(1023 / bytes));
    expect(checkKey(longest)).toBe(longest);
    expect(thrownBy(() => checkKey(longest + character))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining(`key must be a string of 1..1023 bytes of UTF-8, not `),
    });
  });

  test.each<[unknown, string]>([
    ['', '1..1023 bytes'],
    [undefined, '1..1023 bytes'],
    [null, '1..1023 bytes'],
    [7, '1..1023 bytes'],
    [{}, '1..1023 bytes'],
    ['/a', 'must not begin with "/" or "\\"'],
    ['\\a', 'must not begin with "/" or "\\"'],
    ['/', 'must not begin'],
    ['.', '"." or ".." segments'],
    ['..', '"." or ".." segments'],
    ['a/./b', '"." or ".." segments'],
    ['a/../b', '"." or ".." segments'],
    ['./a', '"." or ".." segments'],
    ['a/..', '"." or ".." segments'],
    ['a\ud800', 'unpaired surrogate'],
    ['\udc00a', 'unpaired surrogate'],
  ])('%j is none', (key, message) => {
    const error = thrownBy(() => checkKey(key));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/^key /);
    expect(error.message).toContain(message);
  });

  test('whatever is accepted reaches the service as it is: the URL keeps every segment', () => {
    const odd = ['\t', '\r\n', '\u0000', '\u000b', '\u007f', '\u2028', '\ufffe', '\ufeff', '\ud800'];
    const piece = fc.constantFrom('a', '.', '..', '%2e', '%2E%2e', '%', '/', '\\', '?', '#', ' ', '+', '中', ...odd, '');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const key = pieces.join('');
        try {
          checkKey(key);
        } catch {
          return;
        }
        const { pathname } = new URL(objectUrl(normalize().endpoints[0], 'examplebucket', key));
        expect(decodeURIComponent(pathname.slice(1))).toBe(key);
      }),
      { numRuns: 2_000 },
    );
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
