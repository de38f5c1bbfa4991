/** `demo/recipes/server`: each server is started as it stands there, and signs for a page of another origin that has no key. */
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestOss } from '../helpers/embedded-oss.js';
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { codeBlocks } from '../helpers/samples.js';
import { MiB } from '../helpers/sizes.js';
import { count, parts, transcript } from '../helpers/transcript.js';
import { expect, folderOf, PACKAGES, run, servePages, type Site, startIn, test } from './consumer.js';

const RECIPES = fileURLToPath(new URL('../../demo/recipes/server/', import.meta.url));
const next = createRequire(import.meta.url).resolve('next/dist/bin/next');

/** How each recipe is put into an application's folder, and started there. */
const SERVERS: Record<string, (folder: string) => Promise<string[]>> = {
  'node:http': script('node-http.mjs'),
  Express: script('express.mjs'),
  Hono: script('hono.mjs'),
  Fastify: script('fastify.mjs'),
  async 'Next.js'(folder) {
    await cp(`${RECIPES}handler.mjs`, `${folder}/app/oss/handler.mjs`);
    await cp(`${RECIPES}next-route.js`, `${folder}/app/oss/route.js`);
    for (const file of ['app/layout.js', 'next.config.mjs']) await cp(join(folderOf('next'), file), join(folder, file));
    // Without keys, as on a machine that builds.
    await run(basename(folder), next, 'build');
    return [next, 'start', '--port', '0', '--hostname', 'localhost'];
  },
};

function script(name: string): (folder: string) => Promise<string[]> {
  return async (folder) => {
    for (const file of ['handler.mjs', name]) await cp(RECIPES + file, join(folder, file));
    return [name];
  };
}

let pages: Site;
let pageFolder: string;

test.beforeAll(async () => {
  pageFolder = await mkdtemp(join(tmpdir(), 'oss-resumable-page-'));
  await cp(folderOf('server-page'), pageFolder, { recursive: true });
  await cp(folderOf('page.js'), join(pageFolder, 'page.js'));
  await cp(join(PACKAGES, 'oss-resumable/dist/standalone.js'), join(pageFolder, 'standalone.js'));
  pages = await servePages(pageFolder);
});
test.afterAll(async () => {
  await pages.close();
  await rm(pageFolder, { recursive: true });
});

/** What the recipes read from their environment. */
const variablesFor = (oss: TestOss): Record<string, string> => ({
  PORT: '0',
  DEMO_USER: '42',
  OSS_ENDPOINT: oss.url,
  OSS_PATH_STYLE: 'true',
  OSS_BUCKET: oss.bucket,
  OSS_ACCESS_KEY_ID: oss.accessKeyId,
  OSS_ACCESS_KEY_SECRET: oss.accessKeySecret,
});

for (const [name, prepare] of Object.entries(SERVERS)) {
  test(`${name} signs the parts of a file for a page of another origin, which never sees a key`, async ({
    page,
    context,
    oss,
    makeFile,
  }) => {
    // Beside the packages, where imports find them.
    const folder = await mkdtemp(folderOf('.server-'));
    let server: Site | undefined;
    try {
      server = await startIn(folder, await prepare(folder), { ...variablesFor(oss), PAGE_ORIGIN: new URL(pages.url).origin });
      let requests = '';
      context.on('request', (request) => {
        requests += `${request.url()}\n${JSON.stringify(request.headers())}\n${request.postData()?.slice(0, 10_000) ?? ''}\n`;
      });
      const path = await makeFile(4 * MiB, 1);
      const key = 'users/42/random-1.bin';
      const signer = `${server.url}oss`;
      expect(new URL(signer).origin).not.toBe(new URL(pages.url).origin);
      await page.goto(`${pages.url}?${new URLSearchParams({ oss: oss.url, signer })}`);
      await page.setInputFiles('input', path);
      await expect(page.getByRole('status')).toHaveText(`Stored as ${key}, verified: true`);

      const wire = await transcript(oss.url, key);
      expect(['InitiateMultipartUpload', 'CompleteMultipartUpload'].map((operation) => count(wire, operation))).toEqual([1, 1]);
      expect(parts(wire)).toHaveLength(8);
      expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
      expect(requests).toContain(`Credential=${oss.accessKeyId}/`);
      expect(requests).not.toContain(oss.accessKeySecret);

      // What `allow` doesn't allow is refused.
      const foreign = { requests: [{ operation: 'PutObject', key: 'users/43/a', size: 1 }] };
      const answer = await fetch(signer, {
        method: 'POST',
        body: JSON.stringify(foreign),
        headers: { 'content-type': 'application/json' },
      });
      expect([answer.status, await answer.json()]).toMatchObject([403, { error: { code: 'KeyNotAllowed' } }]);
    } finally {
      await server?.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

test('the page that src/server/README.md begins with uploads, served by the recipe for Express', async ({ page, oss, makeFile }) => {
  const readme = readFileSync(new URL('../../src/server/README.md', import.meta.url), 'utf8');
  const html = codeBlocks(readme).find(({ language }) => language === 'html')?.code ?? '';
  const folder = await mkdtemp(folderOf('.server-'));
  let server: Site | undefined;
  try {
    await symlink(PACKAGES, join(folder, 'node_modules'), 'junction');
    await mkdir(join(folder, 'public'));
    // All that differs from the page: where this test's bucket is.
    await writeFile(join(folder, 'public/index.html'), html.replace('http://localhost:9000', oss.url).replace('examplebucket', oss.bucket));
    server = await startIn(folder, (await SERVERS['Express']?.(folder)) ?? [], variablesFor(oss));
    await page.goto(server.url);
    const path = await makeFile(20 * MiB, 2);
    await page.locator('oss-upload input[type=file]').first().setInputFiles(path);
    await expect(page.locator('oss-upload [part~=row]').first()).toContainText('Done');
    expect(await storedSha256(oss.url, 'users/42/random-2.bin')).toBe(await fileSha256(path));
  } finally {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }
});
