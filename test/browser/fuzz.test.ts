/**
 * Whatever comes over the wire, a request ends with a sound answer or with a documented error that contains no secret.
 * fast-check prints the seed of a failing run; `fc.assert(…, { seed, path })` repeats it.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isUploadError, OssError } from '../../src/errors.js';
import { normalizeOptions } from '../../src/options/normalize.js';
import { createAuthorizer } from '../../src/oss/authorize.js';
import { listAllParts } from '../../src/oss/list-all-parts.js';
import { abortUpload, completeUpload, headObject, initiateUpload, putObject, uploadPart } from '../../src/oss/object-operations.js';
import { createServiceClock } from '../../src/oss/service-clock.js';
import { createCredentialsCache } from '../../src/oss/credentials.js';
import { readErrorReply } from '../../src/oss/error-reply.js';
import type { Operation, RequestContext } from '../../src/oss/operation.js';
import { createRequester } from '../../src/oss/request.js';
import { createSigner } from '../../src/oss/sign.js';
import { type Transport, xhrFetch } from '../../src/oss/xhr-fetch.js';
import type { Clock } from '../../src/ports.js';
import errorVectors from '../vectors/errors.json';
import xmlVectors from '../vectors/xml-samples.json';

const TOKEN = 'CAISPlantedSecurityToken/of+sts==';
const SECRET = 'PlantedAccessKeySecretOfSts';

const samples = (xmlVectors.samples as { response: { body: string } }[]).map(({ response }) => response.body).filter((body) => body !== '');
const codes = errorVectors.errors.map(({ code }) => code);

/** Everything that can be read from an error: all own properties, the stack and the causes. */
function everythingIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (seen.has(value)) return '';
  seen.add(value);
  return [String(value), ...Reflect.ownKeys(value).map((name) => everythingIn(Reflect.get(value, name), seen))].join('\n');
}

function expectNoSecretIn(value: unknown): void {
  const everything = everythingIn(value);
  for (const secret of [TOKEN, SECRET]) if (everything.includes(secret)) throw new Error(`a secret leaked: ${everything}`);
}

/** Pieces of text that parsers may take for more than text. */
const fragment = fc.oneof(
  fc.constantFrom(
    '<Error>',
    '</Error>',
    '<Code>',
    '</Code>',
    '<Message>',
    '<ListPartsResult>',
    '<Part>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<!DOCTYPE html><html><body>',
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>',
    '&b;',
    '&#0;',
    '{"code":"AccessDenied"}',
    '\u0000',
    '\ud800',
    '\ufeff',
    '-1',
    '1e400',
    '99999999999999999999',
    '',
    TOKEN,
    SECRET,
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

/** A real document with some places cut, repeated or replaced. */
const mutatedSample = fc
  .tuple(
    fc.constantFrom(...samples),
    fc.array(fc.tuple(fc.nat(2_000), fc.nat(80), fc.oneof(fragment, fc.constant(`</Message><Message>${TOKEN}`))), { maxLength: 4 }),
  )
  .map(([body, changes]) =>
    changes.reduce((text, [at, cut, insert]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + insert + text.slice(place + cut);
    }, body),
  );

/** An error document that echoes secrets. */
const errorDocument = fc
  .record({
    Code: fc.oneof(fc.constantFrom(...codes), fc.constantFrom('constructor', '__proto__', 'toString', 'hasOwnProperty'), fragment),
    Message: fragment,
    RequestId: fragment,
    HostId: fragment,
    EC: fragment,
    ServerTime: fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fragment,
    ),
    SecurityToken: fc.constant(TOKEN),
    StringToSign: fc.constant(`${SECRET}\n${TOKEN}`),
  })
  .map((fields) => {
    const escape = (text: string): string => text.replace(/[<>&]/g, (char) => `&#${char.charCodeAt(0)};`);
    const elements = Object.entries(fields).map(([name, text]) => `<${name}>${escape(text)}</${name}>`);
    return `<?xml version="1.0"?><Error>${elements.join('')}</Error>`;
  });

const utf16 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Uint16Array.from(text, (char) => char.charCodeAt(0)).buffer);

/** Bytes of a reply: documents in the right and in the wrong encoding, truncated documents, and other data. */
const body: fc.Arbitrary<string | Uint8Array<ArrayBuffer>> = fc.oneof(
  mutatedSample,
  errorDocument,
  fc.array(fragment, { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes)),
  fc.oneof(mutatedSample, errorDocument).map(utf16),
  fc.json(),
);

