import { describe, expect, test } from 'vitest';
import { objectHeaders } from '../../../src/options/object-headers.js';
import { additionalHeaderNames, canonicalRequest, createSigner, createUrlSigner } from '../../../src/oss/sign.js';

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

describe('signed besides the defaults', () => {
  const request = {
    method: 'PUT',
    bucket: 'examplebucket',
    key: 'k',
    query: {},
    headers: { Range: 'bytes=0-1', 'Content-Type': 'text/plain', Empty: '', 'x-oss-meta-a': 'b' },
    additionalHeaders: ['Range', 'range', 'Content-Type', 'x-oss-meta-a', 'Missing', 'Empty'],
  };

  test('are those that are there, hold something and would not be signed anyway, each once', () => {
    expect(additionalHeaderNames(request)).toEqual(['range']);
    expect(additionalHeaderNames({ ...request, additionalHeaders: undefined })).toEqual([]);
  });

  test('are named in a presigned query, too, and only where there are any', async () => {
    const signer = createUrlSigner('cn-hangzhou');
    const keys = { accessKeyId: 'id', accessKeySecret: 'secret' };
    const headers = { ...request.headers, 'If-Match': '"e"' };
    const query = await signer.presign({ ...request, headers, additionalHeaders: ['Range', 'If-Match'] }, keys, 0, 60);
    expect(query['x-oss-additional-headers']).toBe('if-match;range');
    const plain = await signer.presign({ ...request, additionalHeaders: [] }, keys, 0, 60);
    expect(plain).not.toHaveProperty('x-oss-additional-headers');
  });

  test('a payload hash that is given is the one that is signed', () => {
    const headers = { 'x-oss-content-sha256': 'abc' };
    expect(
      canonicalRequest({ ...request, headers })
        .split('\n')
        .at(-1),
    ).toBe('abc');
    expect(
      canonicalRequest({ ...request, headers: {} })
        .split('\n')
        .at(-1),
    ).toBe('UNSIGNED-PAYLOAD');
  });

  test('of what the caller sends, only what signing sets itself is replaced', async () => {
    const headers = { 'my-authorization': 'kept', 'x-oss-date-of-birth': 'kept', Authorization: 'old', 'X-Oss-Date': 'old' };
    const signed = await createSigner('cn-hangzhou').sign({ ...request, headers }, { accessKeyId: 'id', accessKeySecret: 's' }, 0);
    expect(signed).toMatchObject({ 'my-authorization': 'kept', 'x-oss-date-of-birth': 'kept', 'x-oss-date': '19700101T000000Z' });
    expect(Object.values(signed)).not.toContain('old');
  });
});
