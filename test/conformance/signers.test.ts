/**
 * The client and signers that refuse, fail or answer wrongly: the real uploader in Node against the stand-in, signed for by the real
 * handler over HTTP. None of these may store a file under another's key, wait for ever, or destroy what others have begun.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RequestToSign } from '../../src/index.js';
import { createHandler, type Grant } from '../../src/server/index.js';
import { type AppServer, placeOf, ROLE, startAppServer } from '../helpers/app-server.js';
import { startTestOss, type TestOss } from '../helpers/embedded-oss.js';
import { makeFile } from '../helpers/make-file.js';
import { PART } from '../helpers/sizes.js';
import { ending, openPage, soon, type Wire } from './node-page.js';

let oss: TestOss;
let app: AppServer;
const { fetch: realFetch } = globalThis;
beforeEach(async () => {
  oss = await startTestOss();
  app = await startAppServer(oss);
});
afterEach(async () => {
  globalThis.fetch = realFetch;
  await app.close();
  await oss.cleanup();
});

const BIG = makeFile(4 * PART, { name: 'big.bin' });
const SMALL = makeFile(5_000, { name: 'small.bin' });
const NEVER = new Promise<never>(() => {});

/** A function that asks the handler, as the README's does: its errors say nothing about what is refused. */
async function viaFunction(requests: readonly RequestToSign[], { signal }: { signal: AbortSignal }) {
  const body = JSON.stringify({ requests });
  const response = await fetch(app.url, { method: 'POST', body, headers: { 'content-type': 'application/json' }, signal });
  if (!response.ok) throw new Error(`The signer answered ${response.status}`);
  return ((await response.json()) as { signatures: { headers: Record<string, string> }[] }).signatures;
}

const presigned = async (requests: readonly RequestToSign[]): Promise<{ url: string }[]> =>
  (await fetch(app.presignUrl, { method: 'POST', body: JSON.stringify({ requests }) })).json() as Promise<{ url: string }[]>;

/** The application's server answers this to requests whose body contains a text. */
function answering(text: string, status: number, body: string): void {
  globalThis.fetch = (async (input: RequestInfo, init?: RequestInit) =>
    String(init?.body).includes(text) ? new Response(body, { status }) : realFetch(input, init)) as typeof fetch;
}

/** A part that is never answered: the upload stays unfinished. */
const stuckAt =
  (part: string): NonNullable<Wire['before']> =>
  (method, url) =>
    method === 'PUT' && url.searchParams.get('partNumber') === part ? NEVER : undefined;

/** The first answer to a small file is lost. */
function losing(): NonNullable<Wire['after']> {
  let isLost = false;
  return (method, url, response) => {
    if (isLost || !(method === 'PUT' || url.pathname === '/')) return response;
    isLost = true;
    throw new TypeError('Failed to fetch');
  };
}

/** Chooses a new key for every object. */
function numbered(): NonNullable<Grant['keyFor']> {
  let count = 0;
  return ({ key }) => {
    count += 1;
    return `users/42/${count}/${key}`;
  };
}

describe('a file that is refused doesn’t hold up another one of the same turn', () => {
  const uploadBoth = async (page: ReturnType<typeof openPage>, foreign: string, own: string): Promise<unknown> => {
    const refused = page.uploader.upload(SMALL, { key: foreign });
    const end = await ending(page.uploader.upload(makeFile(6_000, { seed: 2 }), { key: own }), 8_000);
    await refused.abort();
    await page.uploader.dispose();
    return end;
  };

  test('where a function throws an error of its own', async () => {
    expect(await uploadBoth(openPage(oss, { signer: viaFunction }), 'users/43/foreign', 'users/42/mine')).toBe('done');
  });

  test('where the server fails for one key', async () => {
    const keyFor = ({ key }: { key: string }): string => {
      if (key === 'bad') throw new Error('database');
      return `users/42/${key}`;
    };
    app.grant = { prefix: 'users/42/', keyFor };
    expect(await uploadBoth(openPage(oss, { signer: app.url }), 'bad', 'good')).toBe('done');
  });
});