const headerValue = fc
  .oneof(
    fragment,
    fc.integer().map(String),
    fc.bigInt().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.constantFrom(
      '""',
      'W/"x"',
      'null',
      '0x10',
      'Infinity',
      'Sun, 99 Foo 2026 99:99:99 GMT',
      '1, 2',
      btoa(`<Error><Code>A</Code><Message>${TOKEN}</Message></Error>`),
    ),
  )
  .map((text) => text.replace(/[^\t\x20-\xff]/g, '?'));

const headers = fc.dictionary(
  fc.constantFrom(
    'ETag',
    'x-oss-hash-crc64ecma',
    'x-oss-request-id',
    'x-oss-version-id',
    'x-oss-ec',
    'x-oss-err',
    'Content-Length',
    'Last-Modified',
    'Retry-After',
    'Date',
    'Content-Type',
  ),
  headerValue,
);

const NULL_BODY = [204, 205, 304];
const status = fc.oneof(fc.constantFrom(200, 200, 200, 203, 204, 400, 403, 404, 409, 412, 500, 503), fc.integer({ min: 200, max: 599 }));
const reply = fc.record({ status, headers, body });

type FuzzedReply = typeof reply extends fc.Arbitrary<infer T> ? T : never;

function respond({ status: code, headers: fields, body: content }: FuzzedReply): Response {
  return new Response(NULL_BODY.includes(code) ? null : content, { status: code, headers: fields });
}

const clock: Clock = {
  now: () => 1_800_000_000_000,
  after: () => () => {},
};
const context: RequestContext = { signal: new AbortController().signal, onWait: () => () => {} };

type Send = <T>(operation: Operation<T>) => Promise<T>;

/** Sends over a transport of the test, without retries. */
function senderOver(transport: Transport): Send {
  const config = normalizeOptions({
    region: 'cn-hangzhou',
    bucket: 'examplebucket',
    credentials: { accessKeyId: 'STS.id', accessKeySecret: 'secret' },
    retry: { limit: 0 },
  });
  const serviceClock = createServiceClock(clock);
  const credentials = createCredentialsCache(
    () => ({ accessKeyId: 'STS.id', accessKeySecret: SECRET, securityToken: TOKEN }),
    clock,
    serviceClock,
  );
  const network = { isOnline: () => true, subscribe: () => () => {} };
  const authorizer = createAuthorizer('examplebucket', createSigner('cn-hangzhou'), credentials, serviceClock);
  const requester = createRequester(config, transport, authorizer, network, clock);
  requester.trust();
  return (operation) => requester.send(operation, context);
}

const isTextOrNone = (value: unknown): boolean => value === undefined || typeof value === 'string';
const isTimeOrNone = (value: unknown): boolean => value === undefined || Number.isFinite(value);

