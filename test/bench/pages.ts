/** The measured page: built as an application's bundler does, one chunk for each rival, and served. */
import { fileURLToPath } from 'node:url';
import { buildAndServe, type PageServer } from '../e2e/page-server.js';

const PAGE = fileURLToPath(new URL('page', import.meta.url));
const LIBRARY = fileURLToPath(new URL('../../src/index.ts', import.meta.url));

export function serveBenchPage(): Promise<PageServer> {
  return buildAndServe(LIBRARY, {
    root: PAGE,
    publicDir: false,
    logLevel: 'error',
    build: { modulePreload: false, chunkSizeWarningLimit: 2000 },
  });
}
