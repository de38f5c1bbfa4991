import { describe, expect, test } from 'vitest';
import { CorsError, OssError } from '../../src/errors.js';
import { createOssClient, type OssClient } from '../../src/oss/client.js';
import type { Operation, Reply, RequestContext } from '../../src/oss/operation.js';

const context: RequestContext = { signal: new AbortController().signal, onWait: () => () => {} };

/** A client whose requests are answered in order; what a reply makes no sense as is an error. */
function setup(...answers: (Partial<Omit<Reply, 'headers'>> & { headers?: Record<string, string>; error?: unknown })[]): {
  client: OssClient;
  sent: Operation<unknown>[];
} {
  const sent: Operation<unknown>[] = [];
  const client = createOssClient({
    trust() {},
    urlOf: (key) => `https://b.example/${key}`,
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
    expect(numbersOf(await client.listParts('k', 'U', {}, context))).toEqual([1, 2, 3, 9, 10]);
    expect(sent.map(({ operation, method, key }) => [operation, method, key])).toEqual(Array(3).fill(['ListParts', 'GET', 'k']));
    expect(sent.map(({ query }) => query)).toEqual([
      { uploadId: 'U', 'max-parts': '1000' },
      { uploadId: 'U', 'max-parts': '1000', 'part-number-marker': '2' },
      { uploadId: 'U', 'max-parts': '1000', 'part-number-marker': '9' },
    ]);
  });

  test.each(['0', '2', '1'])('ends when the marker does not move on (%s)', async (next) => {
    const { client, sent } = setup(page([1, 2], '2'), page([1, 2], next), page([1, 2], next));
    await client.listParts('k', 'U', {}, context);
    expect(sent).toHaveLength(2);
  });

  test('a range begins above one number, and ends with the page that reaches another', async () => {
    const { client, sent } = setup(page([1001, 1500], '1500'), page([1501, 2000], '2000'), page([2001]));
    expect(numbersOf(await client.listParts('k', 'U', {}, context, { after: 1000, upTo: 2000 }))).toEqual([1001, 1500, 1501, 2000]);
    expect(sent.map(({ query }) => query?.['part-number-marker'])).toEqual(['1000', '1500']);
  });

  test('an upload without parts has none', async () => {
    const { client } = setup(page([]));
    expect(await client.listParts('k', 'U', {}, context)).toEqual([]);
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
    [200, '{"Status":"OK"}', undefined],
  ])('%i with %s: what became of the callback', async (status, body, callbackFailure) => {
    const { client } = setup({ status, body, headers: stored });
    expect((await client.complete('k', 'U', parts, {}, context)).callbackFailure).toBe(callbackFailure);
  });
});

describe('abort', () => {
  test('is a DELETE of the upload', async () => {
    const { client, sent } = setup({ status: 204 });
    await client.abort('k', 'U', {}, context);
    expect(sent[0]).toMatchObject({ operation: 'AbortMultipartUpload', method: 'DELETE', key: 'k', query: { uploadId: 'U' } });
  });

  test('of what is gone already is done; other refusals are errors', async () => {
    await setup({ error: ossError(404, 'NoSuchUpload') }).client.abort('k', 'U', {}, context);
    for (const error of [ossError(403, 'AccessDenied'), Object.assign(new Error('other'), { code: 'NoSuchUpload' })])
      await expect(setup({ error }).client.abort('k', 'U', {}, context)).rejects.toBe(error);
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
    expect(await client.headObject('k', {}, context)).toEqual({
      size: 5,
      etag: '"E"',
      crc64: '7',
      versionId: 'V',
      lastModified: Date.UTC(2026, 10, 22, 8),
    });
    expect(sent[0]).toMatchObject({ operation: 'HeadObject', method: 'HEAD', key: 'k', query: {} });
  });

  test('what is hidden is unknown, not nothing, nor a size', async () => {
    const { client } = setup({ headers: { 'Last-Modified': 'Sun, 22 Nov 2026 08:00:00 GMT' } });
    expect(await client.headObject('k', {}, context)).toEqual({
      size: undefined,
      etag: undefined,
      crc64: undefined,
      versionId: undefined,
      lastModified: Date.UTC(2026, 10, 22, 8),
    });
  });

  test.each([{}, { 'Content-Length': '5', 'Content-Type': 'text/html' }])(
    'an answer without any mark of OSS’s is none: %j',
    async (headers) => {
      await expect(setup({ headers: headers as Record<string, string> }).client.headObject('k', {}, context)).rejects.toThrow('no sense');
    },
  );

  test.each(['', 'many', '-1', '5, 5'])('a Content-Length that is none (%j) is unknown', async (length) => {
    const { client } = setup({ headers: { ...stored, 'Content-Length': length } });
    expect((await client.headObject('k', {}, context))?.size).toBeUndefined();
  });

  test('no such object is none; no such bucket, and every other refusal, is an error', async () => {
    for (const code of ['NoSuchKey', 'HTTP404']) {
      expect(await setup({ error: ossError(404, code) }).client.headObject('k', {}, context)).toBeUndefined();
    }
    for (const error of [ossError(404, 'NoSuchBucket'), ossError(403, 'AccessDenied'), Object.assign(new Error('other'), { status: 404 })])
      await expect(setup({ error }).client.headObject('k', {}, context)).rejects.toBe(error);
  });
});