describe('signatures for another request are refused', () => {
  test.each([
    ['a URL of another key', (request: RequestToSign) => presigned([{ ...request, key: 'users/42/other' }])],
    ['a URL that can’t be parsed', async () => [{ url: 'https://[bad/users/42/a?x-oss-signature=SECRET' }]],
    ['a header that can’t be sent', async () => [{ headers: { 'bad name': 'x' } }]],
    ['headers that are none', async () => [{ headers: 'abc' }]],
  ])('%s: InvalidSignatures, without the URL in any text', async (_, sign) => {
    const { uploader } = openPage(oss, { signer: ([request]) => sign(request!) as Promise<{ url: string }[]> });
    const { error } = await uploader.upload(SMALL, { key: 'users/42/a' }).result.then(
      () => ({ error: undefined }),
      (error: Error) => ({ error }),
    );
    expect(error).toMatchObject({ name: 'CredentialsError', code: 'InvalidSignatures' });
    expect(`${error?.message} ${String(error?.cause)}`).not.toContain('SECRET');
    await uploader.dispose();
  });
});

describe('discovery is a convenience: whatever goes wrong with it is a warning', () => {
  test.each([
    ['502', 502, '{"error":{"code":"ServiceFailed","message":"x"}}'],
    ['500', 500, 'oops'],
    ['400 of another server', 400, 'what?'],
    ['a page', 200, '<html>'],
    ['a list of nothing', 200, '{"uploads":[null]}'],
    ['parts that are none', 200, '{"uploads":[{"uploadId":"x","parts":[null]}]}'],
  ])('the handler answers %s', async (_, status, body) => {
    answering('"discover"', status, body);
    const { uploader } = openPage(oss, { signer: app.url, discover: true });
    const task = uploader.upload(BIG, { key: 'users/42/b' });
    expect(await ending(task)).toBe('done');
    expect(task.getSnapshot().warnings.map(({ code }) => code)).toEqual(['discovery-refused']);
    await uploader.dispose();
  });

  test('a signer function that signs no lists', async () => {
    const { uploader } = openPage(oss, { signer: viaFunction, discover: true });
    expect(await ending(uploader.upload(BIG, { key: 'users/42/b' }), 8_000)).toBe('done');
    await uploader.dispose();
  });

  test('a page in place of the list', async () => {
    const { uploader, wire } = openPage(oss, { credentials: () => oss.credentials(), discover: true, retry: { baseDelay: 1 } });
    wire.before = (_, url) => (url.pathname === '/' && url.searchParams.has('uploads') ? new Response('<html>Welcome') : undefined);
    expect(await ending(uploader.upload(BIG, { key: 'users/42/b' }))).toBe('done');
    expect(wire.log.filter((line) => line.startsWith('GET /?uploads'))).toHaveLength(3);
    await uploader.dispose();
  });
});

