import { describe, expect, test } from 'vitest';
import { CorsError, OssError } from '../../src/errors.js';
import { createOssClient, type OssClient } from '../../src/oss/client.js';
import type { Operation, Reply, RequestContext } from '../../src/oss/request.js';

const context: RequestContext = { signal: new AbortController().signal, onWait: () => () => {} };

/** A client whose requests are answered in order; what a reply makes no sense as is an error. */
function setup(...answers: (Partial<Omit<Reply, 'headers'>> & { headers?: Record<string, string>; error?: unknown })[]): {
  client: OssClient;
  sent: Operation<unknown>[];
} {
  const sent: Operation<unknown>[] = [];
  const client = createOssClient({
    trust() {},
    async send(operation, given) {
      expect(given).toBe(context);
      sent.push(operation as Operation<unknown>);
      const { status = 200, headers = {}, body = '', error } = answers.shift() ?? {};
      if (error) throw error;
      const answer = operation.read({ status, headers: new Headers(headers), body });
      if (answer === undefined) throw new Error('no sense');
      return answer;
    },
  });
  return { client, sent };
}

const stored = { ETag: '"E"', 'x-oss-hash-crc64ecma': '7', 'x-oss-request-id': 'R', 'x-oss-version-id': 'V' };
const ossError = (status: number, code: string): OssError => new OssError(code, 'message', { status, operation: 'O' });

test('initiate asks for an upload ID with all headers of the object', async () => {
  const { client, sent } = setup({
    body: '<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>',
  });
  expect(await client.initiate('k', { a: 'b' }, context)).toBe('U');
  expect(sent[0]).toMatchObject({
    operation: 'InitiateMultipartUpload',
    method: 'POST',
    key: 'k',
    query: { uploads: '' },
    headers: { a: 'b' },
  });
});

test('a part goes to its number and upload, and comes back with ETag and CRC-64', async () => {
  const { client, sent } = setup({ headers: stored });
  const body = (): Blob => new Blob(['x']);
  const part = { key: 'k', uploadId: 'U', partNumber: 3, body };
  expect(await client.uploadPart(part, { a: 'b' }, context)).toEqual({ etag: '"E"', crc64: '7' });
  expect(sent[0]).toMatchObject({
    operation: 'UploadPart',
    method: 'PUT',
    key: 'k',
    partNumber: 3,
    query: { partNumber: '3', uploadId: 'U' },
    headers: { a: 'b' },
    body,
  });
});

test('a part whose ETag is hidden is a CorsError that says what to expose', async () => {
  const { client } = setup({ headers: { 'x-oss-hash-crc64ecma': '7' } });
  const error = await client
    .uploadPart({ key: 'k', uploadId: 'U', partNumber: 3, body: () => new Blob() }, {}, context)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CorsError);
  expect(error).toMatchObject({ code: 'EtagNotExposed', key: 'k', partNumber: 3, message: expect.stringMatching(/ETag.*ExposeHeader/) });
});

describe('listParts', () => {
  const page = (numbers: number[], next?: string): { body: string } => ({
    body: `<ListPartsResult>${numbers
      .map((number) => `<Part><PartNumber>${number}</PartNumber><ETag>"E${number}"</ETag><Size>5</Size></Part>`)
      .join(
        '',
      )}<IsTruncated>${next !== undefined}</IsTruncated><NextPartNumberMarker>${next ?? ''}</NextPartNumberMarker></ListPartsResult>`,
  });
  const numbersOf = (parts: { number: number }[]): number[] => parts.map(({ number }) => number);

  test('asks for a thousand at a time, page after page, from where the last one ended', async () => {
    const { client, sent } = setup(page([1, 2], '2'), page([3, 9], '9'), page([10]));
    expect(numbersOf(await client.listParts('k', 'U', context))).toEqual([1, 2, 3, 9, 10]);
    expect(sent.map(({ operation, method, key }) => [operation, method, key])).toEqual(Array(3).fill(['ListParts', 'GET', 'k']));
    expect(sent.map(({ query }) => query)).toEqual([
      { uploadId: 'U', 'max-parts': '1000' },
      { uploadId: 'U', 'max-parts': '1000', 'part-number-marker': '2' },
      { uploadId: 'U', 'max-parts': '1000', 'part-number-marker': '9' },
    ]);
  });

  test.each(['0', '2', '1'])('ends when the marker does not move on (%s)', async (next) => {
    const { client, sent } = setup(page([1, 2], '2'), page([1, 2], next), page([1, 2], next));
    await client.listParts('k', 'U', context);
    expect(sent).toHaveLength(2);
  });

  test('a range begins above one number, and ends with the page that reaches another', async () => {
    const { client, sent } = setup(page([1001, 1500], '1500'), page([1501, 2000], '2000'), page([2001]));
    expect(numbersOf(await client.listParts('k', 'U', context, { after: 1000, upTo: 2000 }))).toEqual([1001, 1500, 1501, 2000]);
    expect(sent.map(({ query }) => query?.['part-number-marker'])).toEqual(['1000', '1500']);
  });

  test('an upload without parts has none', async () => {
    const { client } = setup(page([]));
    expect(await client.listParts('k', 'U', context)).toEqual([]);
  });
});

