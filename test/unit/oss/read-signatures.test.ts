import { describe, expect, test } from 'vitest';
import type { RequestToSign } from '../../../src/options/signer-types.js';
import { readSignatures } from '../../../src/oss/read-signatures.js';

const PART: RequestToSign = {
  operation: 'UploadPart',
  method: 'PUT',
  key: 'dir/春 a+b.bin',
  query: { partNumber: '3', uploadId: 'U/+=' },
  headers: {},
  size: 7,
  parts: undefined,
};
const FORM: RequestToSign = { ...PART, operation: 'PostObject', method: 'POST', query: {} };
const INITIATE: RequestToSign = { ...PART, operation: 'InitiateMultipartUpload', method: 'POST', query: { uploads: '' } };
const HOST = 'https://b.oss-cn-hangzhou.aliyuncs.com';
const PATH = `dir/${encodeURIComponent('春 a+b.bin')}`;
const SIGNATURE = 'x-oss-signature=S';

const read = (signature: unknown, request = PART): unknown => readSignatures([signature], [request]);

describe('a signature is for its request', () => {
  test.each<[string, unknown, RequestToSign]>([
    ['headers', { headers: { Authorization: 'A', 'x-oss-date': 'D' } }, PART],
    ['a URL', { url: `${HOST}/${PATH}?partNumber=3&uploadId=U%2F%2B%3D&${SIGNATURE}` }, PART],
    [
      'a URL in path style, its parameters in another order',
      { url: `http://localhost:9000/b/${PATH}?${SIGNATURE}&uploadId=U%2F%2B%3D&partNumber=3` },
      PART,
    ],
    ['a URL with a bare name', { url: `${HOST}/${PATH}?uploads&${SIGNATURE}` }, INITIATE],
    ['a URL of the key that the server has chosen', { key: 'chosen', url: `${HOST}/chosen?uploads=&${SIGNATURE}` }, INITIATE],
    ['fields of a form', { fields: { key: FORM.key, policy: 'P' } }, FORM],
    ['fields of a form, with the key that the server has chosen', { key: 'chosen', fields: { key: 'chosen' } }, FORM],
    [
      'a URL of the bucket',
      { url: `${HOST}/?uploads&prefix=dir%2F&${SIGNATURE}` },
      { ...PART, key: '', query: { uploads: '', prefix: 'dir/' } },
    ],
  ])('%s', (_, signature, request) => {
    expect(read(signature, request)).toEqual([signature]);
  });

  test.each<[string, unknown, RequestToSign]>([
    ['nothing', undefined, PART],
    ['an empty object', {}, PART],
    ['a URL of another key', { url: `${HOST}/dir/other?partNumber=3&uploadId=U%2F%2B%3D` }, PART],
    ['a URL of a longer key', { url: `${HOST}/${PATH}x?partNumber=3&uploadId=U%2F%2B%3D` }, PART],
    ['a URL of another part', { url: `${HOST}/${PATH}?partNumber=4&uploadId=U%2F%2B%3D` }, PART],
    ['a URL of another upload', { url: `${HOST}/${PATH}?partNumber=3&uploadId=V` }, PART],
    ['a URL without the query', { url: `${HOST}/${PATH}` }, INITIATE],
    ['a script', { url: `javascript:alert(1)//${PATH}?uploads` }, INITIATE],
    ['a path with a stray %', { url: `${HOST}/%E0%A4%A?uploads` }, INITIATE],
    ['no URL', { url: 'https://[bad' }, PART],
    ['an empty key', { key: '', headers: {} }, PART],
    ['headers in place of a form’s fields', { headers: { Authorization: 'A' } }, FORM],
    ['fields for another key', { fields: { key: 'other' } }, FORM],
    ['a name that no header has', { headers: { 'a b': 'c' } }, PART],
    ['a value that no header has', { headers: { a: 'b\r\nc' } }, PART],
    ['a text for headers', { headers: 'abc' }, PART],
  ])('not %s', (_, signature, request) => {
    expect(() => read(signature, request)).toThrow(expect.objectContaining({ code: 'InvalidSignatures' }));
  });

  test.each([[[]], [[{ headers: {} }]], ['abc'], [null], [[{ headers: {} }, { headers: {} }, { headers: {} }]]])(
    'not %j for two',
    (answer) => {
      expect(() => readSignatures(answer, [PART, PART])).toThrow(/2 signatures/);
    },
  );

  test('presigned URLs in another order are none', () => {
    const [a, b] = ['a', 'b'].map((key): RequestToSign => ({ ...INITIATE, key }));
    const urls = ['b', 'a'].map((key) => ({ url: `${HOST}/${key}?uploads` }));
    expect(() => readSignatures(urls, [a!, b!])).toThrow(/in the order of the requests/);
  });
});
