/** The endpoint is not part of an upload's identity: it may change between visits and during an upload. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { UploaderOptions } from 'oss-resumable';
import { KiB } from '../helpers/sizes.js';
import { acknowledgedTwice, count, transcript } from '../helpers/transcript.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, outcomeOf, startUpload, unfinishedKeys, untilPartsDone, uploadFirstParts } from './helpers.js';
import type { Setup } from './page/main.js';

import { startSlowLine } from './slow-line.js';

const PART = 100 * KiB;

type Address = Pick<UploaderOptions, 'endpoint' | 'cname' | 'pathStyle'>;

const ADDRESSES = {
  'the virtual host': (port) => ({ endpoint: `http://localhost:${port}` }),
  'a custom domain': (port) => ({ endpoint: `http://cname.localhost:${port}`, cname: true }),
  'path style': (port) => ({ endpoint: `http://127.0.0.1:${port}`, pathStyle: true }),
} satisfies Record<string, (port: number) => Address>;

for (const [from, to] of [
  ['the virtual host', 'a custom domain'],
  ['a custom domain', 'the virtual host'],
  ['path style', 'a custom domain'],
] as const) {
  test(`moving from ${from} to ${to} keeps the unfinished upload`, async ({ page, pageUrl, makeFile, oss }) => {
    const path = await makeFile(10 * PART, 1);
    const key = 'endpoints/moved.bin';
    const setupAt = (address: Address): Setup => ({
      ossUrl: oss.url,
      uploader: { ...address, partSize: PART, parallel: 2 },
      upload: { key },
    });
    await page.goto(pageUrl);
    const answerAgain = await uploadFirstParts(page, oss.control, path, setupAt(ADDRESSES[from](oss.port)), 4);
    await page.reload();
    await answerAgain();
    const before = await transcript(oss.url, key);

    const moved = setupAt(ADDRESSES[to](oss.port));
    expect(await unfinishedKeys(page, moved)).toEqual([key]);
    await startUpload(page, path, moved);
    await expectUploaded(page, { ossUrl: oss.url, key, path });
    const after = await transcript(oss.url, key);
    expect(count(after, 'InitiateMultipartUpload')).toBe(1);
    expect(acknowledgedTwice({ before, after })).toEqual([]);
    expect(oss.control.uploads()).toEqual([]);
  });
}

test.describe('a list of endpoints', () => {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  test.afterEach(async () => {
    // The browser keeps its connections open.
    for (const socket of sockets) socket.destroy();
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  });

  /** Accepts connections and never answers. */
  async function silentOrigin(): Promise<string> {
    const server = createServer((socket) => {
      sockets.add(socket.resume());
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://localhost:${(server.address() as AddressInfo).port}`;
  }

  for (const [what, first] of [
    ['at which no server listens', async () => 'http://localhost:9'],
    ['that accepts connections and never answers', silentOrigin],
  ] as const) {
    for (const size of [6 * PART, 60 * KiB]) {
      test(`${size > PART ? 'an upload in parts' : 'a small file'} skips a first entry ${what}`, async ({
        page,
        pageUrl,
        makeFile,
        oss,
      }) => {
        const path = await makeFile(size, 2);
        const key = 'endpoints/list.bin';
        await page.goto(pageUrl);
        await startUpload(page, path, {
          ossUrl: oss.url,
          uploader: { endpoint: [await first(), oss.url], partSize: PART, stallTimeout: 1_000 },
          upload: { key },
        });
        await expectUploaded(page, { ossUrl: oss.url, key, path });
      });
    }
  }

  test('the endpoint in use stops answering midway: the upload continues over the next one', async ({ page, pageUrl, makeFile, oss }) => {
    const path = await makeFile(12 * PART, 3);
    const key = 'endpoints/silent.bin';
    await page.goto(pageUrl);
    const line = await startSlowLine(oss.url, { rate: 512 * KiB, buffer: 16 * KiB });
    await startUpload(page, path, {
      ossUrl: oss.url,
      uploader: {
        endpoint: [line.url, oss.url],
        partSize: PART,
        parallel: 2,
        stallTimeout: 2_000,
        retry: { baseDelay: 50, maxDelay: 500 },
      },
      upload: { key },
    });
    await untilPartsDone(page, 3);
    const before = await transcript(oss.url, key);
    line.cut();
    await expectUploaded(page, { ossUrl: oss.url, key, path });
    await line.close();
    const after = await transcript(oss.url, key);
    expect(count(after, 'InitiateMultipartUpload')).toBe(1);
    expect(acknowledgedTwice({ before, after })).toEqual([]);
  });

  for (const size of [6 * PART, 60 * KiB]) {
    test(`${size > PART ? 'an upload in parts' : 'a small file'} changes to the custom domain after PublicEndpointForbidden`, async ({
      page,
      pageUrl,
      makeFile,
      oss,
    }) => {
      const path = await makeFile(size, 4);
      // The public host is addressed like a custom domain: there, the path's first segment names the bucket, whose CORS rules apply.
      const key = 'demo-bucket/forbidden.bin';
      oss.control.setRules({ forbidPublicEndpoint: true });
      await page.goto(pageUrl);
      await startUpload(page, path, {
        ossUrl: oss.url,
        uploader: { endpoint: [oss.url, `http://cname.localhost:${oss.port}`], cname: true, partSize: PART },
        upload: { key },
      });
      await outcomeOf(page);
      // The client that reads the object back uses the public endpoint.
      oss.control.setRules({ forbidPublicEndpoint: false });
      expect(oss.control.log().some(({ code }) => code === 'PublicEndpointForbidden')).toBe(true);
      await expectUploaded(page, { ossUrl: oss.url, key, path });
    });
  }
});

test('PublicEndpointForbidden without another endpoint fails with advice', async ({ page, pageUrl, makeFile, oss }) => {
  const path = await makeFile(4 * PART, 5);
  oss.control.setRules({ forbidPublicEndpoint: true });
  await page.goto(pageUrl);
  await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: PART }, upload: { key: 'endpoints/closed.bin' } });
  const { failure } = await outcomeOf(page);
  expect(failure).toMatchObject({ code: 'PublicEndpointForbidden', resumable: true });
  expect(failure!.message).toMatch(/custom domain/i);
  expect(oss.control.log().filter(({ code }) => code === 'PublicEndpointForbidden')).toHaveLength(1);
});
