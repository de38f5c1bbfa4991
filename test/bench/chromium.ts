/**
 * Chromium over a pipe, with the few DevTools calls that a measurement needs. Never the Network domain: it copies bodies
 * that come from memory, and makes them look ten times slower than they are.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { CHROMIUM_ARGS, ensureChromium } from '../browsers.mjs';

const ARGS = [
  ...CHROMIUM_ARGS,
  '--remote-debugging-pipe',
  '--headless=new',
  // `performance.memory` would otherwise be rounded, and twenty minutes old.
  '--enable-precise-memory-info',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
];

/** Milliseconds after which a call is given up: longer than any measurement. */
const PATIENCE = 180_000;

type Send = <T>(method: string, params?: object) => Promise<T>;

export interface Page {
  /** The process that the page runs in, and no other page. */
  rendererPid: number;
  send: Send;
  /** The value of an expression, awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** Puts files or a folder of the disk into the page's input of this CSS selector. */
  selectFiles(selector: string, paths: string[]): Promise<void>;
  /** Drops files or folders of the disk on the middle of the page. */
  drop(paths: string[]): Promise<void>;
  close(): Promise<void>;
}

export interface Chromium {
  pid: number;
  version: string;
  /** A page in a renderer of its own, once it has loaded. */
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

interface Message {
  id?: number;
  method?: string;
  sessionId?: string;
  result?: unknown;
  error?: { message: string };
}

/** @param args besides those of every measurement */
export async function launchChromium(args: readonly string[] = []): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'oss-resumable-bench-profile-'));
  const child = spawn(ensureChromium(), [...ARGS, ...args, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const connection = connect(child.stdio[3] as Writable, child.stdio[4] as Readable);
  const browser: Send = (method, params) => connection(method, params);
  const { product } = await browser<{ product: string }>('Browser.getVersion');
  return {
    pid: child.pid as number,
    version: product,
    open: (url) => open(connection, url),
    async close() {
      await browser('Browser.close').catch(() => {});
      await exited;
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

type Connection = <T>(method: string, params?: object, sessionId?: string) => Promise<T>;

/** Messages are JSON, each ended by a zero byte. */
function connect(output: Writable, input: Readable): Connection {
  const waiting = new Map<number, { resolve(value: any): void; reject(reason: unknown): void }>();
  let lastId = 0;
  let rest = Buffer.alloc(0);
  input.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      const { id, result, error } = JSON.parse(rest.subarray(0, end).toString('utf8')) as Message;
      rest = rest.subarray(end + 1);
      if (id === undefined) continue;
      const call = waiting.get(id);
      waiting.delete(id);
      if (error) call?.reject(new Error(error.message));
      else call?.resolve(result);
    }
  });
  const fail = (): void => {
    for (const { reject } of waiting.values()) reject(new Error('Chromium has ended.'));
  };
  input.on('close', fail);
  output.on('error', fail);
  return (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error(`${method} took more than ${PATIENCE / 1000} s.`));
      }, PATIENCE);
      const settle =
        <T>(how: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          how(value);
        };
      waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
      output.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
    });
}

async function renderers(connection: Connection): Promise<Set<number>> {
  const { processInfo } = await connection<{ processInfo: { type: string; id: number }[] }>('SystemInfo.getProcessInfo');
  return new Set(processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id));
}

async function open(connection: Connection, url: string): Promise<Page> {
  const earlier = await renderers(connection);
  const { targetId } = await connection<{ targetId: string }>('Target.createTarget', { url });
  const { sessionId } = await connection<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
  const send: Send = (method, params) => connection(method, params, sessionId);

  async function evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await send<{
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  while (!(await evaluate<boolean>(`location.href !== 'about:blank' && document.readyState === 'complete'`))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const [rendererPid, ...others] = [...(await renderers(connection))].filter((pid) => !earlier.has(pid));
  if (rendererPid === undefined || others.length > 0) throw new Error('The page has no renderer of its own.');
  return {
    rendererPid,
    send,
    evaluate,
    async selectFiles(selector, files) {
      const { result } = await send<{ result: { objectId: string } }>('Runtime.evaluate', {
        expression: `document.querySelector(${JSON.stringify(selector)})`,
      });
      await send('DOM.setFileInputFiles', { files, objectId: result.objectId });
    },
    async drop(files) {
      const [x, y] = await evaluate<[number, number]>('[innerWidth / 2, innerHeight / 2]');
      const data = { items: [], files, dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop']) await send('Input.dispatchDragEvent', { type, x, y, data });
    },
    async close() {
      await connection('Target.closeTarget', { targetId });
      // Until its process is gone it may still use the processor, and the disk.
      while ((await renderers(connection)).has(rendererPid)) await new Promise((resolve) => setTimeout(resolve, 20));
    },
  };
}
