/** A WebKit on its own screen, and the part of W3C WebDriver (https://www.w3.org/TR/webdriver2/) that the tests need. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { WebKit } from '../browsers.mjs';
import { sleep } from '../helpers/waits.js';

export interface Browser {
  goto(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Chooses a file for an input of the page, or of the shadow tree of a host. */
  chooseFile(selector: string, path: string, host?: string): Promise<void>;
  /** Presses a key: a character, or one of {@link KEYS}. */
  press(key: string): Promise<void>;
  /** Calls a function in the page with an argument, and waits for its result. The function sees nothing else of this module. */
  evaluate<Result, Argument = undefined>(call: (argument: Argument) => Result | Promise<Result>, argument?: Argument): Promise<Result>;
  close(): Promise<void>;
}

/** The property by which WebDriver refers to an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** Special keys, by WebDriver's code points. */
export const KEYS = { tab: '\uE004', enter: '\uE007' };

export async function launchWebKit({ driver, browser, xvfb, dbus }: WebKit): Promise<Browser> {
  const home = await mkdtemp(join(tmpdir(), 'oss-resumable-webkit-'));
  const groups: ChildProcess[] = [];
  // One process group each, so that their children end with them.
  const start = (command: string, args: string[], options: { env?: NodeJS.ProcessEnv; stdio: ('ignore' | 'inherit' | 'pipe')[] }) => {
    const child = spawn(command, args, { ...options, detached: true });
    groups.push(child);
    return child;
  };
  const stop = async (): Promise<void> => {
    for (const child of groups.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      process.kill(-child.pid, 'SIGKILL');
      await once(child, 'exit');
    }
    // The last process of the browser may still be writing.
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    // It chooses a free display and prints its number when it is ready.
    const screen = start(xvfb, ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const [display] = await Promise.race([once(screen.stdio[3] as Readable, 'data'), ended(screen, xvfb)]);
    const port = await freePort();
    const folders = Object.fromEntries(['HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME'].map((name) => [name, home]));
    const service = start(dbus, ['--', driver, `--port=${port}`], {
      // Without the accessibility bridge, which would start further services.
      env: { ...process.env, ...folders, NO_AT_BRIDGE: '1', DISPLAY: `:${String(display).trim()}` },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const url = `http://127.0.0.1:${port}`;
    await Promise.race([untilReady(url), ended(service, driver)]);
    const { sessionId } = await send<{ sessionId: string }>(`${url}/session`, 'POST', {
      capabilities: {
        alwaysMatch: {
          timeouts: { script: 120_000 },
          'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] },
        },
      },
    });
    return connect(`${url}/session/${sessionId}`, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function connect(session: string, stop: () => Promise<void>): Browser {
  const post = <T>(path: string, body: object): Promise<T> => send(`${session}/${path}`, 'POST', body);

  /** On a busy machine the driver answers before the page's modules have run. */
  async function untilLoaded(url?: string): Promise<void> {
    const end = AbortSignal.timeout(30_000);
    const script = "return document.readyState === 'complete' && location.href === (arguments[0] ?? location.href)";
    while (!(await post<boolean>('execute/sync', { script, args: [url ?? null] }))) {
      end.throwIfAborted();
      await sleep(50);
    }
  }

  return {
    async goto(url) {
      await post('url', { url });
      await untilLoaded(url);
    },
    async reload() {
      await post('refresh', {});
      await untilLoaded();
    },
    async chooseFile(selector, path, host = '') {
      const root = host ? `document.querySelector('${host}').shadowRoot` : 'document';
      const script = `return ${root}.querySelector('${selector}')`;
      const element = await post<Record<string, string>>('execute/sync', { script, args: [] });
      await post(`element/${element[ELEMENT]}/value`, { text: path });
    },
    async press(key) {
      const actions = ['keyDown', 'keyUp'].map((type) => ({ type, value: key }));
      await post('actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
    },
    evaluate: (call, argument) => post('execute/sync', { script: `return (${call})(arguments[0])`, args: [argument ?? null] }),
    async close() {
      await send(session, 'DELETE').finally(stop);
    },
  };
}

async function send<T>(url: string, method: string, body?: object): Promise<T> {
  const response = await fetch(url, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const { value } = (await response.json()) as { value: any };
  if (!response.ok) throw new Error(`WebDriver, ${method} ${new URL(url).pathname}: ${value.error}: ${value.message}`);
  return value;
}

async function untilReady(url: string): Promise<void> {
  const end = AbortSignal.timeout(30_000);
  for (;;) {
    end.throwIfAborted();
    const isReady = await send<{ ready: boolean }>(`${url}/status`, 'GET').then(
      ({ ready }) => ready,
      () => false,
    );
    if (isReady) return;
    await sleep(50);
  }
}

/** Rejects when the process ends. */
async function ended(child: ChildProcess, name: string): Promise<never> {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`${name} ended with ${signal ?? code} before it was ready.`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
