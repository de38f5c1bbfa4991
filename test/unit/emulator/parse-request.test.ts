import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import {
  isServiceHost,
  parseQuery,
  parseRequest,
  resolveAddress,
  type Addressing,
  type ParsedRequest,
} from '../../../src/emulator/parse-request.js';

const ADDRESSING: Addressing = {
  baseHosts: ['localhost', 'oss-cn-hangzhou.aliyuncs.com'],
  cnames: { 'files.example.com': 'cname-bucket' },
};
const resolve = (host: string, rawPath: string, addressing = ADDRESSING): unknown =>
  resolveAddress({ method: 'GET', host, rawPath, query: new Map(), headers: new Map() }, addressing);

describe('bucket and key', () => {
  test.each([
    ['demo-bucket.localhost:4000', '/a/b%20c+d', 'demo-bucket', 'a/b c+d'],
    ['demo-bucket.localhost', '/', 'demo-bucket', null],
    ['demo-bucket.oss-cn-hangzhou.aliyuncs.com', '/%E7%9B%AE%2Fx', 'demo-bucket', '目/x'],
    ['localhost:4000', '/demo-bucket/k', 'demo-bucket', 'k'],
    ['127.0.0.1:4000', '/demo-bucket', 'demo-bucket', null],
    ['[::1]:4000', '/demo-bucket/a//b/./c', 'demo-bucket', 'a//b/./c'],
    ['files.example.com', '/demo-bucket/k', 'cname-bucket', 'demo-bucket/k'],
    ['localhost', '/', null, null],
  ])('%s%s', (host, path, bucket, key) => {
    expect(resolve(host, path)).toEqual([{ bucket, key }]);
  });

  test('a Host that names the bucket and a path that does too leave two readings', () => {
    expect(resolve('demo-bucket.oss-cn-hangzhou.aliyuncs.com', '/demo-bucket/k')).toEqual([
      { bucket: 'demo-bucket', key: 'demo-bucket/k' },
      { bucket: 'demo-bucket', key: 'k' },
    ]);
  });

  test('a key that is no UTF-8 is refused', () => {
    expect(() => resolve('demo-bucket.localhost', '/%FF')).toThrow('object is not valid');
  });
});

test('control and STS live on hosts that name no bucket', () => {
  expect(['localhost:1', '127.0.0.1:1', '[::1]:1'].every((host) => isServiceHost(host, ADDRESSING))).toBe(true);
  expect(['demo-bucket.localhost:1', 'files.example.com'].some((host) => isServiceHost(host, ADDRESSING))).toBe(false);
});

test('a query reads a plus as a blank, a bare name as empty, and keeps the last of a name', () => {
  expect([...parseQuery('uploads&prefix=a+b%2Bc&x=1&x=2&=y')]).toEqual([
    ['uploads', ''],
    ['prefix', 'a b+c'],
    ['x', '2'],
    ['', 'y'],
  ]);
});

test('a target with the raw bytes of UTF-8 means the same as an encoded one; whatever it is, the path begins with a slash', () => {
  const parse = (url: string): ParsedRequest => parseRequest({ method: 'GET', url, rawHeaders: [] } as unknown as IncomingMessage);
  const raw = parse(Buffer.from('/目?prefix=录').toString('latin1'));
  expect([raw.rawPath, raw.query.get('prefix')]).toEqual(['/目', '录']);
  expect(['*', '', 'a/b', 'http://h', 'http://h/a', '?x'].map((url) => parse(url).rawPath)).toEqual(['/*', '/', '/a/b', '/', '/a', '/']);
});
