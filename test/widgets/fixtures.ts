/** Fixtures of the widget tests: the built pages at their own origin, with this worker's embedded OSS. */
import { expect, type Locator, type Page } from '@playwright/test';
import { type PageServer, servePages } from '../e2e/page-server.js';
import { test as base } from '../e2e/fixtures.js';
import { acknowledged, transcript } from '../helpers/transcript.js';

export { expect };
export { createControl, type LogEntry, type RemoteControl } from '../helpers/oss-control.js';
export { fileSha256, storedSha256 } from '../helpers/read-back.js';
export { KiB, MiB } from '../helpers/sizes.js';
export * from '../helpers/transcript.js';

interface Complaints {
  /** Errors and warnings on the page's console, and uncaught errors. */
  complaints: string[];
}

/**
 * `widgetsUrl` has `gallery/<example>/`, `pages/<page>/`, `development/<page>/`, `variants/<variant>/<example>/` and `demo/` below it.
 * The page's OSS is this worker's: `oss` of the end-to-end tests.
 */
export const test = base.extend<Complaints, { widgetsUrl: string }>({
  widgetsUrl: [
    async ({ workerOss }, use) => {
      const folder = process.env.WIDGETS_FOLDER;
      if (!folder) throw new Error('WIDGETS_FOLDER is not set: global-setup.ts did not run.');
      const config = {
        mode: 'embedded',
        region: workerOss.region,
        bucket: workerOss.buckets[0],
        endpoint: workerOss.url,
        stsUrl: workerOss.stsUrl,
        controlUrl: workerOss.url,
        prefix: 'uploads/',
      };
      const server: PageServer = await servePages(folder, { '/config.json': JSON.stringify(config) });
      await use(server.url);
      await server.close();
    },
    { scope: 'worker' },
  ],

  page: async ({ page }, use) => {
    const { goto, reload } = page;
    const thenRun = (visit: typeof goto | typeof reload) =>
      async function (this: Page, ...args: unknown[]) {
        const response = await (visit as (...args: unknown[]) => Promise<Response | null>).apply(page, args);
        await modulesHaveRun(page);
        return response;
      };
    Object.assign(page, { goto: thenRun(goto), reload: thenRun(reload) });
    await use(page);
  },

  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('dialog', (dialog) => void dialog.accept());
      await use(complaints);
    },
    { auto: true },
  ],
});

/** The pages fetch their configuration: a module that awaits is still running when the page has loaded. */
async function modulesHaveRun(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const scripts = document.querySelectorAll<HTMLScriptElement>('script[type="module"][src]');
    await Promise.allSettled(Array.from(scripts, ({ src }) => import(/* @vite-ignore */ src)));
  });
}

/** Waits until the service has acknowledged this many parts of a key. */
export async function untilAcknowledged(ossUrl: string, key: string, least: number): Promise<void> {
  await expect.poll(async () => acknowledged(await transcript(ossUrl, key)).length, { intervals: [50] }).toBeGreaterThanOrEqual(least);
}

/** Drops files or folders of the disk from outside the browser, which only DevTools can do: such a drop has handles. */
export async function dropOn(target: Locator, files: string[]): Promise<void> {
  const page = target.page();
  const session = await page.context().newCDPSession(page);
  const { x, y, width, height } = (await target.boundingBox())!;
  const at = { x: x + width / 2, y: y + height / 2, data: { items: [], files, dragOperationsMask: 1 } };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, ...at });
}
