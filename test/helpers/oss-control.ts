/** The control surface of the embedded OSS over HTTP, for browsers and Node alike. */
import type {
  ActiveFault,
  AssumeRoleReply,
  CallbackReply,
  CorsRule,
  FaultRule,
  LinkState,
  LogEntry,
  OpenUpload,
  ReceivedCallback,
  ServiceRules,
  StoredObject,
} from '../../src/emulator/index.js';

export type * from '../../src/emulator/index.js';

export interface RemoteControl {
  addFault(rule: FaultRule): Promise<{ id: string }>;
  faults(): Promise<ActiveFault[]>;
  removeFault(id?: string): Promise<void>;
  clearFaults(): Promise<void>;
  /** Oldest first; with a key, only requests about it. */
  log(key?: string): Promise<LogEntry[]>;
  clearLog(): Promise<void>;
  link(): Promise<LinkState>;
  setLink(change: Partial<LinkState>): Promise<LinkState>;
  rules(): Promise<ServiceRules>;
  setRules(change: Partial<ServiceRules>): Promise<ServiceRules>;
  setCors(rules: CorsRule[] | null, bucket?: string): Promise<void>;
  setClock(offsetMilliseconds: number): Promise<void>;
  expireTokens(): Promise<void>;
  setTokenSeconds(seconds: number): Promise<void>;
  uploads(): Promise<OpenUpload[]>;
  objects(): Promise<StoredObject[]>;
  callbacks(): Promise<ReceivedCallback[]>;
  setCallbackReply(reply: CallbackReply | null): Promise<void>;
  reset(options?: { data?: boolean }): Promise<void>;
  /** Fetches credentials from `/sts`. */
  assumeRole(seconds?: number): Promise<AssumeRoleReply>;
}

/** @param url of the embedded OSS, e.g. `http://localhost:4000` */
export function createControl(url: string): RemoteControl {
  const base = url.replace(/\/$/, '');
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${base}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
  const control = <T>(method: string, path: string, body?: unknown): Promise<T> => call<T>(method, `/_control/${path}`, body);
  return {
    addFault: (rule) => control('POST', 'faults', rule),
    faults: () => control('GET', 'faults'),
    removeFault: (id) => control('DELETE', id === undefined ? 'faults' : `faults/${id}`),
    clearFaults: () => control('DELETE', 'faults'),
    log: (key) => control('GET', key === undefined ? 'log' : `log?key=${encodeURIComponent(key)}`),
    clearLog: () => control('DELETE', 'log'),
    link: () => control('GET', 'link'),
    setLink: (change) => control('PUT', 'link', change),
    rules: () => control('GET', 'rules'),
    setRules: (change) => control('PUT', 'rules', change),
    setCors: (rules, bucket) => control('PUT', 'cors', bucket === undefined ? { rules } : { rules, bucket }),
    setClock: (offsetMilliseconds) => control('PUT', 'clock', { offsetMilliseconds }),
    expireTokens: () => control('POST', 'tokens/expire'),
    setTokenSeconds: (seconds) => control('PUT', 'tokens', { seconds }),
    uploads: () => control('GET', 'uploads'),
    objects: () => control('GET', 'objects'),
    callbacks: () => control('GET', 'callbacks'),
    setCallbackReply: (reply) => control('PUT', 'callbacks', reply),
    reset: ({ data = false } = {}) => control('POST', data ? 'reset?data=true' : 'reset'),
    assumeRole: (seconds) => call('GET', seconds === undefined ? '/sts' : `/sts?duration=${seconds}`),
  };
}
