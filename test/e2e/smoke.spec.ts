/** The fixtures themselves, and that the library loads. */
import { expect, test } from './fixtures.js';

test('the built library loads on a page and exports createUploader', async ({ page, pageUrl }) => {
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(pageUrl);
  expect(await page.evaluate(() => typeof window.ossResumable.createUploader)).toBe('function');
  expect(complaints).toEqual([]);
});

test('the embedded OSS answers on an origin of its own', async ({ pageUrl, oss, request }) => {
  expect(new URL(oss.url).origin).not.toBe(new URL(pageUrl).origin);
  expect((await request.get(oss.url)).status()).toBeGreaterThan(0);
});

test('a browser that is killed restarts with the data of its profile', { tag: '@kill' }, async ({ launchBrowser, makeFolder, pageUrl }) => {
  const profile = await makeFolder();
  const first = await launchBrowser(profile);
  const page = await first.context.newPage();
  await page.goto(pageUrl);
  await page.evaluate(async () => {
    const open = indexedDB.open('kept', 1);
    open.onupgradeneeded = () => open.result.createObjectStore('notes');
    await new Promise((resolve, reject) => {
      open.onsuccess = resolve;
      open.onerror = reject;
    });
    const transaction = open.result.transaction('notes', 'readwrite');
    transaction.objectStore('notes').put('here', 'note');
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = reject;
    });
  });
  await first.kill();

  const second = await launchBrowser(profile);
  const again = await second.context.newPage();
  await again.goto(pageUrl);
  const note = await again.evaluate(async () => {
    const open = indexedDB.open('kept');
    await new Promise((resolve) => {
      open.onsuccess = resolve;
    });
    const get = open.result.transaction('notes').objectStore('notes').get('note');
    await new Promise((resolve) => {
      get.onsuccess = resolve;
    });
    return get.result as unknown;
  });
  expect(note).toBe('here');
});

test('makeFile() writes the same file for the same size and seed, and the page receives all of it', async ({ page, pageUrl, makeFile }) => {
  const [path, twin, other] = [await makeFile(1_000_003, 7), await makeFile(1_000_003, 7), await makeFile(1_000_003, 8)];
  await page.goto(pageUrl);
  const digest = async (file: string) => {
    await page.setInputFiles('#file', file);
    return page.evaluate(async () => {
      const [chosen] = document.querySelector<HTMLInputElement>('#file')!.files!;
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await chosen!.arrayBuffer()));
      return `${chosen!.size} ${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    });
  };
  const first = await digest(path);
  expect(first).toMatch(/^1000003 /);
  expect(await digest(twin)).toBe(first);
  expect(await digest(other)).not.toBe(first);
});

test('the OSS in its own process restarts on its port after a kill', async ({ startOssProcess, makeFolder, request }) => {
  const dataDir = await makeFolder();
  const first = await startOssProcess({ dataDir });
  expect((await request.get(first.url)).status()).toBeGreaterThan(0);
  await first.kill();
  await expect(request.get(first.url)).rejects.toThrow();
  const second = await startOssProcess({ dataDir, port: first.port });
  expect(second.url).toBe(first.url);
  expect((await request.get(second.url)).status()).toBeGreaterThan(0);
});
