/** One consumer: built once, then opened under several policies; each time a file of several parts has to arrive. */
import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseSync } from 'vite';
import { expect, test } from '../e2e/fixtures.js';
import { fileSha256, storedSha256 } from '../helpers/read-back.js';
import { MiB } from '../helpers/sizes.js';
import { count, parts, transcript } from '../helpers/transcript.js';

export { expect, test } from '../e2e/fixtures.js';
export { servePages } from '../e2e/page-server.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));

export const folderOf = (consumer: string): string => join(HERE, consumer);
export const PACKAGES: string = join(HERE, 'node_modules');

export interface Site {
  /** With a trailing slash. */
  url: string;
  close(): Promise<void>;
}

/** A visit of the consumer's page. */
export interface Visit {
  title: string;
  /** Where the hashing must happen: the URL of its worker, or `null` for the main thread. */
  worker: RegExp | null;
  /** Further query parameters, in addition to the address of the OSS. */
  query?: (policy: { connect: string }) => Record<string, string>;
}

export interface Consumer {
  /** Builds and serves it. */
  serve(): Promise<Site>;
  /** A subpath that it imports in addition to the core. */
  adapter?: string;
  visits: Visit[];
  /** The text that its server has rendered, before any script runs. */
  rendered?: RegExp;
  /** Further expectations after each visit. */
  after?: () => void;
}

export function consumer(name: string, { serve, adapter, visits, rendered, after }: Consumer): void {
  test.describe(name, () => {
    let site: Site | undefined;
    let [began, served] = [0, 0];

    test.beforeAll(async () => {
      began = Date.now();
      site = await serve();
      served = Date.now();
    });
    test.afterAll(async () => {
      await site?.close();
      console.log(`${name}: ${seconds(served - began)} to build and serve, ${seconds(Date.now() - served)} for its pages`);
    });

    for (const { title, worker, query } of visits) {
      test(`${title}, and the upload is verified`, async ({ page, oss, makeFile }) => {
        const path = await makeFile(4 * MiB, 1);
        const key = 'uploads/random-1.bin';
        const escaped: string[] = [];
        page.on('pageerror', (error) => escaped.push(String(error)));
        const connect = `${oss.url} ${oss.url.replace('://', '://demo-bucket.')}`;
        const document = await page.goto(`${site!.url}?${new URLSearchParams({ oss: oss.url, ...query?.({ connect }) })}`);
        if (rendered) expect(await document!.text()).toMatch(rendered);
        await expect(page.getByRole('status')).toHaveText('Choose a file.');
        await page.setInputFiles('input', path);
        await expect(page.getByRole('status')).toHaveText(`Stored as ${key}, verified: true`);

        const wire = await transcript(oss.url, key);
        expect(count(wire, 'CompleteMultipartUpload')).toBe(1);
        expect(parts(wire).length).toBe(8);
        expect(await storedSha256(oss.url, key)).toBe(await fileSha256(path));
        const workers = page.workers().map((started) => started.url());
        expect(workers).toEqual(worker ? [expect.stringMatching(worker)] : []);
        if (adapter) expect(await namesOf(page)).toEqual(exportsOf(adapter));
        expect(escaped).toEqual([]);
        after?.();
      });
    }
  });
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** The result of `import * as adapter`. */
const namesOf = (page: { evaluate<T>(work: () => T): Promise<T> }): Promise<string[]> =>
  page.evaluate(() => Object.keys((globalThis as unknown as { adapter: object }).adapter).sort());

function exportsOf(subpath: string): string[] {
  const file = join(PACKAGES, `oss-resumable/dist/${subpath}.js`);
  const { module } = parseSync(file, readFileSync(file, 'utf8'));
  return module.staticExports.flatMap(({ entries }) => entries.map(({ exportName }) => exportName.name ?? 'default')).sort();
}

/** A policy that allows only the page's own scripts, the given worker, and the service. */
export const strict =
  (worker: string, script = `'self'`) =>
  ({ connect }: { connect: string }): Record<string, string> => ({
    csp: `default-src 'none'; script-src ${script}; worker-src ${worker}; connect-src ${connect}`,
  });

/** Runs a Node script in the consumer's folder; rejects with everything it printed. */
export async function run(consumer: string, script: string, ...args: string[]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [script, ...args], { cwd: folderOf(consumer), env: environment(), maxBuffer: 1 << 26 });
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout: string; stderr: string };
    throw new Error(`${message}\n${stdout}\n${stderr}`);
  }
}

/** Starts a server by a Node script that prints its address. */
export const start = (consumer: string, script: string, ...args: string[]): Promise<Site> => startIn(folderOf(consumer), [script, ...args]);

/** The same in any folder, with further variables in its environment. */
export async function startIn(folder: string, command: string[], variables: Record<string, string> = {}): Promise<Site> {
  const child = spawn(process.execPath, command, {
    cwd: folder,
    env: { ...environment(), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        const address = /http:\/\/localhost:\d+/.exec(printed);
        if (address) resolve(`${address[0]}/`);
      });
    }
    void exited.then(() => reject(new Error(`${command[0]} ended before it printed an address:\n${printed}`)));
  });
  return {
    url,
    async close() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function environment(): NodeJS.ProcessEnv {
  // The environment of a shell: the test runner's settings are not the application's.
  const { NODE_OPTIONS: _options, NODE_ENV: _mode, ...env } = process.env;
  return { ...env, NEXT_TELEMETRY_DISABLED: '1' };
}