describe('complete', () => {
  const parts = [{ number: 1, etag: '"E1"' }];

  test('names every part, as XML, with more patience than a part gets', async () => {
    const { client, sent } = setup({ headers: stored, body: '<x/>' });
    expect(await client.complete('k', 'U', parts, { a: 'b' }, context)).toEqual({
      etag: '"E"',
      crc64: '7',
      requestId: 'R',
      versionId: 'V',
      body: '<x/>',
      callbackFailure: undefined,
    });
    expect(sent[0]).toMatchObject({
      operation: 'CompleteMultipartUpload',
      method: 'POST',
      key: 'k',
      query: { uploadId: 'U' },
      headers: { a: 'b', 'content-type': 'application/xml' },
      body: expect.stringContaining('<PartNumber>1</PartNumber><ETag>&#34;E1&#34;</ETag>'),
    });
    expect(sent[0]?.patience).toBeGreaterThan(1);
  });

  test('finds a hidden ETag in the document', async () => {
    const body = '<CompleteMultipartUploadResult><ETag>"D"</ETag></CompleteMultipartUploadResult>';
    const hidden = setup({ body });
    expect((await hidden.client.complete('k', 'U', parts, {}, context)).etag).toBe('"D"');
    const shown = setup({ body, headers: stored });
    expect((await shown.client.complete('k', 'U', parts, {}, context)).etag).toBe('"E"');
  });

  test.each([
    [203, '<Error><Code>CallbackFailed</Code><Message>Not valid json.</Message></Error>', 'Not valid json.'],
    [203, '<Error><Code>CallbackFailed</Code></Error>', 'no reason given'],
    [203, 'text', 'no reason given'],
    [200, '<Error><Code>CallbackFailed</Code><Message>m</Message></Error>', undefined],
  ])('%i with %s: what became of the callback', async (status, body, callbackFailure) => {
    const { client } = setup({ status, body, headers: stored });
    expect((await client.complete('k', 'U', parts, {}, context)).callbackFailure).toBe(callbackFailure);
  });
});

describe('abort', () => {
  test('is a DELETE of the upload', async () => {
    const { client, sent } = setup({ status: 204 });
    await client.abort('k', 'U', context);
    expect(sent[0]).toMatchObject({ operation: 'AbortMultipartUpload', method: 'DELETE', key: 'k', query: { uploadId: 'U' } });
  });

  test('of what is gone already is done; other refusals are errors', async () => {
    await setup({ error: ossError(404, 'NoSuchUpload') }).client.abort('k', 'U', context);
    for (const error of [ossError(403, 'AccessDenied'), Object.assign(new Error('other'), { code: 'NoSuchUpload' })])
      await expect(setup({ error }).client.abort('k', 'U', context)).rejects.toBe(error);
  });
});

test('putObject sends the whole, and tells what is stored', async () => {
  const { client, sent } = setup({ headers: { ETag: '"E"' } });
  const body = new Blob(['x']);
  expect(await client.putObject('k', body, { a: 'b' }, context)).toEqual({
    etag: '"E"',
    crc64: undefined,
    requestId: undefined,
    versionId: undefined,
    body: '',
    callbackFailure: undefined,
  });
  expect(sent[0]).toMatchObject({ operation: 'PutObject', method: 'PUT', key: 'k', query: {}, headers: { a: 'b' }, body });
});

describe('headObject', () => {
  test('tells size, sums and age', async () => {
    const { client, sent } = setup({ headers: { ...stored, 'Content-Length': '5', 'Last-Modified': 'Sun, 22 Nov 2026 08:00:00 GMT' } });
    expect(await client.headObject('k', context)).toEqual({
      size: 5,
      etag: '"E"',
      crc64: '7',
      versionId: 'V',
      lastModified: Date.UTC(2026, 10, 22, 8),
    });
    expect(sent[0]).toMatchObject({ operation: 'HeadObject', method: 'HEAD', key: 'k', query: {} });
  });

  test('what is hidden is unknown, not nothing', async () => {
    const { client } = setup({});
    expect(await client.headObject('k', context)).toEqual({
      size: Number.NaN,
      etag: undefined,
      crc64: undefined,
      versionId: undefined,
      lastModified: undefined,
    });
  });

  test('no such object is none; no such bucket, and every other refusal, is an error', async () => {
    for (const code of ['NoSuchKey', 'HTTP404']) {
      expect(await setup({ error: ossError(404, code) }).client.headObject('k', context)).toBeUndefined();
    }
    for (const error of [ossError(404, 'NoSuchBucket'), ossError(403, 'AccessDenied'), Object.assign(new Error('other'), { status: 404 })])
      await expect(setup({ error }).client.headObject('k', context)).rejects.toBe(error);
  });
});