describe('what others have begun', () => {
  /** Leaves an upload of user 42 unfinished, as a page that is closed does. */
  async function leave(options: { key: string }): Promise<ReturnType<typeof openPage>> {
    const page = openPage(oss, { signer: app.url, discover: true });
    page.wire.before = stuckAt('3');
    const task = page.uploader.upload(BIG, options);
    await expect.poll(() => task.getSnapshot().progress.parts.done).toBeGreaterThan(1);
    await soon(page.uploader.dispose(), 1_000);
    return page;
  }

  test('discard() of another user’s upload is refused, and its record stays as it was', async () => {
    const first = await leave({ key: 'users/42/big.bin' });
    const [record] = (await first.store.list()) as { id: string }[];
    app.grant = { prefix: 'users/43/' };
    const { uploader } = openPage(oss, { signer: app.url }, first);
    await expect(uploader.discard(record!.id)).rejects.toMatchObject({ code: 'SignerRefused' });
    expect(await first.store.list()).toEqual([record]);
    await uploader.dispose();
  });

  test('another user’s record of the same proposed key is left alone, and the upload begins anew', async () => {
    app.grant = { prefix: 'users/42/', keyFor: ({ key }) => `users/42/x/${key}` };
    const first = await leave({ key: 'big.bin' });
    app.grant = { prefix: 'users/43/', keyFor: ({ key }) => `users/43/x/${key}` };
    const { uploader } = openPage(oss, { signer: app.url }, first);
    expect(await ending(uploader.upload(BIG, { key: 'big.bin' }))).toBe('done');
    expect(oss.control.uploads().map(({ key }) => key)).toEqual(['users/42/x/big.bin']);
    await uploader.dispose();
  });

  test('one’s own upload, found under another modification time, is aborted on the server', async () => {
    app.grant = { prefix: 'users/42/', discover: true };
    const first = await leave({ key: 'users/42/b' });
    const { uploader, wire } = openPage(oss, { signer: app.url, discover: true }, first);
    wire.before = stuckAt('3');
    const task = uploader.upload(makeFile(4 * PART, { name: 'big.bin', lastModified: 1_800_000_000_000 }), { key: 'users/42/b' });
    await expect.poll(() => task.getSnapshot().resumedFrom).toBe('server');
    await task.abort();
    await expect.poll(() => oss.control.uploads()).toEqual([]);
    await uploader.dispose();
  });

  test('an upload that only ends alike is left alone: the lowest part is compared, too', async () => {
    app.grant = { prefix: 'users/42/', discover: true };
    const image = (fill: number): File => new File([Buffer.alloc(2 * PART, fill), Buffer.alloc(2 * PART)], 'disk.img', { lastModified: 5 });
    const first = openPage(oss, { signer: app.url, parallel: 4 });
    first.wire.before = stuckAt('2');
    const other = first.uploader.upload(image(1), { key: 'users/42/disk.img' });
    await expect.poll(() => other.getSnapshot().progress.parts.done).toBe(3);
    await soon(first.uploader.dispose(), 1_000);
    const { uploader, wire } = openPage(oss, { signer: app.url, discover: true });
    const task = uploader.upload(image(2), { key: 'users/42/disk.img' });
    expect(await ending(task)).toBe('done');
    expect(task.getSnapshot().resumedFrom).toBeUndefined();
    expect(wire.log.filter((line) => line.startsWith('PUT'))).toHaveLength(4);
    expect(oss.control.uploads()).toHaveLength(1);
    await uploader.dispose();
  });

  test('a paused task’s upload is not taken by another task of its page', async () => {
    app.grant = { prefix: 'users/42/', discover: true };
    const { uploader, wire } = openPage(oss, { signer: app.url, discover: true, parallel: 1 });
    wire.before = stuckAt('3');
    const first = uploader.upload(BIG, { key: 'users/42/b' });
    await expect.poll(() => first.getSnapshot().progress.parts.done).toBe(2);
    await first.pause();
    delete wire.before;
    const second = uploader.upload(makeFile(4 * PART, { name: 'big.bin', lastModified: 1_800_000_000_000 }), { key: 'users/42/b' });
    expect(await ending(second)).toBe('done');
    expect(second.getSnapshot().resumedFrom).toBeUndefined();
    expect(oss.control.uploads()).toHaveLength(1);
    first.resume();
    expect(await ending(first)).toBe('done');
    await uploader.dispose();
  });

  test('skipExisting ends an earlier upload of the same file', async () => {
    const first = await leave({ key: 'users/42/b' });
    const elsewhere = openPage(oss, { signer: app.url });
    expect(await ending(elsewhere.uploader.upload(BIG, { key: 'users/42/b' }))).toBe('done');
    await elsewhere.uploader.dispose();
    const { uploader } = openPage(oss, { signer: app.url }, first);
    expect((await uploader.upload(BIG, { key: 'users/42/b', skipExisting: true }).result).instant).toBe(true);
    await expect.poll(async () => [await uploader.unfinished(), oss.control.uploads()]).toEqual([[], []]);
    await uploader.dispose();
  });
});

