import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consumer, type Consumer, expect, folderOf, PACKAGES, servePages, type Site, strict, test } from './consumer.js';

/** A content delivery network: packages at a separate origin, for pages of every origin. */
interface Cdn extends Site {
  /** The requested paths since this was last emptied. */
  asked: string[];
}

async function serveCdn(): Promise<Cdn> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    asked.push(request.url!);
    const body = await readFile(join(PACKAGES, request.url!)).catch(() => undefined);
    response.writeHead(body ? 200 : 404, {
      'content-type': 'text/javascript',
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    asked,
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

let cdn: Cdn;
test.beforeAll(async () => {
  cdn = await serveCdn();
});
test.beforeEach(() => cdn.asked.splice(0));
test.afterAll(() => cdn.close());

/** The page, which needs no build, with the network's address inserted. */
async function serve(name: string): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'oss-resumable-page-'));
  await cp(folderOf(name), folder, { recursive: true });
  await cp(folderOf('page.js'), join(folder, 'page.js'));
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), 'utf8');
    await writeFile(join(folder, file), text.replaceAll('https://cdn.example/', cdn.url));
  }
  const { url, close } = await servePages(folder);
  return {
    url,
    async close() {
      await close();
      await rm(folder, { recursive: true });
    },
  };
}

const policy = (worker: string) => (service: { connect: string }) => strict(worker, `'self' ${cdn.url}`)(service);

/** These pages load one file from the network, whether or not a worker can start. */
const oneFile = (name: string): Pick<Consumer, 'visits' | 'after'> => ({
  visits: [
    { title: 'the worker comes from the inlined source', worker: /^blob:/ },
    { title: 'under a policy that allows workers from blobs, so it does', worker: /^blob:/, query: policy('blob:') },
    { title: 'under a policy that allows only workers from files, the main thread hashes', worker: null, query: policy(`'self'`) },
    { title: 'where the policy forbids workers, the main thread hashes', worker: null, query: policy(`'none'`) },
  ],
  after: () => expect(cdn.asked).toEqual([`/oss-resumable/dist/${name}`]),
});

consumer('a module script with the standalone file from a CDN', { serve: () => serve('cdn'), ...oneFile('standalone.js') });

consumer('a classic script with the standalone file from a CDN', { serve: () => serve('iife'), ...oneFile('standalone.iife.js') });

consumer('an import map with the package’s modules from a CDN', {
  serve: () => serve('import-map'),
  adapter: 'vue',
  visits: [{ title: 'whose worker would be of another origin, the worker comes from the inlined source', worker: /^blob:/ }],
  after: () => expect(cdn.asked).toContain('/oss-resumable/dist/worker-inline.js'),
});