function expectSoundError(error: unknown): void {
  if (!isUploadError(error)) throw new Error(`not an error of this library: ${String(error)}`, { cause: error });
  expectNoSecretIn(error);
  if (error.message === '' || /native code|undefined|\[object/.test(error.message.replace(/: .*\. /, ' '))) throw new Error(error.message);
  if (!(error instanceof OssError)) return;
  const { serverTime, retryAfter, requestId, ec, hostId, code } = error;
  if (!isTimeOrNone(serverTime) || ![requestId, ec, hostId].every(isTextOrNone) || code === '') throw new Error('an unsound OssError');
  if (!(retryAfter === undefined || retryAfter >= 0)) throw new Error(`Retry-After of ${retryAfter}`);
}

afterEach(() => void vi.unstubAllGlobals());

describe('whatever OSS or a proxy answers', () => {
  test('an error reply becomes an OssError without secrets', async () => {
    await fc.assert(
      fc.asyncProperty(reply, fc.boolean(), async (answer, isHead) => {
        const subject = { operation: isHead ? 'HeadObject' : 'UploadPart', key: 'dir/a.bin', partNumber: 3 };
        const error = await readErrorReply(respond(answer), subject, [TOKEN, SECRET]);
        expectSoundError(error);
        if (!error.message.startsWith(`${subject.operation} 3 of "dir/a.bin" failed with ${answer.status} `))
          throw new Error(error.message);
      }),
      { numRuns: 4_000 },
    );
  });

  test.each(['constructor', '__proto__', 'toString'])(
    'an error with the code %s gets no advice from the prototype of an object',
    async (code) => {
      const reply = new Response(`<Error><Code>${code}</Code><Message>Said.</Message></Error>`, { status: 400 });
      const { message } = await readErrorReply(reply, { operation: 'PutObject', key: 'k' }, []);
      expect(message).toBe(`PutObject of "k" failed with 400 ${code}: Said.`);
    },
  );

  const operations: Record<string, (send: Send) => Promise<unknown>> = {
    initiate: (send) => send(initiateUpload('k', 9, {})),
    uploadPart: (send) => send(uploadPart('k', 'u', 1, 1, () => new Blob(['x']), {})),
    listParts: (send) => listAllParts(send, 'k', 'u', 0),
    complete: (send) => send(completeUpload('k', 'u', [{ number: 1, etag: '"e"' }], {})),
    abort: (send) => send(abortUpload('k', 'u')),
    putObject: (send) => send(putObject('k', new Blob(['x']), {})),
    headObject: (send) => send(headObject('k')),
  };

  function isSound(operation: string, answer: any): boolean {
    const isStored = isTextOrNone(answer?.etag) && isTextOrNone(answer?.crc64) && isTextOrNone(answer?.versionId);
    if (operation === 'initiate') return typeof answer.uploadId === 'string' && answer.uploadId !== '';
    if (operation === 'uploadPart') return isStored && answer.etag !== '';
    if (operation === 'listParts')
      return answer.every((part: any) => part.number >= 1 && part.size >= 0 && part.etag !== '' && isTextOrNone(part.crc64));
    if (operation === 'abort') return answer === true;
    if (operation === 'headObject')
      return (
        answer === null ||
        (isStored && (answer.size === undefined || Number.isSafeInteger(answer.size)) && isTimeOrNone(answer.lastModified))
      );
    return isStored && isTextOrNone(answer.callbackBody) && isTextOrNone(answer.callbackFailure);
  }

  test.each(Object.entries(operations))('%s ends with a sound answer or a documented error', async (name, run) => {
    let answer: FuzzedReply | undefined;
    const send = senderOver(async () => respond(answer as FuzzedReply));
    await fc.assert(
      fc.asyncProperty(reply, async (next) => {
        answer = next;
        let result: unknown;
        try {
          result = await run(send);
        } catch (error) {
          return expectSoundError(error);
        }
        if (!isSound(name, result)) throw new Error(`an unsound answer: ${JSON.stringify(result)}`);
      }),
      { numRuns: 400 },
    );
  });

  test('pages of ListParts that form a cycle end', async () => {
    const page = fc
      .record({ marker: fc.oneof(fc.nat(5).map(String), fragment), isTruncated: fc.boolean() })
      .map(
        ({ marker, isTruncated }) =>
          `<ListPartsResult><IsTruncated>${isTruncated}</IsTruncated><NextPartNumberMarker>${marker.replace(/[<>&]/g, '')}</NextPartNumberMarker></ListPartsResult>`,
      );
    await fc.assert(
      fc.asyncProperty(fc.array(page, { minLength: 1, maxLength: 6 }), async (pages) => {
        let requests = 0;
        const send = senderOver(async () => {
          requests += 1;
          if (requests > 50) throw new Error('endless pages');
          return new Response(pages[requests % pages.length]);
        });
        await listAllParts(send, 'k', 'u', 0).catch(expectSoundError);
        if (requests > 50) throw new Error('endless pages');
      }),
      { numRuns: 300 },
    );
  });

  test('documents of ten megabytes, a million entities or a hundred thousand levels end, too', async () => {
    const huge = [
      `<Error><Code>${'A'.repeat(10_000_000)}</Code></Error>`,
      `<Error><Code>AccessDenied</Code><Message>${'m '.repeat(1_000_000)}</Message></Error>`,
      `<Error>${'<Code>'.repeat(100_000)}`,
      `<!DOCTYPE E [<!ENTITY a "${'a'.repeat(1_000)}"><!ENTITY b "${'&a;'.repeat(1_000)}"><!ENTITY c "${'&b;'.repeat(1_000)}">]><Error><Code>&c;</Code></Error>`,
    ];
    for (const text of huge) expectSoundError(await readErrorReply(new Response(text, { status: 500 }), { operation: 'O', key: 'k' }, []));
  });
});

describe('whatever the browser reports about an answer', () => {
  /** An XMLHttpRequest that is answered as soon as it is sent. */
  function stubXhr(answer: { status: number; statusText: string; headers: string; text: string }): void {
    class AnsweredXhr {
      upload = {};
      onload = (): void => {};
      status = answer.status;
      statusText = answer.statusText;
      responseText = answer.text;
      open(): void {}
      abort(): void {}
      setRequestHeader(): void {}
      getAllResponseHeaders = (): string => answer.headers;
      send(): void {
        queueMicrotask(() => {
          // As in a browser, an error thrown by an event listener doesn’t reach the caller.
          try {
            this.onload();
          } catch {}
        });
      }
    }
    vi.stubGlobal('XMLHttpRequest', AnsweredXhr);
  }

  /** What a promise has settled with after all pending microtasks. */
  async function outcomeNow(promise: Promise<unknown>): Promise<unknown> {
    let outcome: unknown = 'nothing';
    promise.then(
      (value) => (outcome = value),
      (error: unknown) => (outcome = error),
    );
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    return outcome;
  }

  test.each([
    ['a reason phrase that no header line can contain', { status: 200, statusText: '好', headers: '', text: '' }],
    ['an invalid header name', { status: 200, statusText: 'OK', headers: 'e tag: "x"', text: '' }],
    ['an invalid status', { status: 99, statusText: '', headers: '', text: '' }],
  ])('%s fails the request instead of leaving it pending', async (_, answer) => {
    stubXhr(answer);
    const sending = xhrFetch('http://localhost/', { method: 'GET', headers: {}, signal: context.signal });
    expect(await outcomeNow(sending)).toBeInstanceOf(TypeError);
  });

  const line = fc
    .tuple(fc.oneof(fc.constantFrom('etag', 'x-oss-request-id', 'retry-after'), fragment), fragment)
    .map((pair) => pair.join(': '));

  test('the transport settles with a Response or with the TypeError of a failed request', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          status: fc.integer({ min: 0, max: 999 }),
          statusText: fc.oneof(fc.constantFrom('OK', ''), fragment),
          headers: fc.array(fc.oneof(line, fragment), { maxLength: 5 }).map((lines) => lines.join('\r\n')),
          text: fragment,
        }),
        async (answer) => {
          stubXhr(answer);
          const outcome = await outcomeNow(xhrFetch('http://localhost/', { method: 'GET', headers: {}, signal: context.signal }));
          if (!(outcome instanceof Response || outcome instanceof TypeError)) throw new Error(`settled with ${String(outcome)}`);
        },
      ),
      { numRuns: 1_500 },
    );
  });
});

