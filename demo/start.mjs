/**
 * `npm run demo`: the embedded OSS with its STS on one port, the page on another, so that every request is as
 * cross-origin as it is in production. Prints the page's address; Ctrl-C ends it.
 *
 *   --port <n>       of the page; default 5173 or the next free one
 *   --oss-port <n>   of the OSS; default 8790 or the next free one; 0 for any
 *   --data <folder>  where objects and unfinished uploads are kept; default .demo-data
 *   --open           opens the page in the default browser
 *   --reload         restarts the OSS when its source changes (pages reload in any case): `npm run dev`
 *   --forbid-public-endpoint   the OSS serves only its custom domain, as for accounts opened since 2025-03-20
 *   --oss-only       only the OSS, no page: a process that a test may kill and start again
 *
 * With OSS_REGION, OSS_BUCKET, OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and OSS_ROLE_ARN set, the page talks to that
 * bucket on Alibaba Cloud and the server here only issues its STS credentials. OSS_ENDPOINT replaces the region's public
 * endpoint; with OSS_CNAME=true it is a custom domain bound to the bucket.
 *
 * The page learns where its OSS is from `/config.json` of its own origin: the `config` that `startDemoServer()` in
 * `demo/server.ts` returns.
 *
 * A port that is named is used or refused, never replaced by another.
 */
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createServer } from 'vite';
import { serveGallery } from './gallery/serve-gallery.mjs';

/** @typedef {import('./server.js').DemoServer} DemoServer */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SERVER = fileURLToPath(new URL('./server.ts', import.meta.url));

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    'oss-port': { type: 'string' },
    data: { type: 'string', default: resolve(ROOT, '.demo-data') },
    open: { type: 'boolean', default: false },
    reload: { type: 'boolean', default: false },
    'oss-only': { type: 'boolean', default: false },
    'forbid-public-endpoint': { type: 'boolean', default: false },
  },
});

/**
 * @param {string | undefined} text
 * @param {string} option
 */
function portNumber(text, option) {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError(`${option} must be 0 to 65535, not ${text}.`);
  return port;
}

const pagePort = portNumber(values.port, '--port');
const ossPort = portNumber(values['oss-port'], '--oss-port');
const dataFolder = resolve(values.data);

/** @type {DemoServer | undefined} */
let oss;
/** @type {ReturnType<typeof serveGallery> | undefined} */
let gallery;

const vite = await createServer({
  configFile: resolve(ROOT, 'vite.config.ts'),
  mode: 'demo',
  logLevel: 'warn',
  ...(values['oss-only']
    ? { appType: 'custom', optimizeDeps: { noDiscovery: true, include: [] }, cacheDir: resolve(ROOT, 'node_modules/.vite/oss-only') }
    : {}),
  server: {
    host: 'localhost',
    port: pagePort ?? 5173,
    strictPort: pagePort !== undefined,
    ...(values['oss-only'] ? { middlewareMode: true, hmr: false, watch: null } : {}),
  },
  plugins: [{ name: 'demo-server', configureServer: answerPages }],
});

/** @param {import('vite').ViteDevServer} server */
function answerPages(server) {
  server.middlewares.use('/config.json', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(oss?.config));
  });
  // The bucket is private: a link to an object leads here, and from here to a URL signed for a minute.
  server.middlewares.use('/open', async (request, response) => {
    const key = new URL(request.url ?? '/', 'http://page').searchParams.get('key') ?? '';
    const location = await oss?.presign(key).catch(() => undefined);
    response.writeHead(location ? 302 : 404, { ...(location && { location }), 'cache-control': 'no-store' }).end();
  });
  gallery = serveGallery(server);
  server.middlewares.use(gallery.handle);
}

/**
 * Starts the OSS on a port, or on the first free one from 8790.
 *
 * @param {number | undefined} chosen
 * @returns {Promise<DemoServer>}
 */
async function startOss(chosen) {
  const { startDemoServer } = /** @type {typeof import('./server.js')} */ (await vite.ssrLoadModule(SERVER));
  const options = { dataFolder, forbidPublicEndpoint: values['forbid-public-endpoint'] };
  if (chosen !== undefined) return startDemoServer({ port: chosen, ...options });
  for (let port = 8790; ; port++) {
    try {
      return await startDemoServer({ port, ...options });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EADDRINUSE' || port >= 8889) throw error;
    }
  }
}

/** Restarts the OSS on its port and with its data; open pages retry and continue. Code that can't be loaded changes nothing. */
async function restartOss() {
  try {
    await vite.ssrLoadModule(SERVER);
    await oss?.close();
    oss = await startOss(oss && Number(new URL(oss.config.stsUrl).port));
    console.log('  The OSS has restarted');
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    console.error(`  The OSS could not restart: ${reason}`);
  }
}

/** Restarts the OSS whenever a file that it consists of has changed, once for several files that are saved together. */
function watchOss() {
  let restarting = Promise.resolve();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  vite.watcher.add(resolve(ROOT, 'src/emulator')).on('all', (_event, file) => {
    const name = relative(ROOT, file).replaceAll('\\', '/');
    if (!/^(src\/emulator\/.+|demo\/[^/]+)\.ts$/.test(name)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      restarting = restarting.then(restartOss);
    }, 100);
  });
}

async function stop() {
  await Promise.all([gallery?.close(), vite.close(), oss?.close()]);
}

let stopping = false;
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    // The second time means: now.
    if (stopping) process.exit(1);
    stopping = true;
    stop().then(
      () => process.exit(0),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}

try {
  oss = await startOss(ossPort);
  console.log(`\n  ${oss.description}`);
  if (values.reload) watchOss();
  if (!values['oss-only']) {
    await vite.listen();
    const url = vite.resolvedUrls?.local[0];
    console.log(`  Objects and unfinished uploads are kept in ${relative(process.cwd(), dataFolder) || '.'}`);
    console.log(`\n  Open ${url}\n`);
    if (values.open) vite.openBrowser();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await stop().catch(() => {});
  process.exit(1);
}