describe('success is only what OSS said', () => {
  const page = '<!doctype html><html><body>Please log in</body></html>';
  const error = '<Error><Code>InternalError</Code><Message>m</Message></Error>';
  const callback = { 'x-oss-callback': 'e30=' };
  const part = { key: 'k', uploadId: 'U', partNumber: 1, body: () => new Blob(['x']) };
  const list = [{ number: 1, etag: '"E1"' }];
  const operations: Record<string, (client: OssClient, headers?: Record<string, string>) => Promise<unknown>> = {
    initiate: (client) => client.initiate('k', {}, context),
    uploadPart: (client) => client.uploadPart(part, {}, context),
    listParts: (client) => client.listParts('k', 'U', {}, context),
    complete: (client, headers = {}) => client.complete('k', 'U', list, headers, context),
    abort: (client) => client.abort('k', 'U', {}, context),
    putObject: (client, headers = {}) => client.putObject('k', new Blob(['x']), headers, context),
    headObject: (client) => client.headObject('k', {}, context),
  };

  for (const [name, run] of Object.entries(operations)) {
    test(`${name}: a login page of status 200 is no answer`, async () => {
      await expect(run(setup({ body: page, headers: { 'Content-Type': 'text/html' } }).client)).rejects.toThrow('no sense');
    });
  }

  for (const name of ['initiate', 'uploadPart', 'listParts', 'complete', 'abort', 'putObject']) {
    test(`${name}: an error document is none either, whatever headers come with it`, async () => {
      await expect(operations[name]?.(setup({ body: error, headers: stored }).client)).rejects.toThrow('no sense');
    });
  }

  for (const name of ['complete', 'putObject']) {
    test(`${name} with a callback: the application’s JSON counts where CORS hides every header, a page or nothing doesn’t`, async () => {
      const run = operations[name] as (client: OssClient, headers?: Record<string, string>) => Promise<unknown>;
      expect(await run(setup({ body: '{"Status":"OK"}' }).client, callback)).toMatchObject({
        body: '{"Status":"OK"}',
        callbackFailure: undefined,
      });
      for (const body of [page, '', error]) await expect(run(setup({ body }).client, callback)).rejects.toThrow('no sense');
    });

    test(`${name} without one: JSON is somebody else’s`, async () => {
      await expect(operations[name]?.(setup({ body: '{"error":"log in"}' }).client)).rejects.toThrow('no sense');
    });

    test(`${name}: a 203 is OSS’s when it bears its mark or its document`, async () => {
      const failed = '<Error><Code>CallbackFailed</Code><Message>Not valid json.</Message></Error>';
      const run = operations[name] as (client: OssClient, headers?: Record<string, string>) => Promise<unknown>;
      expect(await run(setup({ status: 203, body: failed }).client, callback)).toMatchObject({ callbackFailure: 'Not valid json.' });
      await expect(run(setup({ status: 203, body: page }).client, callback)).rejects.toThrow('no sense');
    });
  }

  test('putObject: an empty answer without a visible header counts, unverified: such buckets work', async () => {
    expect(await operations['putObject']?.(setup({}).client)).toMatchObject({ etag: undefined, crc64: undefined });
  });

  test('complete: an empty one doesn’t', async () => {
    await expect(operations['complete']?.(setup({}).client)).rejects.toThrow('no sense');
  });

  test('abort: 204, or a mark', async () => {
    await operations['abort']?.(setup({ status: 204 }).client);
    await operations['abort']?.(setup({ status: 200, headers: { 'x-oss-request-id': 'R' } }).client);
    await expect(operations['abort']?.(setup({ status: 200 }).client)).rejects.toThrow('no sense');
  });

  test('uploadPart: once a part has shown its ETag, one without is no answer, rather than CORS’s fault', async () => {
    const { client } = setup({ headers: stored }, {});
    await client.uploadPart(part, {}, context);
    await expect(client.uploadPart(part, {}, context)).rejects.toThrow('no sense');
  });

  test('an Initiate whose answer can’t be read is repeated twice at most', async () => {
    const { client, sent } = setup({ body: page });
    await client.initiate('k', {}, context).catch(() => {});
    expect(sent[0]?.unreadableLimit).toBe(2);
  });
});

describe('a key that XML can’t carry', () => {
  test.each(['a\u000bb', 'a\ufffe', 'a\u0001', '\uffff'])('%j is asked for with encoding-type=url, in all that repeats it', async (key) => {
    const { client, sent } = setup(
      { body: '<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>' },
      { body: '<ListPartsResult/>' },
      { headers: stored },
    );
    await client.initiate(key, {}, context);
    await client.listParts(key, 'U', {}, context);
    await client.complete(key, 'U', [], {}, context);
    expect(sent.map(({ query }) => query['encoding-type'])).toEqual(['url', 'url', 'url']);
  });
});

test('ListParts that claims more for ever is asked for a dozen pages', async () => {
  let number = 0;
  const pages = Array.from({ length: 40 }, () => {
    number += 1;
    return {
      body: `<ListPartsResult><Part><PartNumber>${number}</PartNumber><ETag>"E"</ETag><Size>5</Size></Part><IsTruncated>true</IsTruncated><NextPartNumberMarker>${number}</NextPartNumberMarker></ListPartsResult>`,
    };
  });
  const { client, sent } = setup(...pages);
  expect(await client.listParts('k', 'U', {}, context)).toHaveLength(12);
  expect(sent).toHaveLength(12);
});

test('a marker beyond the last part there can be ends the list', async () => {
  const body = '<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>10000</NextPartNumberMarker></ListPartsResult>';
  const { client, sent } = setup({ body }, { body });
  await client.listParts('k', 'U', {}, context);
  expect(sent).toHaveLength(1);
});
