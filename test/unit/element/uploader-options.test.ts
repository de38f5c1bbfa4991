import { describe, expect, it } from 'vitest';
import { isSame } from '../../../src/element/is-same.js';
import { createUploader } from '../../../src/index.js';
import { uploaderOptions } from '../../../src/element/uploader-options.js';

const SOURCES = { region: 'cn-hangzhou', bucket: 'examplebucket', endpoint: '', signer: '', credentials: undefined, options: {} };

describe('options of an element', () => {
  it('are the same if a framework sets equal ones at a render, with new functions', () => {
    expect(
      isSame({ cname: true, retry: { limit: 3 }, credentials: () => 1 }, { cname: true, retry: { limit: 3 }, credentials: () => 2 }),
    ).toBe(true);
    expect(isSame({ endpoint: ['a', 'b'] }, { endpoint: ['a', 'b'] })).toBe(true);
  });

  it.each([
    ['a value differs', { cname: true }, { cname: false }],
    ['a nested value differs', { retry: { limit: 3 } }, { retry: { limit: 4 } }],
    ['one is missing', { cname: true, parallel: 3 }, { cname: true }],
    ['another one is there', { cname: true }, { pathStyle: true }],
    ['a store is another one', { checkpoint: { store: new Map() } }, { checkpoint: { store: new Map() } }],
  ])('differ if %s', (_what, one, other) => {
    expect(isSame(one, other)).toBe(false);
  });

  it('read credentials at each call: those of the element before those in its options', () => {
    const sources = { ...SOURCES, credentials: (() => 'first') as never, options: { credentials: (() => 'second') as never } };
    const options = uploaderOptions(sources);
    const ask = (): unknown => (options.credentials as () => unknown)();
    expect(ask()).toBe('first');
    sources.credentials = (() => 'third') as never;
    expect(ask()).toBe('third');
    sources.credentials = undefined as never;
    expect(ask()).toBe('second');
  });

  it.each([undefined, '/sts', 7])('leave credentials that are none (%s) to the uploader, which refuses them with words', (credentials) => {
    const sources = { ...SOURCES, credentials: credentials as never };
    expect(() => createUploader(uploaderOptions(sources))).toThrow('credentials must be STS credentials or a function that fetches them');
  });
});
