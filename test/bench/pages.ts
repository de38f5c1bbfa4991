/** The measured page: built as an application's bundler does, one chunk for each rival, and served. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { type PageServer, servePages } from '../e2e/page-server.js';

const PAGE = fileURLToPath(new URL('page', import.meta.url));
const LIBRARY = fileURLToPath(new URL('../../src/index.ts', import.meta.url));

export async function serveBenchPage(): Promise<PageServer> {
  const folder = await mkdtemp(join(tmpdir(), 'oss-resumable-bench-page-'));
  await build({
    configFile: false,
    root: PAGE,
    publicDir: false,
    logLevel: 'error',
    resolve: { alias: [{ find: /^oss-resumable$/, replacement: LIBRARY }] },
    worker: { format: 'es' },
    build: { outDir: folder, emptyOutDir: true, target: 'es2022', modulePreload: false, chunkSizeWarningLimit: 2000 },
  });
  const server = await servePages(folder);
  return {
    url: server.url,
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
