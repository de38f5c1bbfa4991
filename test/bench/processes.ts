/** Modules that run in a process of their own, so that they have a core to themselves, and are called from this one. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a process offers: plain values in and out. */
export type Handlers = Record<string, (...args: any[]) => unknown>;

interface Call {
  id: number;
  name: string;
  args: unknown[];
}

type Answer = { id: number; value: unknown } | { id: number; error: string };

export interface Remote<H extends Handlers> {
  pid: number;
  call<K extends keyof H & string>(name: K, ...args: Parameters<H[K]>): Promise<Awaited<ReturnType<H[K]>>>;
  stop(): Promise<void>;
}

/**
 * @param module file name within this folder; it calls {@link answerParent} once it is ready
 * @param options its settings, see {@link startOptions}
 * @param namespace the network namespace that it runs in; absent: this process's
 */
export async function startProcess<H extends Handlers>(module: string, options: object = {}, namespace?: string): Promise<Remote<H>> {
  const command = [process.execPath, fileURLToPath(new URL('load.mjs', import.meta.url)), module, JSON.stringify(options)];
  if (namespace !== undefined) command.unshift('ip', 'netns', 'exec', namespace);
  const child = spawn(command[0]!, command.slice(1), { serialization: 'advanced', stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve(value: any): void; reject(reason: unknown): void }>();
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let lastId = 0;
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    void exited.then(() => reject(new Error(`${module} ended before it was ready.`)));
  });
  void exited.then(() => {
    for (const { reject } of waiting.values()) reject(new Error(`${module} has ended.`));
  });
  child.on('message', (answer: Answer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) call?.reject(new Error(answer.error));
    else call?.resolve(answer.value);
  });
  return {
    pid: child.pid as number,
    call: (name, ...args) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        child.send({ id, name, args } satisfies Call);
      }),
    async stop() {
      child.disconnect();
      await exited;
    },
  };
}

/** In the started process: its settings. */
export function startOptions<T extends object>(): Partial<T> {
  return JSON.parse(process.argv[2] ?? '{}') as Partial<T>;
}

/** In the started process: says that it is ready, answers calls, and ends with its parent. */
export function answerParent(handlers: Handlers): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', async ({ id, name, args }: Call) => {
    try {
      process.send?.({ id, value: await handlers[name]?.(...args) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.send?.('ready');
}
