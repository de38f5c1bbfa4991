/** The log of the last requests, without credentials. */
import { Recent } from './recent.js';
import type { LogEntry } from './types.js';

/** 50,000 usual requests; fewer of those that send headers of 60 KB. */
const MOST = { entries: 50_000, bytes: 64 * 1024 * 1024 };
/** Bytes that an entry takes besides the texts of its headers and query, and each pair of them. */
const PER_ENTRY = 300;
const PER_PAIR = 40;
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
  readonly #recent = new Recent<LogEntry>(MOST);
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
    this.#recent.add(entry, PER_ENTRY + bytesOf(entry.headers) + bytesOf(entry.query));
    return entry;
  }

  /** All entries, or those of one key, which is cheap enough for tests that ask every few milliseconds. */
  list(key?: string): LogEntry[] {
    const entries = this.#recent.entries();
    return entries.filter((entry) => key === undefined || entry.key === key).map((entry) => ({ ...entry }));
  }

  clear(): void {
    this.#recent.clear();
  }
}

function bytesOf(pairs: Record<string, string>): number {
  return Object.entries(pairs).reduce((sum, [name, value]) => sum + name.length + value.length + PER_PAIR, 0);
}

/** Keeps the names, so that a test can see what was sent, but not the credentials. */
function redact(pairs: ReadonlyMap<string, string>, secret: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries([...pairs].map(([name, value]) => [name, secret.has(name) ? '***' : value]));
}
