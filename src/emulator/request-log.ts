/** The log of the last requests, without credentials. */
import type { LogEntry } from './types.js';

const CAPACITY = 50_000;
const SECRET_HEADERS = new Set(['authorization', 'x-oss-security-token', 'cookie']);
const SECRET_QUERY = new Set(['x-oss-signature', 'x-oss-security-token', 'security-token', 'token']);

export type LogStart = Pick<LogEntry, 'time' | 'operation' | 'method' | 'httpVersion' | 'bucket' | 'key'> & {
  partNumber: number | undefined;
  uploadId: string | undefined;
  headers: ReadonlyMap<string, string>;
  query: ReadonlyMap<string, string>;
};

/** Entries are completed while their request runs. */
export class RequestLog {
  #entries: LogEntry[] = [];
  #n = 0;

  start({ headers, query, partNumber, uploadId, ...rest }: LogStart): LogEntry {
    const origin = headers.get('origin');
    const entry: LogEntry = {
      n: ++this.#n,
      ...rest,
      ...(partNumber === undefined ? {} : { partNumber }),
      ...(uploadId === undefined ? {} : { uploadId }),
      ...(origin === undefined ? {} : { origin }),
      status: null,
      bytesIn: 0,
      durationMs: 0,
      aborted: false,
      finished: false,
      headers: redact(headers, SECRET_HEADERS),
      query: redact(query, SECRET_QUERY),
    };
    this.#entries.push(entry);
    // Dropping a tenth at a time keeps this cheap for each request.
    if (this.#entries.length > CAPACITY) this.#entries = this.#entries.slice(CAPACITY / 10);
    return entry;
  }

  /** All entries, or those of one key, which is cheap enough for tests that ask every few milliseconds. */
  list(key?: string): LogEntry[] {
    return this.#entries.filter((entry) => key === undefined || entry.key === key).map((entry) => ({ ...entry }));
  }

  clear(): void {
    this.#entries = [];
  }
}

/** Keeps the names, so that a test can see what was sent, but not the credentials. */
function redact(pairs: ReadonlyMap<string, string>, secret: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries([...pairs].map(([name, value]) => [name, secret.has(name) ? '***' : value]));
}
