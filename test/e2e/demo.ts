/** The demo page as `npm run demo` serves it, in its own process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from '@playwright/test';
import type { OssUploadElement } from '../../src/element/index.js';
import { createControl, type RemoteControl } from '../helpers/oss-control.js';
import { acknowledged } from '../helpers/transcript.js';
import { expect, test as base } from './fixtures.js';

export { expect };

const START = fileURLToPath(new URL('../../demo/start.mjs', import.meta.url));

export interface Demo {
  url: string;
  control: RemoteControl;
  /** Errors on the page's console. */
  complaints: string[];
}

interface Options {
  /** The guide is open, as for who comes first. It slows the line down. @default false */
  guided: boolean;
}

export const test = base.extend<{ demo: Demo } & Options, { demoUrl: string }>({
  guided: [false, { option: true }],

  demoUrl: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures wanted from the pattern.
    async ({}, use) => {
      const data = await mkdtemp(join(tmpdir(), 'oss-resumable-demo-'));
      const { child, url } = await startDemo(data);
      await use(url);
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
      await rm(data, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 60_000 },
  ],

  demo: async ({ page, demoUrl, guided }, use) => {
    const config = (await (await fetch(new URL('/config.json', demoUrl))).json()) as { controlUrl: string };
    const control = createControl(config.controlUrl);
    await control.reset({ data: true });
    const complaints: string[] = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => void dialog.accept());
    if (!guided) {
      await page.addInitScript(() => {
        // Not for `about:blank`, which has no storage.
        if (location.protocol === 'http:') localStorage['oss-resumable-demo'] ??= '{"guide":{"isHidden":true}}';
      });
    }
    await page.goto(demoUrl);
    await expect(page.locator('#settings')).toBeAttached();
    await expect(page.locator('#network')).not.toHaveAttribute('hidden');
    await use({ url: demoUrl, control, complaints });
  },
});

async function startDemo(data: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [START, '--port', '0', '--oss-port', '0', '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      const address = /Open (http:\S+)/.exec(printed)?.[1];
      if (address) resolve(address);
    });
    child.once('exit', () => reject(new Error(`The demo ended before it printed its address:\n${printed}`)));
  });
  return { child, url };
}

export const upload = (page: Page): Locator => page.locator('oss-upload');
/** The row of a file, of an upload or of an unfinished one. */
export const row = (page: Page, name: string): Locator => upload(page).getByRole('listitem').filter({ hasText: name });
export const storedObject = (page: Page, name: string): Locator => page.locator('#stored').getByRole('listitem').filter({ hasText: name });

/** Adds files as the picker does, which no driver can operate. */
export async function chooseFiles(page: Page, files: string | string[]): Promise<void> {
  const input = upload(page).locator('input[type=file]');
  await input.evaluate((element: HTMLInputElement) => (element.multiple = true));
  await input.setInputFiles(files);
}

/** Waits until an upload is in this state, whatever the widget calls it. */
export async function waitForStatus(page: Page, path: string, status: string): Promise<void> {
  await expect
    .poll(
      () =>
        upload(page).evaluate(
          (element, name) => (element as OssUploadElement).tasks.find((task) => task.path === name)?.getSnapshot().status,
          path,
        ),
      { intervals: [50] },
    )
    .toBe(status);
}

/** Numbers of the parts that were stored since the log was cleared. */
export const storedParts = async (control: RemoteControl): Promise<number[]> => acknowledged(await control.log());

export async function waitForParts(control: RemoteControl, least: number): Promise<void> {
  await expect.poll(async () => (await storedParts(control)).length, { intervals: [50] }).toBeGreaterThanOrEqual(least);
}

/** Waits until the file is stored and was proved to be the same. */
export async function waitUntilVerified(page: Page, name: string): Promise<void> {
  await expect(storedObject(page, name)).toContainText(/CRC-64 \d+ ✓/);
}
