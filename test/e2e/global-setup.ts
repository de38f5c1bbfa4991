import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { servePages } from './page-server.js';

const LIBRARY = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const PAGE = fileURLToPath(new URL('./page', import.meta.url));

/**
 * Builds the test page against the *built* library, as an application's bundler does, and serves it for the whole run.
 * The workers find its address in `E2E_PAGE_URL`.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  if (!existsSync(LIBRARY)) throw new Error('There is no dist/index.js: run `npm run build` first.');
  const folder = await mkdtemp(join(tmpdir(), 'oss-resumable-page-'));
  await build({
    configFile: false,
    root: PAGE,
    logLevel: 'warn',
    resolve: { alias: [{ find: /^oss-resumable$/, replacement: LIBRARY }] },
    worker: { format: 'es' },
    build: { outDir: folder, emptyOutDir: true, target: 'es2022', minify: false },
  });
  const server = await servePages(folder);
  process.env.E2E_PAGE_URL = server.url;
  return async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
}
