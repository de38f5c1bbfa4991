import { describe, expect, test } from 'vitest';
import type { ObjectHeaders, UploadOptions } from '../../../src/options/types.js';
import { objectHeaders } from '../../../src/options/object-headers.js';

/** Which operations carry a header. */
function operationsWith(headers: ObjectHeaders, name: string): string[] {
  return Object.entries(headers)
    .filter(([, carried]) => name in carried)
    .map(([operation]) => operation)
    .sort();
}

function decode(base64: string | undefined): unknown {
  return JSON.parse(Buffer.from(base64 ?? '', 'base64').toString('utf8'));
}

const METADATA = ['initiate', 'putObject'];
const FINAL = ['complete', 'putObject'];
const BYTES = ['putObject', 'uploadPart'];
const callback = { callbackUrl: 'https://app.example.com/cb', callbackBody: 'object=${object}' };

describe('each header is on its operation and on no other', () => {
  test.each<[UploadOptions, string, string, string[]]>([
    [{ contentType: 'video/mp4' }, 'content-type', 'video/mp4', METADATA],
    [{ cacheControl: 'no-cache' }, 'cache-control', 'no-cache', METADATA],
    [{ contentDisposition: 'attachment' }, 'content-disposition', 'attachment', METADATA],
    [{ storageClass: 'IA' }, 'x-oss-storage-class', 'IA', METADATA],
    [{ metadata: { 'Taken-At': 'noon' } }, 'x-oss-meta-taken-at', 'noon', METADATA],
    [{ tagging: { a: '1', 'b c': 'd&e=ü+' } }, 'x-oss-tagging', 'a=1&b%20c=d%26e%3D%C3%BC%2B', METADATA],
    [{ serverSideEncryption: 'AES256' }, 'x-oss-server-side-encryption', 'AES256', METADATA],
    [{ serverSideEncryption: { algorithm: 'KMS', keyId: 'id' } }, 'x-oss-server-side-encryption-key-id', 'id', METADATA],
    [{ serverSideEncryption: { algorithm: 'KMS', dataEncryption: 'SM4' } }, 'x-oss-server-side-data-encryption', 'SM4', METADATA],
    [{ headers: { 'Content-Encoding': 'gzip' } }, 'content-encoding', 'gzip', METADATA],
    [{ headers: { Expires: 'Wed, 21 Oct 2026 07:28:00 GMT' } }, 'expires', 'Wed, 21 Oct 2026 07:28:00 GMT', METADATA],
    [{ headers: { 'X-Oss-Meta-A': '1' } }, 'x-oss-meta-a', '1', METADATA],
    [{ acl: 'public-read' }, 'x-oss-object-acl', 'public-read', FINAL],
    [{ headers: { 'x-oss-object-acl': 'private' } }, 'x-oss-object-acl', 'private', FINAL],
    [{ headers: { 'x-oss-callback': 'e30=' } }, 'x-oss-callback', 'e30=', FINAL],
    [{ headers: { 'x-oss-callback-var': 'e30=' } }, 'x-oss-callback-var', 'e30=', FINAL],
    [{ forbidOverwrite: true }, 'x-oss-forbid-overwrite', 'true', ['complete', 'initiate', 'putObject']],
    [{ headers: { 'X-OSS-Forbid-Overwrite': 'true' } }, 'x-oss-forbid-overwrite', 'true', ['complete', 'initiate', 'putObject']],
    [{ trafficLimit: 819_200 }, 'x-oss-traffic-limit', '819200', BYTES],
    [{ headers: { 'x-oss-traffic-limit': '819200' } }, 'x-oss-traffic-limit', '819200', BYTES],
    [{ headers: { 'X-OSS-Request-Payer': 'requester' } }, 'x-oss-request-payer', 'requester', ['everyRequest', 'initiate', 'putObject']],
  ])('%j', (options, name, value, operations) => {
    const headers = objectHeaders(options, '');
    expect(operationsWith(headers, name)).toEqual(operations);
    for (const operation of operations) expect(headers[operation as keyof ObjectHeaders][name]).toBe(value);
  });

  test('without options there is a content type and nothing else, and on parts nothing at all', () => {
    const type = { 'content-type': 'application/octet-stream' };
    expect(objectHeaders({}, '')).toEqual({ initiate: type, uploadPart: {}, everyRequest: {}, complete: {}, putObject: type });
  });

  test('encryption headers, which OSS refuses on parts, are not there', () => {
    const { uploadPart, complete } = objectHeaders({ serverSideEncryption: { algorithm: 'KMS', keyId: 'id', dataEncryption: 'SM4' } }, '');
    expect([uploadPart, complete]).toEqual([{}, {}]);
  });

  test('the content type is the option, else the file’s, else octet-stream', () => {
    expect(objectHeaders({ contentType: 'a/b' }, 'c/d').initiate['content-type']).toBe('a/b');
    expect(objectHeaders({}, 'c/d').putObject['content-type']).toBe('c/d');
    expect(objectHeaders({ headers: { 'Content-Type': 'e/f' } }, 'c/d').initiate).toEqual({ 'content-type': 'e/f' });
  });

  test('values are trimmed, as they are when signed', () => {
    expect(objectHeaders({ metadata: { a: '  b c\t' } }, '').initiate['x-oss-meta-a']).toBe('b c');
  });

  test.each([null, 'yes', 'true', 1, {}])('forbidOverwrite: %j is refused', (forbidOverwrite) => {
    const options = { forbidOverwrite } as unknown as UploadOptions;
    expect(() => objectHeaders(options, '')).toThrow(TypeError);
    expect(() => objectHeaders(options, '')).toThrow(/^forbidOverwrite must be true or false, not /);
  });

  test('forbidOverwrite: false sends nothing', () => {
    expect(operationsWith(objectHeaders({ forbidOverwrite: false }, ''), 'x-oss-forbid-overwrite')).toEqual([]);
  });
});

