/**
 * Serves the gallery's pages in development. They have a vite of their own, which starts when the first of them is opened, after their
 * widgets have been installed: the demo's first page needs neither, and is not reloaded in the middle of an upload.
 */
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { installPackages, isInstalled } from '../install-packages.mjs';

const FOLDER = fileURLToPath(new URL('.', import.meta.url)).replace(/[\\/]$/, '');
const CONFIG = fileURLToPath(new URL('../../vite.config.ts', import.meta.url));
const BASE = '/gallery/';

/** Asks again by itself until the page is there. */
const WAITING_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="refresh" content="1" />
    <link rel="icon" href="data:," />
    <meta name="color-scheme" content="light dark" />
    <title>Installing the widgets</title>
  </head>
  <body style="font: 1rem/1.6 system-ui; margin: 4rem 1rem; text-align: center">
    Installing the widgets. This happens once and takes about half a minute.<br />
    <span lang="zh-CN">正在安装示例所用的组件。只需一次，大约半分钟。</span>
  </body>
</html>
`;

/**
 * @param {import('vite').ViteDevServer} demo the server of the demo's first page, whose port the gallery shares
 * @returns {{ handle: import('vite').Connect.NextHandleFunction, close(): Promise<void> }}
 */
export function serveGallery(demo) {
  const { httpServer } = demo;
  /** @type {Promise<import('vite').ViteDevServer> | undefined} */
  let starting;
  let isInstalling = false;

  async function start() {
    isInstalling = !isInstalled(FOLDER);
    await installPackages(FOLDER, 'the widgets of the gallery').finally(() => {
      isInstalling = false;
    });
    const server = { middlewareMode: true, ...(httpServer && { ws: { server: httpServer } }) };
    return createServer({ configFile: CONFIG, mode: 'gallery', base: BASE, logLevel: 'warn', server });
  }

  return {
    async handle(request, response, next) {
      if (!request.url?.startsWith(BASE)) return next();
      if (starting === undefined) {
        starting = start();
        // Reported to the request that waits for it, or to the next one.
        starting.catch(() => {});
      }
      if (isInstalling) {
        response.writeHead(503, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end(WAITING_PAGE);
        return;
      }
      try {
        (await starting).middlewares(request, response, next);
      } catch (error) {
        // The next request tries once more.
        starting = undefined;
        console.error(error instanceof Error ? error.message : error);
        response.writeHead(500, { 'content-type': 'text/plain', 'cache-control': 'no-store' }).end(String(error));
      }
    },
    async close() {
      await (await starting?.catch(() => undefined))?.close();
    },
  };
}
