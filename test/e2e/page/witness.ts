/**
 * Observes the page from outside the library, so that a test can check what an upload leaves behind. Loaded before the
 * library, it wraps the platform's functions without changing what they do.
 */

export interface Account {
  /** Requests that have neither ended nor been aborted. */
  requests: number;
  /** The largest number of PUTs in flight at a time. */
  mostPuts: number;
  /** Parts that the page sent again after an answer of 200. */
  repeatedParts: number[];
  timers: number;
  workers: number;
  /** Listeners on window, document and watched signals, as `online on Window`. */
  listeners: string[];
  /** Web Locks of this origin, held or requested. */
  locks: string[];
  /** Unhandled rejections and errors. */
  unhandled: string[];
  /** Secrets found in storage, URLs, logs or errors. */
  leaks: string[];
}

const requests = new Set<XMLHttpRequest>();
const timers = new Set<unknown>();
const workers = new Set<Worker>();
const listeners = new Map<EventTarget, Set<string>>();
const unhandled: string[] = [];
const urls: string[] = [];
const logged: string[] = [];
const secrets = new Set<string>();
const answered = new Set<string>();
const repeatedParts: number[] = [];
let puts = 0;
let mostPuts = 0;

for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  const original = console[level].bind(console);
  console[level] = (...values: unknown[]) => {
    logged.push(values.map(String).join(' '));
    original(...values);
  };
}

const { open, send } = XMLHttpRequest.prototype;
const methods = new WeakMap<XMLHttpRequest, string>();
const addresses = new WeakMap<XMLHttpRequest, URL>();
XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, method: string, url: string | URL) {
  methods.set(this, method);
  addresses.set(this, new URL(url, location.href));
  urls.push(String(url));
  return open.call(this, method, url, true);
};
XMLHttpRequest.prototype.send = function (this: XMLHttpRequest, body) {
  const isPut = methods.get(this) === 'PUT';
  requests.add(this);
  const query = addresses.get(this)?.searchParams;
  const part = query?.get('partNumber');
  const id = `${query?.get('uploadId')} ${part}`;
  if (isPut && part && answered.has(id)) repeatedParts.push(Number(part));
  if (isPut) puts += 1;
  mostPuts = Math.max(mostPuts, puts);
  this.addEventListener('loadend', () => {
    if (requests.delete(this) && isPut) puts -= 1;
    if (isPut && part && this.status === 200) answered.add(id);
  });
  return send.call(this, body);
};

const { setTimeout: startTimer, clearTimeout: endTimer, setInterval: startInterval, clearInterval: endInterval } = globalThis;
Object.assign(globalThis, {
  setTimeout(callback: () => void, milliseconds?: number) {
    const timer = startTimer(() => {
      timers.delete(timer);
      callback();
    }, milliseconds);
    timers.add(timer);
    return timer;
  },
  clearTimeout(timer: number) {
    timers.delete(timer);
    endTimer(timer);
  },
  setInterval(callback: () => void, milliseconds?: number) {
    const timer = startInterval(callback, milliseconds);
    timers.add(timer);
    return timer;
  },
  clearInterval(timer: number) {
    timers.delete(timer);
    endInterval(timer);
  },
});

globalThis.Worker = class extends Worker {
  constructor(url: string | URL, options?: WorkerOptions) {
    super(url, options);
    workers.add(this);
  }
  override terminate(): void {
    workers.delete(this);
    super.terminate();
  }
};

/** Events that an uploader may listen to. A browser's driver adds listeners of its own, for mouse and touch. */
const HEARD = new Set(['online', 'offline', 'beforeunload', 'pagehide', 'pageshow', 'visibilitychange', 'abort', 'message', 'storage']);
/** Targets whose listeners count: those that live as long as the page, and those that a test passes to `watch()`. */
const watched = new Set<EventTarget>([window, document]);
const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
const ids = new WeakMap<object, number>();
let lastId = 0;
function entry(type: string, listener: object): string {
  if (!ids.has(listener)) ids.set(listener, ++lastId);
  return `${type}#${ids.get(listener)}`;
}
EventTarget.prototype.addEventListener = function (this: EventTarget | undefined, type: string, listener: any, options?: any) {
  const target = this ?? window;
  if (listener && watched.has(target) && HEARD.has(type)) {
    const own = listeners.get(target) ?? new Set();
    listeners.set(target, own.add(entry(type, listener)));
  }
  return add.call(target, type, listener, options);
};
EventTarget.prototype.removeEventListener = function (this: EventTarget | undefined, type: string, listener: any, options?: any) {
  const target = this ?? window;
  if (listener) listeners.get(target)?.delete(entry(type, listener));
  return remove.call(target, type, listener, options);
};

add.call(window, 'unhandledrejection', (event) => unhandled.push(`rejection: ${String((event as PromiseRejectionEvent).reason)}`));
add.call(window, 'error', (event) => unhandled.push(`error: ${(event as ErrorEvent).message}`));

/** Counts this target's listeners from now on. */
export function watch(target: EventTarget): void {
  watched.add(target);
}

/** Texts that must not appear anywhere. */
export function addSecrets(...texts: string[]): void {
  for (const text of texts) secrets.add(text);
}

/** Everything that the origin stores: databases with their keys and values, both storages, cookies, and the history's state. */
export async function readStorage(): Promise<string> {
  const settled = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const kept: unknown[] = [{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state];
  for (const { name } of (await indexedDB?.databases()) ?? []) {
    const database = await settled(indexedDB.open(name!));
    for (const storeName of database.objectStoreNames) {
      const store = database.transaction(storeName).objectStore(storeName);
      kept.push(name, storeName, await settled(store.getAllKeys()), await settled(store.getAll()));
    }
    database.close();
  }
  return JSON.stringify(kept);
}

/** @param texts of errors and states, which must not contain a secret either */
export async function account(texts: readonly string[] = []): Promise<Account> {
  const places = { storage: await readStorage(), urls: urls.join('\n'), console: logged.join('\n'), errors: texts.join('\n') };
  const leaks = [...secrets].flatMap((secret) =>
    Object.entries(places)
      .filter(([, text]) => text.includes(secret))
      .map(([place]) => `${secret.slice(0, 4)}… in ${place}`),
  );
  const locks = await navigator.locks?.query();
  return {
    requests: requests.size,
    mostPuts,
    repeatedParts: [...repeatedParts],
    timers: timers.size,
    workers: workers.size,
    listeners: [...listeners].flatMap(([target, own]) => [...own].map((text) => `${text.split('#')[0]} on ${target.constructor.name}`)),
    locks: [...(locks?.held ?? []), ...(locks?.pending ?? [])].map(({ name }) => name ?? ''),
    unhandled: [...unhandled],
    leaks,
  };
}

/** Resets the counts for the next upload on this page. */
export function begin(): void {
  mostPuts = puts;
  answered.clear();
  repeatedParts.length = unhandled.length = urls.length = logged.length = 0;
}

/** The live workers, for tests that end them without the library. */
export function liveWorkers(): Worker[] {
  return [...workers];
}
