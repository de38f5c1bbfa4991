import { describe, expect, test } from 'vitest';
import { CorsError, OssError } from '../../../src/errors.js';
import { listAllParts } from '../../../src/oss/list-all-parts.js';
import { abortUpload, completeUpload, headObject, initiateUpload, putObject, uploadPart } from '../../../src/oss/object-operations.js';
import type { Operation, Reply } from '../../../src/oss/operation.js';

type Send = <T>(operation: Operation<T>) => Promise<T>;

/** Operations are answered in order, by one endpoint; what a reply makes no sense as is an error. */
function setup(...answers: (Partial<Omit<Reply, 'headers'>> & { headers?: Record<string, string>; error?: unknown })[]): {
  send: Send;
  sent: Operation<unknown>[];
} {
  const sent: Operation<unknown>[] = [];
  const endpoint = { exposesEtag: false };
  const send: Send = async (operation) => {
    sent.push(operation as Operation<unknown>);
    const { status = 200, headers = {}, body = '', error } = answers.shift() ?? {};
    const answer =
      error instanceof OssError
        ? operation.readRefusal?.(error)
        : operation.read(
            { key: operation.key, hasCallback: 'x-oss-callback' in (operation.headers ?? {}), status, headers: new Headers(headers), body },
            endpoint,
          );
    if (answer === undefined) throw error ?? new Error('no sense');
    return answer;
  };
  return { send, sent };
}

const partBody = (): Blob => new Blob(['x']);

const stored = { ETag: '"E"', 'x-oss-hash-crc64ecma': '7', 'x-oss-request-id': 'R', 'x-oss-version-id': 'V' };
const ossError = (status: number, code: string): OssError => new OssError(code, 'message', { status, operation: 'O' });

test('initiate asks for an upload ID with all headers of the object', async () => {
  const { send, sent } = setup({
    body: '<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>',
  });
  expect(await send(initiateUpload('k', 9, { a: 'b' }))).toEqual({ key: 'k', uploadId: 'U' });
  expect(sent[0]).toMatchObject({
    operation: 'InitiateMultipartUpload',
    method: 'POST',
    key: 'k',
    query: { uploads: '' },
    headers: { a: 'b' },
  });
});

test('a part goes to its number and upload, and comes back with ETag and CRC-64', async () => {
  const { send, sent } = setup({ headers: stored });
  expect(await send(uploadPart('k', 'U', 3, 1, partBody, { a: 'b' }))).toEqual({ etag: '"E"', crc64: '7' });
  expect(sent[0]).toMatchObject({
    operation: 'UploadPart',
    method: 'PUT',
    key: 'k',
    partNumber: 3,
    query: { partNumber: '3', uploadId: 'U' },
    headers: { a: 'b' },
    body: partBody,
  });
});

test('a part whose ETag is hidden is a CorsError that says what to expose', async () => {
  const { send } = setup({ headers: { 'x-oss-hash-crc64ecma': '7' } });
  const error = await send(uploadPart('k', 'U', 3, 1, partBody, {})).catch((reason: unknown) => reason);
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
    const { send, sent } = setup(page([1, 2], '2'), page([3, 9], '9'), page([10]));
    expect(numbersOf(await listAllParts(send, 'k', 'U', 0))).toEqual([1, 2, 3, 9, 10]);
    expect(sent.map(({ operation, method, key }) => [operation, method, key])).toEqual(Array(3).fill(['ListParts', 'GET', 'k']));
    expect(sent.map(({ query }) => query)).toEqual([
      { uploadId: 'U', 'max-parts': '1000' },
      { uploadId: 'U', 'max-parts': '1000', 'part-number-marker': '2' },
      { uploadId: 'U', 'max-parts': '1000', 'part-number-marker': '9' },
    ]);
  });

  test.each(['0', '2', '1'])('ends when the marker does not move on (%s)', async (next) => {
    const { send, sent } = setup(page([1, 2], '2'), page([1, 2], next), page([1, 2], next));
    await listAllParts(send, 'k', 'U', 0);
    expect(sent).toHaveLength(2);
  });

  test('with parts known up to 1,002, two lists are asked for side by side, and the first ends where the second begins', async () => {
    const { send, sent } = setup(page([1, 500], '500'), page([1001, 1002]), page([501, 1000], '1000'));
    expect(numbersOf(await listAllParts(send, 'k', 'U', 1002))).toEqual([1, 500, 501, 1000, 1001, 1002]);
    expect(sent.map(({ query }) => query['part-number-marker'])).toEqual([undefined, '1000', '500']);
  });

  test('an upload without parts has none', async () => {
    const { send } = setup(page([]));
    expect(await listAllParts(send, 'k', 'U', 0)).toEqual([]);
  });
});

