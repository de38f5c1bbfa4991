import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Md5 } from '../../../src/hash/md5.js';
import vectors from '../../vectors/digests.json' with { type: 'json' };

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('Md5', () => {
  test.each(vectors.contentMd5)('gives the published Content-MD5 of $id', ({ data, contentMd5 }) => {
    expect(new Md5().update(bytesOf(data.utf8)).base64()).toBe(contentMd5);
  });

  test("equals Node's MD5 however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
        const md5 = new Md5();
        const expected = createHash('md5');
        for (const piece of pieces) {
          md5.update(piece);
          expected.update(piece);
        }
        expect(md5.hex()).toBe(expected.digest('hex'));
      }),
    );
  });

  test('takes of a view only what it shows', () => {
    const bytes = bytesOf('xx0123456789yy').subarray(2, 12);
    expect(new Md5().update(bytes).base64()).toBe('eB5eJF1ptWaXm4bijSPyxw==');
  });
});
