/** The built adapters on a server, in a Node process of its own: pages render, and nothing else happens. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every call of the application's, and every look at what only a browser has, is on the list that this prints. */
const WITNESS = `
  const seen = [];
  for (const name of ['document', 'indexedDB', 'localStorage', 'navigator', 'Worker', 'XMLHttpRequest'])
    Object.defineProperty(globalThis, name, { configurable: true, get: () => void seen.push(name) });
  for (const name of ['fetch', 'setTimeout', 'setInterval'])
    globalThis[name] = () => seen.push(name);
  const create = () => seen.push('createUploader');
  /** Made in a module, as the application may: it can be looked at, but nothing may be begun with it. */
  const task = { id: '1', getSnapshot: () => ({ status: 'queued' }), subscribe: () => seen.push('task.subscribe') };
  const uploader = {
    getSnapshot: () => [],
    subscribe: () => seen.push('subscribe'),
    unfinished: async () => seen.push('unfinished'),
  };
`;

async function runOnServer(code: string): Promise<{ html: string; seen: string[] }> {
  if (!existsSync(`${ROOT}/dist/index.js`)) throw new Error('There is no dist/index.js: run `npm run build` first.');
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return JSON.parse(stdout);
}

it('React renders on a server without an uploader being made, subscribed to or asked', async () => {
  const { html, seen } = await runOnServer(`
    import { createElement, Fragment } from 'react';
    import { renderToString } from 'react-dom/server';
    ${WITNESS}
    const { useUnfinishedUploads, useTaskState, useUploader, useTasks } = await import('./dist/react.js');
    function Page() {
      const own = useUploader(create);
      const { uploads, isLoading } = useUnfinishedUploads(uploader);
      const [tasks, none] = [useTasks(uploader), useTasks(own)];
      const texts = [typeof own, tasks.length, none.length, uploads.length, isLoading, useTaskState(task).status, useTaskState(undefined)];
      return createElement('p', null, texts.join(' '));
    }
    const html = renderToString(createElement(Page));
    process.stdout.write(JSON.stringify({ html, seen }));
  `);
  expect(html).toBe('<p>undefined 0 0 0 true queued </p>');
  expect(seen).toEqual([]);
});

it('Vue renders on a server without an uploader being made, subscribed to or asked', async () => {
  const { html, seen } = await runOnServer(`
    import { createSSRApp, h } from 'vue';
    import { renderToString } from '@vue/server-renderer';
    ${WITNESS}
    const { useUnfinishedUploads, useTaskState, useUploader, useTasks } = await import('./dist/vue.js');
    const app = createSSRApp({
      setup() {
        const own = useUploader(create);
        const { uploads, isLoading } = useUnfinishedUploads(() => uploader);
        const [tasks, none] = [useTasks(uploader), useTasks(own)];
        const [state, missing] = [useTaskState(task), useTaskState(undefined)];
        return () => h('p', [typeof own.value, tasks.value.length, none.value.length, uploads.value.length, isLoading.value, state.value.status, missing.value].join(' '));
      },
    });
    const html = await renderToString(app);
    process.stdout.write(JSON.stringify({ html, seen }));
  `);
  expect(html).toBe('<p>undefined 0 0 0 true queued </p>');
  expect(seen).toEqual([]);
});
