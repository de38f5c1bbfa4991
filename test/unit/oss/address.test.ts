import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Endpoint } from '../../../src/options/endpoint.js';
import { objectUrl, queryText } from '../../../src/oss/address.js';
import { encodePath } from '../../../src/oss/sign.js';

const virtualHost: Endpoint = { origin: 'https://oss-cn-hangzhou.aliyuncs.com', addressing: 'virtual-host' };

test.each<[Endpoint['addressing'], string, string]>([
  ['virtual-host', 'https://oss-cn-hangzhou.aliyuncs.com', 'https://examplebucket.oss-cn-hangzhou.aliyuncs.com/dir/a%20b.txt'],
  ['virtual-host', 'http://localhost:4000', 'http://examplebucket.localhost:4000/dir/a%20b.txt'],
  ['path', 'http://127.0.0.1:4000', 'http://127.0.0.1:4000/examplebucket/dir/a%20b.txt'],
  ['cname', 'https://static.example.com', 'https://static.example.com/dir/a%20b.txt'],
])('%s at %s', (addressing, origin, url) => {
  expect(objectUrl({ origin, addressing }, 'examplebucket', 'dir/a b.txt')).toBe(url);
});

test("keeps the key's slashes, and encodes what a URL or the service would read otherwise", () => {
  expect(new URL(objectUrl(virtualHost, 'examplebucket', "a//b?c#d+e%2F!'()*/")).pathname).toBe('/a//b%3Fc%23d%2Be%252F%21%27%28%29%2A/');
});

test('a browser sends the path as it was signed, whatever the key', () => {
  const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/^\.{1,2}$/.test(text));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
      const key = segments.join('/');
      fc.pre(!key.split('/').some((part) => /^\.{1,2}$/.test(part)));
      const url = new URL(objectUrl(virtualHost, 'examplebucket', key));
      expect(url.pathname).toBe(`/${encodePath(key)}`);
      expect([url.search, url.hash]).toEqual(['', '']);
    }),
  );
});

test('an empty value is a bare name, no query is no question mark', () => {
  expect(queryText({ uploads: '', 'a b': 'c&d=/+' })).toBe('?uploads&a%20b=c%26d%3D%2F%2B');
  expect(queryText({})).toBe('');
});
