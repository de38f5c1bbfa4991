/**
 * The fixtures of the end-to-end tests: an embedded OSS for each Playwright worker, the test page with the built library at
 * another origin, files on disk, and browsers that can be killed as a crash would.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, open, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, type BrowserType, test as base } from '@playwright/test';
import { startTestOss, type TestOss } from '../helpers/embedded-oss.js';
import { descendants, kill } from './processes.js';

export { expect } from '@playwright/test';

export interface LaunchedBrowser {
  context: BrowserContext;
  /** SIGKILL to all processes of the browser; resolves when it has ended. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface FileOptions {
  name?: string;
  /** Modification time in milliseconds since the epoch. @default a fixed time, so that equal files have equal fingerprints */
  lastModified?: number;
}

/** The embedded OSS in its own process, which a test may kill and start again on the same port and folder. */
export interface OssProcess {
  url: string;
  port: number;
  /** SIGKILL: nothing is flushed. */
  kill(): Promise<void>;
}

interface TestFixtures {
  /** The test page, with a trailing slash. */
  pageUrl: string;
  /** Creates a folder that is removed after the test. */
  makeFolder(): Promise<string>;
  /** Writes a file of `size` pseudo-random bytes and returns its path. The same arguments give the same bytes. */
  makeFile(size: number, seed: number, options?: FileOptions): Promise<string>;
  /** Launches the project's browser with this profile, for tests that kill it. It is closed after the test at the latest. */
  launchBrowser(userDataDir: string, options?: { ignoreHTTPSErrors?: boolean }): Promise<LaunchedBrowser>;
  /** Starts `demo/start.mjs --oss-only` and waits for its address. It is killed after the test at the latest. */
  startOssProcess(options: { dataDir: string; port?: number }): Promise<OssProcess>;
  /** This worker's embedded OSS, reset before the test: no objects, no uploads, no faults, an empty log. */
  oss: TestOss;
}

interface WorkerFixtures {
  /** The embedded OSS that {@link TestFixtures.oss} resets. */
  workerOss: TestOss;
}

const CHUNK = 4 << 20;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  workerOss: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures wanted from the pattern.
    async ({}, use) => {
      const oss = await startTestOss({ buckets: ['demo-bucket', 'second-bucket'] });
      await use(oss);
      await oss.cleanup();
    },
    { scope: 'worker' },
  ],

  // For every test, also one that doesn't mention it: another test's faults and link would be its own.
  oss: [
    async ({ workerOss }, use) => {
      await workerOss.control.reset({ data: true });
      await use(workerOss);
    },
    { auto: true },
  ],

  // biome-ignore lint/correctness/noEmptyPattern: see above.
  pageUrl: async ({}, use) => {
    const url = process.env.E2E_PAGE_URL;
    if (!url) throw new Error('E2E_PAGE_URL is not set: global-setup.ts did not run.');
    await use(url);
  },

  // biome-ignore lint/correctness/noEmptyPattern: see above.
  makeFolder: async ({}, use) => {
    const folders: string[] = [];
    await use(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'oss-resumable-e2e-'));
      folders.push(folder);
      return folder;
    });
    // The last process of a killed browser may still be writing its profile.
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })));
  },

  makeFile: async ({ makeFolder }, use) => {
    await use(async (size, seed, { name = `random-${seed}.bin`, lastModified = Date.UTC(2026, 0, 1) } = {}) => {
      const path = join(await makeFolder(), name);
      const file = await open(path, 'w');
      const fill = randomBytes(seed);
      for (let offset = 0; offset < size; offset += CHUNK) await file.write(fill(Math.min(CHUNK, size - offset)));
      await file.close();
      await utimes(path, lastModified / 1000, lastModified / 1000);
      return path;
    });
  },

  // Depends on makeFolder to be torn down before it: folders are removed when nothing writes to them any more.
  launchBrowser: async ({ makeFolder: _folders, playwright, browserName, channel, launchOptions }, use) => {
    const launched: LaunchedBrowser[] = [];
    await use(async (userDataDir, options) => {
      const browser = await launch(playwright[browserName], userDataDir, { ...launchOptions, ...(channel && { channel }), ...options });
      launched.push(browser);
      return browser;
    });
    for (const browser of launched) await browser.close();
  },

  // Depends on makeFolder to be torn down before it: folders are removed when nothing writes to them any more.
  startOssProcess: async ({ makeFolder: _folders }, use) => {
    const started: OssProcess[] = [];
    await use(async ({ dataDir, port = 0 }) => {
      const oss = await startOss(dataDir, port);
      started.push(oss);
      return oss;
    });
    for (const oss of started) await oss.kill();
  },
});

async function startOss(dataDir: string, port: number): Promise<OssProcess> {
  const start = fileURLToPath(new URL('../../demo/start.mjs', import.meta.url));
  const child = spawn(process.execPath, [start, '--oss-only', '--oss-port', String(port), '--data', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const address = /http:\/\/localhost:\d+(?=\D)/.exec(printed);
      if (address) resolve(address[0]);
    });
    void exited.then(() => reject(new Error(`The OSS process ended before it printed an address:\n${printed}`)));
  });
  return {
    url,
    port: Number(new URL(url).port),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function launch(
  type: BrowserType,
  userDataDir: string,
  options: NonNullable<Parameters<BrowserType['launchPersistentContext']>[1]>,
): Promise<LaunchedBrowser> {
  const context = await type.launchPersistentContext(userDataDir, { ...options, headless: true });
  let gone = false;
  const closed = new Promise<void>((resolve) => context.once('close', () => resolve())).then(() => {
    gone = true;
  });
  return {
    context,
    async kill() {
      // The browser process first: it must not notice the end of its children and record it.
      for (const pid of await processIds(context, userDataDir)) kill(pid);
      await closed;
    },
    async close() {
      if (!gone) await context.close();
    },
  };
}

/** IDs of all processes of a browser, the main process first. */
async function processIds(context: BrowserContext, userDataDir: string): Promise<number[]> {
  const browser = context.browser()!;
  if (browser.browserType().name() === 'chromium') {
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return [...processInfo].sort((a, b) => Number(b.type === 'browser') - Number(a.type === 'browser')).map(({ id }) => id);
  }
  // Firefox doesn't report them; so in Firefox tests that kill run on Linux only (`@kill`).
  const main = descendants().find(({ command }) => command.includes(userDataDir));
  if (!main) throw new Error(`No process has the profile ${userDataDir}.`);
  return [main.pid, ...descendants(main.pid).map(({ pid }) => pid)];
}

/** A generator of bytes: xorshift128, seeded by splitmix32, about 300 MB/s. */
function randomBytes(seed: number): (length: number) => Uint8Array {
  const next = () => {
    seed = (seed + 0x9e3779b9) | 0;
    let z = seed ^ (seed >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let [a, b, c, d] = [next(), next(), next(), next()];
  return (length) => {
    const words = new Int32Array(Math.ceil(length / 4));
    for (let i = 0; i < words.length; i++) {
      let t = d;
      d = c;
      c = b;
      b = a;
      t ^= t << 11;
      t ^= t >>> 8;
      a = t ^ a ^ (a >>> 19);
      words[i] = a;
    }
    return new Uint8Array(words.buffer, 0, length);
  };
}
