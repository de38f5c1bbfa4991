/** Hashing under Content-Security-Policies, and without the worker’s file. */
import { KiB, MiB } from '../helpers/sizes.js';
import { expect, test } from './fixtures.js';
import { expectUploaded, startUpload, watchLongTasks } from './helpers.js';

const TRUSTED_TYPES = `default-src 'none'; script-src 'self'; require-trusted-types-for 'script'; trusted-types oss-resumable`;

/** For each kind of host: where the hashing happens, and the query that makes the test page such a host. */
const HOSTS: { title: string; tag?: string; worker: RegExp | null; query: (ossUrl: string) => Record<string, string> }[] = [
  {
    title: 'under a strict Content-Security-Policy the worker comes from its file',
    worker: /^http:\/\/localhost:\d+\/assets\/.*worker.*\.js$/,
    query: (ossUrl) => ({ csp: `default-src 'none'; script-src 'self'; worker-src 'self'; ${connectTo(ossUrl)}` }),
  },
  {
    title: 'without the worker’s file the worker comes from the inlined source',
    worker: /^blob:/,
    query: () => ({ worker: 'missing' }),
  },
  {
    title: 'under a policy that forbids workers the main thread hashes',
    worker: null,
    query: (ossUrl) => ({ csp: `default-src 'none'; script-src 'self'; worker-src 'none'; ${connectTo(ossUrl)}` }),
  },
  {
    title: 'without the worker’s file, under a policy that forbids inlined source, the main thread hashes',
    worker: null,
    query: (ossUrl) => ({ worker: 'missing', csp: `default-src 'none'; script-src 'self'; worker-src 'self'; ${connectTo(ossUrl)}` }),
  },
  {
    title: 'under a policy that requires Trusted Types and names oss-resumable the worker comes from the inlined source',
    tag: '@chromium',
    worker: /^blob:/,
    query: (ossUrl) => ({ csp: `${TRUSTED_TYPES}; worker-src 'self' blob:; ${connectTo(ossUrl)}` }),
  },
  {
    title: 'under a policy that requires Trusted Types and forbids inlined source the main thread hashes',
    tag: '@chromium',
    worker: null,
    query: (ossUrl) => ({ csp: `${TRUSTED_TYPES}; worker-src 'self'; ${connectTo(ossUrl)}` }),
  },
  {
    title: 'under a policy that allows no Trusted Types policy at all the main thread hashes',
    tag: '@chromium',
    worker: null,
    query: (ossUrl) => ({
      csp: `default-src 'none'; script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; worker-src 'self' blob:; ${connectTo(ossUrl)}`,
    }),
  },
];

function connectTo(ossUrl: string): string {
  return `connect-src 'self' ${ossUrl} ${ossUrl.replace('://', '://demo-bucket.')}`;
}

for (const { title, tag = [], worker, query } of HOSTS) {
  test(`${title}, and the upload is verified`, { tag }, async ({ page, pageUrl, makeFile, oss }) => {
    const path = await makeFile(16 * MiB, 1);
    const key = 'csp/file.bin';
    const complaints: string[] = [];
    // Errors that the page itself receives: Firefox's driver also reports everything that a policy blocks as an error.
    await page.exposeFunction('complain', (text: string) => complaints.push(text));
    await page.addInitScript(() => {
      addEventListener('error', ({ message }) => (window as any).complain(message));
      addEventListener('unhandledrejection', ({ reason }) => (window as any).complain(String(reason)));
    });
    const longTasks = await watchLongTasks(page);
    await page.goto(`${pageUrl}?${new URLSearchParams(query(oss.url))}`);
    await longTasks();
    await startUpload(page, path, { ossUrl: oss.url, uploader: { partSize: 512 * KiB }, upload: { key } });
    await expectUploaded(page, { ossUrl: oss.url, key, path });
    console.log(`${title}: long tasks: ${await longTasks()}`);
    const workers = page.workers().map((started) => started.url());
    if (worker === null) expect(workers).toEqual([]);
    else {
      expect(workers).toHaveLength(1);
      expect(workers[0]).toMatch(worker);
    }
    expect(complaints).toEqual([]);
  });
}