describe('callback', () => {
  test('is base64 of JSON in the fields OSS knows, on Complete and Put only', () => {
    const whole = { ...callback, callbackHost: 'app.example.com', callbackBodyType: 'application/json' as const, callbackSNI: true };
    const headers = objectHeaders({ callback: whole, callbackVar: { 'x:user': '42', 'x:名': '值' } }, '');
    expect(operationsWith(headers, 'x-oss-callback')).toEqual(FINAL);
    expect(operationsWith(headers, 'x-oss-callback-var')).toEqual(FINAL);
    expect(decode(headers.complete['x-oss-callback'])).toEqual(whole);
    expect(decode(headers.putObject['x-oss-callback-var'])).toEqual({ 'x:user': '42', 'x:名': '值' });
  });

  test.each([{ callbackUrl: '', callbackBody: 'b' }, { callbackUrl: 'https://a', callbackBody: '' }, {} as typeof callback])(
    '%j is refused',
    (incomplete) => {
      expect(() => objectHeaders({ callback: incomplete }, '')).toThrow(new TypeError('callback needs callbackUrl and callbackBody'));
    },
  );

  test.each(['user', 'x:', 'x:User', 'X:user', ''])('a variable named "%s" is refused by name', (name) => {
    expect(() => objectHeaders({ callbackVar: { [name]: '1' } }, '')).toThrow(TypeError);
    expect(() => objectHeaders({ callbackVar: { [name]: '1' } }, '')).toThrow(`unlike "${name}"`);
  });

  test.each([5_000, 400_000])('a body of %i bytes is refused: 5 KB when encoded', (size) => {
    expect(() => objectHeaders({ callback: { ...callback, callbackBody: 'x'.repeat(size) } }, '')).toThrow(RangeError);
    expect(() => objectHeaders({ callback: { ...callback, callbackBody: 'x'.repeat(size) } }, '')).toThrow(
      /^callback must be at most 5 KB/,
    );
  });
});

