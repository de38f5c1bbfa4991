/** The built library in Node, as on a server that renders pages. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from './fixtures.js';

const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;

/** Runs a script with the library in plain Node, as a server does that renders the page. @returns what it prints */
async function inNode(script: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { timeout: 60_000 });
  expect(stderr).toBe('');
  return stdout.trim();
}

test('importing the library in Node does nothing, and the process ends by itself', async () => {
  const print = await inNode(`
    const before = Object.getOwnPropertyNames(globalThis).length;
    const library = await import('${LIBRARY}');
    console.log(JSON.stringify([typeof library.createUploader, Object.getOwnPropertyNames(globalThis).length - before]));
  `);
  expect(print).toBe('["function",0]');
});

test('an uploader can be created while a page is rendered on the server', async () => {
  const print = await inNode(`
    const { createUploader } = await import('${LIBRARY}');
    const uploader = createUploader({ region: 'cn-hangzhou', bucket: 'examplebucket', credentials: () => { throw new Error('asked'); } });
    const off = uploader.subscribe(() => {});
    console.log(JSON.stringify([uploader.getSnapshot(), await uploader.unfinished()]));
    off();
    await uploader.dispose();
  `);
  expect(print).toBe('[[],[]]');
});
