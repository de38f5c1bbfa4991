/** Builds and serves pages for tests. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'vite';

const LIBRARY = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const PAGE = fileURLToPath(new URL('./page', import.meta.url));

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

export interface PageServer {
  /** With a trailing slash: `http://localhost:41234/`. */
  url: string;
  close(): Promise<void>;
}

/** Builds the test page and `element.html` against the *built* library, as an application's bundler does, and serves them. */
export async function serveTestPage(): Promise<PageServer> {
  if (!existsSync(LIBRARY)) throw new Error('There is no dist/index.js: run `npm run build` first.');
  const input = ['index.html', 'element.html'].map((name) => join(PAGE, name));
  return buildAndServe(LIBRARY, { root: PAGE, logLevel: 'warn', build: { minify: false, rolldownOptions: { input } } });
}

/**
 * Builds a page into a temporary folder and serves it.
 *
 * @param library the file that the page imports as `oss-resumable`; its subpaths are in the same folder
 */
export async function buildAndServe(library: string, config: InlineConfig): Promise<PageServer> {
  const folder = await mkdtemp(join(tmpdir(), 'oss-resumable-page-'));
  await build({
    configFile: false,
    resolve: {
      alias: [
        { find: /^oss-resumable$/, replacement: library },
        { find: /^oss-resumable\/(.+)$/, replacement: join(dirname(library), '$1.js') },
      ],
    },
    worker: { format: 'es' },
    ...config,
    build: { outDir: folder, emptyOutDir: true, target: 'es2022', ...config.build },
  });
  const server = await servePages(folder);
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Serves a folder. A page's query can set response headers, so that one build serves every kind of host:
 * `?csp=worker-src%20'none'` sets Content-Security-Policy; requests with `/missing-worker/` in the referring page's
 * query (`?worker=missing`) get 404 for the worker's file.
 *
 * @param extra additional answers: path → JSON
 */
export async function servePages(folder: string, extra: Record<string, string> = {}): Promise<PageServer> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const file = normalize(join(folder, url.pathname.endsWith('/') ? `${url.pathname}index.html` : url.pathname));
    const referrer = URL.canParse(request.headers.referer ?? '') ? new URL(request.headers.referer!) : undefined;
    const known = extra[url.pathname];
    if (known !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(known);
      return;
    }
    const missing = /\.worker-[\w-]+\.js$/.test(file) && referrer?.searchParams.get('worker') === 'missing';
    if (!file.startsWith(folder + sep) || missing) {
      response.writeHead(404).end();
      return;
    }
    try {
      const body = await readFile(file);
      const csp = url.searchParams.get('csp');
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'cache-control': 'no-store',
        ...(csp ? { 'content-security-policy': csp } : {}),
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
