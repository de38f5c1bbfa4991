import { serveTestPage } from './page-server.js';

/** Serves the test page for the whole run. The workers read its address from `E2E_PAGE_URL`. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const server = await serveTestPage();
  process.env.E2E_PAGE_URL = server.url;
  return server.close;
}