test('credentials that no header can carry leak neither through the error nor through its cause', async () => {
  const oddText = fc.tuple(fc.constantFrom(TOKEN, SECRET), fragment, fc.constantFrom(TOKEN, SECRET)).map((pieces) => pieces.join(''));
  await fc.assert(
    fc.asyncProperty(fc.record({ accessKeyId: oddText, accessKeySecret: oddText, securityToken: oddText }), async (keys) => {
      const config = normalizeOptions({ region: 'cn-hangzhou', bucket: 'examplebucket', credentials: keys, retry: { limit: 0 } });
      const serviceClock = createServiceClock(clock);
      // The platform checks the headers; nothing is sent.
      const transport: Transport = async (_url, init) => {
        const xhr = new XMLHttpRequest();
        xhr.open('GET', '/');
        for (const [name, value] of Object.entries(init.headers)) xhr.setRequestHeader(name, value);
        return new Response('', { status: 403 });
      };
      const credentials = createCredentialsCache(keys, clock, serviceClock);
      const authorizer = createAuthorizer('examplebucket', createSigner('cn-hangzhou'), credentials, serviceClock);
      const requester = createRequester(config, transport, authorizer, { isOnline: () => true, subscribe: () => () => {} }, clock);
      requester.trust();
      const error = await requester.send(headObject('k'), context).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (!isUploadError(error)) throw new Error(`not an error of this library: ${String(error)}`, { cause: error });
      expectNoSecretIn(error);
    }),
    { numRuns: 500 },
  );
});