describe('what can not be sent is refused at the call', () => {
  test.each<[string, UploadOptions]>([
    ['x-oss-meta-a', { metadata: { a: 'ü' } }],
    ['x-oss-meta-a', { metadata: { a: 'line\nbreak' } }],
    ['cache-control', { cacheControl: 'no\u0000cache' }],
    ['content-disposition', { contentDisposition: 'attachment; filename="文件.txt"' }],
    ['content-type', { contentType: 'text/plain; name=ü' }],
    ['content-type', { contentType: 'text/plain\r\nx-injected: 1' }],
    ['x-a', { headers: { 'X-A': '\u007f' } }],
  ])('text that is not printable ASCII in %s: %j', (name, options) => {
    expect(() => objectHeaders(options, '')).toThrow(TypeError);
    expect(() => objectHeaders(options, '')).toThrow(`"${name}" must be printable ASCII`);
  });

  test.each<UploadOptions>([{ metadata: { 'a b': '1' } }, { metadata: { ü: '1' } }, { headers: { '': '1' } }, { headers: { 'a:b': '1' } }])(
    'a name that is none: %j',
    (options) => {
      expect(() => objectHeaders(options, '')).toThrow(TypeError);
      expect(() => objectHeaders(options, '')).toThrow('is not a header name');
    },
  );

  test.each([
    'Authorization',
    'host',
    'Content-Length',
    'Content-MD5',
    'Date',
    'x-oss-date',
    'X-Oss-Security-Token',
    'x-oss-content-sha256',
  ])('header %s, which is set for each request', (name) => {
    expect(() => objectHeaders({ headers: { [name]: '1' } }, '')).toThrow(new TypeError(`"${name}" can't be set in headers`));
  });

  test.each([819_199, 838_860_801, 0, -1, 819_200.5, Number.NaN, '819200' as unknown as number])('trafficLimit %s', (trafficLimit) => {
    expect(() => objectHeaders({ trafficLimit }, '')).toThrow(RangeError);
    expect(() => objectHeaders({ trafficLimit }, '')).toThrow(/^trafficLimit must be a whole number, 819200\.\.838860800, not /);
  });

  test.each([819_200, 838_860_800])('trafficLimit %i is not', (trafficLimit) => {
    expect(objectHeaders({ trafficLimit }, '').uploadPart).toEqual({ 'x-oss-traffic-limit': String(trafficLimit) });
  });

  test('metadata of more than 8 KB in all, names included', () => {
    const name = 'x-oss-meta-a';
    const fits = { a: 'x'.repeat(8192 - name.length) };
    expect(objectHeaders({ metadata: fits }, '').initiate[name]).toHaveLength(8192 - name.length);
    expect(() => objectHeaders({ metadata: { ...fits, b: '' } }, '')).toThrow(RangeError);
    expect(() => objectHeaders({ metadata: { ...fits, b: '' } }, '')).toThrow(/^metadata must be at most 8192 bytes/);
  });

  test('metadata of more than 8 KB given as headers', () => {
    expect(() => objectHeaders({ headers: { 'x-oss-meta-a': 'x'.repeat(8192) } }, '')).toThrow(/^metadata must be at most 8192 bytes/);
  });

  test('more than 10 tags', () => {
    const tags = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag${index}`, '1']));
    expect(objectHeaders({ tagging: tags(10) }, '').initiate['x-oss-tagging']).toContain('tag9=1');
    expect(() => objectHeaders({ tagging: tags(11) }, '')).toThrow(/tagging/);
  });
});

describe('headers given as such', () => {
  test.each([
    'x-oss-object-acl-like',
    'my-x-oss-object-acl',
    'x-oss-callback-variant',
    'x-oss-forbid-overwrite-like',
    'my-x-oss-forbid-overwrite',
    'x-oss-traffic-limit-like',
    'my-x-oss-traffic-limit',
    'x-oss-request-payer-like',
    'my-x-oss-request-payer',
    'my-authorization',
    'date-of-birth',
    'x-host',
    'hostname',
  ])('%s only looks like one that is special: it is metadata', (name) => {
    const { initiate, uploadPart, complete, everyRequest } = objectHeaders({ headers: { [name]: 'v' } }, '');
    expect(initiate[name]).toBe('v');
    expect([uploadPart[name], complete[name], everyRequest[name]]).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ['x-oss-object-acl', 'complete'],
    ['x-oss-callback', 'complete'],
    ['x-oss-callback-var', 'complete'],
    ['x-oss-traffic-limit', 'uploadPart'],
  ] as const)('%s belongs to %s and to nothing else', (name, operation) => {
    const headers = objectHeaders({ headers: { [name]: 'v' } }, '');
    for (const each of ['initiate', 'uploadPart', 'complete'] as const)
      expect(headers[each][name]).toBe(each === operation ? 'v' : undefined);
    expect(headers.putObject[name]).toBe('v');
  });

  test.each(['headers', 'metadata', 'tagging', 'callbackVar'])('%s must be an object', (name) => {
    for (const value of [null, 7, 'a=b', ['a', 'b']].slice(name === 'headers' || name === 'metadata' ? 0 : 1))
      expect(() => objectHeaders({ [name]: value } as never, '')).toThrow(new RegExp(name));
  });
});

describe('callbacks', () => {
  test.each(['ax:b', 'x:aB', 'x:', 'y'])('a variable named %s is refused, by name', (name) => {
    expect(() => objectHeaders({ callbackVar: { [name]: 'v' } }, '')).toThrow(`"${name}"`);
  });

  test('may come to 5120 bytes when encoded, and to no more', () => {
    const callback = (length: number): object => ({ callback: { callbackUrl: 'u', callbackBody: 'b'.repeat(length) } });
    const overhead = JSON.stringify({ callbackUrl: 'u', callbackBody: '' }).length;
    expect(objectHeaders(callback(3_840 - overhead), '').complete['x-oss-callback']).toHaveLength(5_120);
    expect(() => objectHeaders(callback(3_841 - overhead), '')).toThrow(/callback must be at most 5 KB/);
  });
});

test("the caller's options are not changed, however deep", () => {
  const options = deepFreeze<UploadOptions>({
    headers: { 'Content-Encoding': 'gzip', 'X-Oss-Forbid-Overwrite': 'true' },
    metadata: { A: ' b ' },
    tagging: { a: '1' },
    serverSideEncryption: { algorithm: 'KMS', keyId: 'id' },
    callback,
    callbackVar: { 'x:a': '1' },
    forbidOverwrite: true,
    trafficLimit: 819_200,
  });
  const first = objectHeaders(options, 'a/b');
  expect(objectHeaders(options, 'a/b')).toEqual(first);
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}
