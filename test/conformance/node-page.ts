/** A page in Node: the real uploader, its transport is node:http, its wire is logged. */
import { request as httpRequest } from 'node:http';
import { createMemoryCheckpointStore } from '../../src/checkpoint/memory-store.js';
import type { UploaderOptions } from '../../src/options/types.js';
import type { CheckpointStore, Locks } from '../../src/ports.js';
import { createUploader, type Uploader } from '../../src/uploader.js';
import type { TestOss } from '../helpers/embedded-oss.js';
import { PART } from '../helpers/sizes.js';
import { createTabLocks } from '../helpers/tab-locks.js';
import { createTestHasher } from '../helpers/test-hasher.js';

export interface Wire {
  log: string[];
  /** Answers instead of OSS, or throws; `undefined` lets the request pass. */
  before?: (method: string, url: URL, init: RequestInit) => Promise<Response | undefined> | Response | undefined;
  /** Changes the answer; to lose it, it throws. */
  after?: (method: string, url: URL, response: Response) => Promise<Response> | Response;
}

export interface Page {
  uploader: Uploader;
  wire: Wire;
  store: CheckpointStore;
  locks: Locks;
}

export function openPage(oss: TestOss, options: Partial<UploaderOptions>, shared: Partial<Page> = {}): Page {
  const wire: Wire = { log: [] };
  const store = shared.store ?? createMemoryCheckpointStore();
  const locks = shared.locks ?? createTabLocks(true);
  const transport = async (input: string, init: RequestInit): Promise<Response> => {
    const url = new URL(input);
    const method = init.method ?? 'GET';
    wire.log.push(`${method} ${url.pathname}${url.search}`);
    const instead = await wire.before?.(method, url, init);
    if (instead) return instead;
    const response = await send(oss, url, init);
    return wire.after ? wire.after(method, url, response) : response;
  };
  const uploader = createUploader({
    region: oss.region,
    bucket: 'demo-bucket',
    endpoint: `http://localhost:${oss.port}`,
    partSize: PART,
    parallel: 2,
    wakeLock: false,
    unloadGuard: false,
    checkpoint: store,
    fetch: transport as typeof fetch,
    ports: {
      hasher: createTestHasher(),
      locks,
      network: { isOnline: () => true, subscribe: () => () => {} },
      fileHandles: noHandles,
    },
    ...options,
  } as UploaderOptions);
  return { uploader, wire, store, locks };
}

const noHandles = { save: async () => {}, load: async () => undefined, remove: async () => {} } as never;

async function send(oss: TestOss, url: URL, init: RequestInit): Promise<Response> {
  const encoded = init.body ? new Response(init.body) : undefined;
  const body = encoded && Buffer.from(await encoded.arrayBuffer());
  const type = init.body instanceof FormData ? encoded?.headers.get('content-type') : undefined;
  const signal = init.signal as AbortSignal | undefined;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = {
      ...(init.headers as Record<string, string>),
      host: url.host,
      ...(type && { 'content-type': type }),
    };
    if (body) headers['content-length'] = String(body.length);
    else if (init.method !== 'GET' && init.method !== 'HEAD') headers['content-length'] = '0';
    const request = httpRequest(
      { host: '127.0.0.1', port: oss.port, method: init.method, path: url.pathname + url.search, headers, signal },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () => {
          const status = reply.statusCode ?? 500;
          const has = Object.entries(reply.headers).flatMap(([name, value]) => [[name, String(value)] as [string, string]]);
          resolve(new Response(status === 204 ? null : Buffer.concat(chunks), { status, headers: has }));
        });
      },
    );
    request.on('error', (error) => reject(signal?.aborted ? signal.reason : new TypeError(`Failed to fetch: ${error.message}`)));
    request.end(body);
  });
}

/** What it settles with, or `pending` after so many milliseconds. */
export async function soon<T>(promise: Promise<T>, milliseconds: number): Promise<T | 'pending'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'pending'>((resolve) => {
    timer = setTimeout(() => resolve('pending'), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
/** How a task ends, in words: `done`, the error, or what it waits for. */
export async function ending(task: { result: Promise<unknown>; getSnapshot(): any }, milliseconds = 6_000): Promise<unknown> {
  const settled = await soon(
    task.result.then(
      () => 'done',
      (error: any) => `${error?.name}:${error?.code ?? ''}: ${error?.message}`,
    ),
    milliseconds,
  );
  const { status, reason, error } = task.getSnapshot();
  return settled === 'pending' ? `pending (${status} ${reason ?? ''} ${error?.code ?? ''})` : settled;
}