describe('keys and rules of the server', () => {
  test('an upload that has vanished is begun anew under the page’s proposal', async () => {
    const proposed: string[] = [];
    const keyFor = numbered();
    app.grant = {
      prefix: 'users/42/',
      keyFor(file) {
        proposed.push(file.key);
        return keyFor(file);
      },
    };
    const { uploader, wire } = openPage(oss, { signer: app.url, parallel: 1 });
    let isCut = false;
    wire.before = (method, url) => {
      if (isCut || method !== 'PUT' || url.searchParams.get('partNumber') !== '3') return undefined;
      isCut = true;
      return new Response('<Error><Code>NoSuchUpload</Code></Error>', { status: 404, headers: { 'x-oss-request-id': 'R' } });
    };
    expect(await ending(uploader.upload(BIG, { key: 'big.bin' }))).toBe('done');
    expect(proposed).toEqual(['big.bin', 'big.bin']);
    await uploader.dispose();
  });

  test.each<[string, Partial<Grant>, boolean]>([
    ['overwrite: false', { overwrite: false }, false],
    ['overwrite: false and keyFor, and forbidOverwrite by the page', { overwrite: false, keyFor: ({ key }) => `users/42/x/${key}` }, true],
  ])('%s: a small file whose answer was lost is done', async (_, grant, forbidOverwrite) => {
    app.grant = { prefix: 'users/42/', ...grant };
    const { uploader, wire } = openPage(oss, { signer: app.url });
    wire.after = losing();
    expect(await ending(uploader.upload(SMALL, { key: 'users/42/s', forbidOverwrite }))).toBe('done');
    await uploader.dispose();
  });

  test.each([
    ['shows', ['etag', 'x-oss-hash-crc64ecma', 'x-oss-request-id']],
    ['hides', ['etag']],
  ])('a callback of the server, CORS %s what OSS says: sent once, and its answer reaches the page', async (_, shown) => {
    app.grant = { prefix: 'users/42/', callback: { url: `http://127.0.0.1:${oss.port}/_callback`, user: '42' } };
    const { uploader, wire } = openPage(oss, { signer: handlerFor(app.grant) });
    wire.after = (method, _url, response) => {
      if (method === 'OPTIONS') return response;
      const headers = new Headers([...response.headers].filter(([name]) => shown.includes(name)));
      return new Response('{"id":7}', { status: response.status, headers });
    };
    expect((await uploader.upload(SMALL, { key: 'users/42/s' }).result).callbackBody).toEqual({ id: 7 });
    expect(wire.log).toHaveLength(1);
    await uploader.dispose();
  });

  test('a file above maxBytes is refused before any of its bytes are sent', async () => {
    app.grant = { prefix: 'users/42/', maxBytes: 3 * PART };
    const { uploader, wire } = openPage(oss, { signer: app.url });
    expect(await ending(uploader.upload(BIG, { key: 'users/42/b' }))).toMatch(/SignerRefused.*TooLarge/);
    expect(wire.log).toEqual([]);
    await uploader.dispose();
  });

  test('a body parser that takes only small requests is named', async () => {
    const { uploader } = openPage(oss, { signer: app.url });
    answering('CompleteMultipartUpload', 413, '<html>Payload Too Large');
    expect(await ending(uploader.upload(BIG, { key: 'users/42/b' }))).toMatch(/SignerRefused.*let it read 1 MB/);
    await uploader.dispose();
  });

  test('a part that was replaced by another device is listed again', async () => {
    app.grant = { prefix: 'users/42/', maxBytes: 10_000_000 };
    const { uploader, wire } = openPage(oss, { signer: app.url });
    answering('CompleteMultipartUpload', 409, '{"error":{"code":"PartMismatch","message":"List them."}}');
    wire.after = (_, url, response) => {
      if (url.searchParams.has('max-parts')) globalThis.fetch = realFetch;
      return response;
    };
    expect(await ending(uploader.upload(BIG, { key: 'users/42/b' }))).toBe('done');
    await uploader.dispose();
  });
});

/** A signer function in front of a handler with this grant. */
function handlerFor(grant: Grant) {
  const handler = createHandler({
    ...placeOf(oss),
    credentials: () => oss.control.assumeRole(3600, ROLE).Credentials,
    callbackSecret: 'a secret that only the servers know!!',
    allow: () => grant,
  });
  return async (requests: readonly RequestToSign[]) => {
    const body = JSON.stringify({ requests });
    const response = await handler(
      new Request('http://app/oss', { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
    );
    return ((await response.json()) as { signatures: { headers: Record<string, string> }[] }).signatures;
  };
}
