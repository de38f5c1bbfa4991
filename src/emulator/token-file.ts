/** The file of issued keys: one JSON text a line, so that a new key costs the same however many there are. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Keys that are remembered; older ones are forgotten, also while they are valid. */
export const MAX_KEYS = 50_000;
/** The line that ends all keys before it. */
const END_OF_ALL = 'expired';

export interface IssuedKey {
  accessKeyId: string;
  accessKeySecret: string;
  securityToken: string;
  expiresAt: number;
  /** The session policy's text. */
  policy?: string;
}

/** Ended by whatever clock. */
export function endAll(keys: Iterable<IssuedKey>): void {
  for (const key of keys) key.expiresAt = Number.MIN_SAFE_INTEGER;
}

export class TokenFile {
  readonly #path: string;
  /** Lines in the file. */
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** A file that is missing or damaged loses keys: clients will ask for new ones. */
  read(): IssuedKey[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch {
      return [];
    }
    const keys: IssuedKey[] = [];
    for (const entry of text.split('\n').flatMap(parseLine)) {
      if (entry === END_OF_ALL) endAll(keys);
      else if (isKey(entry)) keys.push(entry);
    }
    // The process may have ended in the middle of a line.
    if (!text.endsWith('\n')) this.write(keys);
    else this.#lines = text.split('\n').length - 1;
    return keys.slice(-MAX_KEYS);
  }

  add(key: IssuedKey): void {
    this.#append(key);
  }

  addEndOfAll(): void {
    this.#append(END_OF_ALL);
  }

  /** Whether most lines are about keys that are forgotten. */
  get isLong(): boolean {
    return this.#lines > 2 * MAX_KEYS;
  }

  write(keys: readonly IssuedKey[]): void {
    // Not worth a wait for the disk: clients ask for new tokens.
    const draft = `${this.#path}.tmp`;
    writeFileSync(draft, keys.map((key) => `${JSON.stringify(key)}\n`).join(''), { mode: 0o600 });
    renameSync(draft, this.#path);
    this.#lines = keys.length;
  }

  #append(entry: unknown): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    this.#lines++;
  }
}

/** Earlier versions wrote one line with a list. */
function parseLine(line: string): unknown[] {
  try {
    const entry: unknown = JSON.parse(line);
    return Array.isArray(entry) ? entry : [entry];
  } catch {
    return [];
  }
}

function isKey(entry: unknown): entry is IssuedKey {
  const { accessKeyId, accessKeySecret, securityToken, expiresAt } = (entry ?? {}) as Record<string, unknown>;
  return [accessKeyId, accessKeySecret, securityToken].every((text) => typeof text === 'string') && Number.isFinite(expiresAt);
}