describe('complete', () => {
  const parts = [{ number: 1, etag: '"E1"' }];

  test('names every part, as XML, with more patience than a part gets', async () => {
    const { send, sent } = setup({ headers: stored, body: '<x/>' });
    expect(await send(completeUpload('k', 'U', parts, { a: 'b' }))).toEqual({
      key: 'k',
      etag: '"E"',
      crc64: '7',
      requestId: 'R',
      versionId: 'V',
      callbackBody: undefined,
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
    expect((await hidden.send(completeUpload('k', 'U', parts, {}))).etag).toBe('"D"');
    const shown = setup({ body, headers: stored });
    expect((await shown.send(completeUpload('k', 'U', parts, {}))).etag).toBe('"E"');
  });

  test.each([
    [203, '<Error><Code>CallbackFailed</Code><Message>Not valid json.</Message></Error>', 'Not valid json.'],
    [203, '<Error><Code>CallbackFailed</Code></Error>', 'no reason given'],
    [203, 'text', 'no reason given'],
    [200, '{"Status":"OK"}', undefined],
  ])('%i with %s: what became of the callback', async (status, body, callbackFailure) => {
    const { send } = setup({ status, body, headers: stored });
    expect((await send(completeUpload('k', 'U', parts, {}))).callbackFailure).toBe(callbackFailure);
  });
});

describe('abort', () => {
  test('is a DELETE of the upload', async () => {
    const { send, sent } = setup({ status: 204 });
    await send(abortUpload('k', 'U'));
    expect(sent[0]).toMatchObject({ operation: 'AbortMultipartUpload', method: 'DELETE', key: 'k', query: { uploadId: 'U' } });
  });

  test('of what is gone already is done; other refusals are errors', async () => {
    await setup({ error: ossError(404, 'NoSuchUpload') }).send(abortUpload('k', 'U'));
    for (const error of [ossError(403, 'AccessDenied'), Object.assign(new Error('other'), { code: 'NoSuchUpload' })])
      await expect(setup({ error }).send(abortUpload('k', 'U'))).rejects.toBe(error);
  });
});

test('putObject sends the whole, and tells what is stored', async () => {
  const { send, sent } = setup({ headers: { ETag: '"E"' } });
  const body = new Blob(['x']);
  expect(await send(putObject('k', body, { a: 'b' }))).toEqual({
    key: 'k',
    etag: '"E"',
    crc64: undefined,
    requestId: undefined,
    versionId: undefined,
    callbackBody: undefined,
    callbackFailure: undefined,
  });
  expect(sent[0]).toMatchObject({ operation: 'PutObject', method: 'PUT', key: 'k', query: {}, headers: { a: 'b' }, body });
});

describe('headObject', () => {
  test('tells size, sums and age', async () => {
    const { send, sent } = setup({ headers: { ...stored, 'Content-Length': '5', 'Last-Modified': 'Sun, 22 Nov 2026 08:00:00 GMT' } });
    expect(await send(headObject('k'))).toEqual({
      size: 5,
      etag: '"E"',
      crc64: '7',
      versionId: 'V',
      lastModified: Date.UTC(2026, 10, 22, 8),
    });
    expect(sent[0]).toMatchObject({ operation: 'HeadObject', method: 'HEAD', key: 'k', query: {} });
  });

  test('what is hidden is unknown, not nothing, nor a size', async () => {
    const { send } = setup({ headers: { 'Last-Modified': 'Sun, 22 Nov 2026 08:00:00 GMT' } });
    expect(await send(headObject('k'))).toEqual({
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
      await expect(setup({ headers: headers as Record<string, string> }).send(headObject('k'))).rejects.toThrow('no sense');
    },
  );

  test.each(['', 'many', '-1', '5, 5'])('a Content-Length that is none (%j) is unknown', async (length) => {
    const { send } = setup({ headers: { ...stored, 'Content-Length': length } });
    expect((await send(headObject('k')))?.size).toBeUndefined();
  });

  test('no such object is none; no such bucket, and every other refusal, is an error', async () => {
    for (const code of ['NoSuchKey', 'HTTP404']) {
      expect(await setup({ error: ossError(404, code) }).send(headObject('k'))).toBeNull();
    }
    for (const error of [ossError(404, 'NoSuchBucket'), ossError(403, 'AccessDenied'), Object.assign(new Error('other'), { status: 404 })])
      await expect(setup({ error }).send(headObject('k'))).rejects.toBe(error);
  });
});

describe('success is only what OSS said', () => {
  const page = '<!doctype html><html><body>Please log in</body></html>';
  const error = '<Error><Code>InternalError</Code><Message>m</Message></Error>';
  const callback = { 'x-oss-callback': 'e30=' };
  const list = [{ number: 1, etag: '"E1"' }];
  const operations: Record<string, (send: Send, headers?: Record<string, string>) => Promise<unknown>> = {
    initiate: (send) => send(initiateUpload('k', 9, {})),
    uploadPart: (send) => send(uploadPart('k', 'U', 1, 1, partBody, {})),
    listParts: (send) => listAllParts(send, 'k', 'U', 0),
    complete: (send, headers = {}) => send(completeUpload('k', 'U', list, headers)),
    abort: (send) => send(abortUpload('k', 'U')),
    putObject: (send, headers = {}) => send(putObject('k', new Blob(['x']), headers)),
    headObject: (send) => send(headObject('k')),
  };

  for (const [name, run] of Object.entries(operations)) {
    test(`${name}: a login page of status 200 is no answer`, async () => {
      await expect(run(setup({ body: page, headers: { 'Content-Type': 'text/html' } }).send)).rejects.toThrow('no sense');
    });

    test(`${name}: nor is one with an ETag, as every file server sends it`, async () => {
      await expect(run(setup({ body: page, headers: { 'Content-Type': 'text/html', ETag: '"65a1-5e3"' } }).send)).rejects.toThrow(
        'no sense',
      );
    });
  }

  for (const name of ['initiate', 'uploadPart', 'listParts', 'complete', 'abort', 'putObject']) {
    test(`${name}: an error document is none either, whatever headers come with it`, async () => {
      await expect(operations[name]?.(setup({ body: error, headers: stored }).send)).rejects.toThrow('no sense');
    });
  }

  for (const name of ['complete', 'putObject']) {
    test(`${name} with a callback: the application’s JSON counts where CORS hides every header, a page or nothing doesn’t`, async () => {
      const run = operations[name] as (send: Send, headers?: Record<string, string>) => Promise<unknown>;
      expect(await run(setup({ body: '{"Status":"OK"}' }).send, callback)).toMatchObject({
        callbackBody: '{"Status":"OK"}',
        callbackFailure: undefined,
      });
      for (const body of [page, '', error]) await expect(run(setup({ body }).send, callback)).rejects.toThrow('no sense');
    });

    test(`${name} without one: JSON is somebody else’s`, async () => {
      await expect(operations[name]?.(setup({ body: '{"error":"log in"}' }).send)).rejects.toThrow('no sense');
    });

    test(`${name}: a 203 is OSS’s when it bears its mark or its document`, async () => {
      const failed = '<Error><Code>CallbackFailed</Code><Message>Not valid json.</Message></Error>';
      const run = operations[name] as (send: Send, headers?: Record<string, string>) => Promise<unknown>;
      expect(await run(setup({ status: 203, body: failed }).send, callback)).toMatchObject({ callbackFailure: 'Not valid json.' });
      await expect(run(setup({ status: 203, body: page }).send, callback)).rejects.toThrow('no sense');
    });
  }

  test('putObject: an empty answer without a visible header counts, unverified: such buckets work', async () => {
    expect(await operations['putObject']?.(setup({}).send)).toMatchObject({ etag: undefined, crc64: undefined });
  });

  test('complete: an empty one doesn’t', async () => {
    await expect(operations['complete']?.(setup({}).send)).rejects.toThrow('no sense');
  });

  test('abort: 204, or a mark', async () => {
    await operations['abort']?.(setup({ status: 204 }).send);
    await operations['abort']?.(setup({ status: 200, headers: { 'x-oss-request-id': 'R' } }).send);
    await expect(operations['abort']?.(setup({ status: 200 }).send)).rejects.toThrow('no sense');
  });

  test('uploadPart: once a part has shown its ETag, one without is no answer, rather than CORS’s fault', async () => {
    const { send } = setup({ headers: stored }, {});
    await send(uploadPart('k', 'U', 1, 1, partBody, {}));
    await expect(send(uploadPart('k', 'U', 1, 1, partBody, {}))).rejects.toThrow('no sense');
  });

  test('an Initiate whose answer can’t be read is repeated twice at most', async () => {
    const { send, sent } = setup({ body: page });
    await send(initiateUpload('k', 9, {})).catch(() => {});
    expect(sent[0]?.unreadableLimit).toBe(2);
  });
});

describe('a key that XML can’t carry', () => {
  test.each(['a\u000bb', 'a\ufffe', 'a\u0001', '\uffff'])('%j is asked for with encoding-type=url, in all that repeats it', async (key) => {
    const { send, sent } = setup(
      { body: '<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>' },
      { body: '<ListPartsResult/>' },
      { headers: stored },
    );
    await send(initiateUpload(key, 9, {}));
    await listAllParts(send, key, 'U', 0);
    await send(completeUpload(key, 'U', [], {}));
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
  const { send, sent } = setup(...pages);
  expect(await listAllParts(send, 'k', 'U', 0)).toHaveLength(12);
  expect(sent).toHaveLength(12);
});

test('a marker beyond the last part there can be ends the list', async () => {
  const body = '<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>10000</NextPartNumberMarker></ListPartsResult>';
  const { send, sent } = setup({ body }, { body });
  await listAllParts(send, 'k', 'U', 0);
  expect(sent).toHaveLength(1);
});
