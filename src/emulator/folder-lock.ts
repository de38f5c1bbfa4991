/**
 * The lock on a data folder: a file that names its owner. It is released at `close`, and an owner that was killed can't keep it:
 * the next server sees that the process is gone, or, if it ran on another machine or in another container, that it has stopped
 * touching the file.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { EmulatorError } from './emulator-error.js';

const FILE = 'lock.json';
/** Milliseconds between two touches of the file, which only other machines read. */
const TOUCH = 2000;
/** Milliseconds without a touch after which an owner on another machine counts as gone. */
const SILENT = 10_000;
/** How often it is tried again when several servers take over the same lock. */
const ATTEMPTS = 5;

interface Owner {
  id: string;
  pid: number;
  host: string;
  /** When the process began, in the kernel's unit; null where that is unknown. A process ID alone may belong to another one by now. */
  started: string | null;
}

export class FolderLock {
  readonly #path: string;
  readonly #id: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(path: string, id: string) {
    this.#path = path;
    this.#id = id;
    this.#timer = setInterval(() => this.#touch(), TOUCH).unref();
  }

  /** @throws {EmulatorError} `DATA_IN_USE` if another server has the folder, `DATA_UNUSABLE` if it can't be written */
  static acquire(folder: string): FolderLock {
    const path = join(folder, FILE);
    const owner: Owner = { id: randomUUID(), pid: process.pid, host: hostname(), started: startOf(process.pid) };
    try {
      mkdirSync(folder, { recursive: true });
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (create(path, owner)) return new FolderLock(path, owner.id);
        const holder = readOwner(path);
        if (holder === 'unreadable' ? isFresh(path) : holder !== undefined && isAlive(holder, path)) throw inUse(folder, holder);
        if (holder !== undefined) removeLock(path, holder);
      }
    } catch (error) {
      if (error instanceof EmulatorError) throw error;
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new EmulatorError(
        'DATA_UNUSABLE',
        `The data folder ${folder} can't be used (${reason}): it must be a folder that can be written.`,
        {
          cause: error,
        },
      );
    }
    throw inUse(folder, 'unreadable');
  }

  release(): void {
    clearInterval(this.#timer);
    const holder = readOwner(this.#path);
    if (typeof holder === 'object' && holder.id === this.#id) rmSync(this.#path, { force: true });
  }

  #touch(): void {
    try {
      const now = new Date();
      utimesSync(this.#path, now, now);
    } catch {
      // Someone has removed the file or the whole folder; the server can't help that.
    }
  }
}

/** Whether a folder was left behind by a server that no longer runs. */
export function isAbandoned(folder: string): boolean {
  const path = join(folder, FILE);
  const holder = readOwner(path);
  return typeof holder === 'object' && !isAlive(holder, path);
}

/** Writes the lock's content before it has its name, so that nobody reads half of it. @returns false if there is one already */
function create(path: string, owner: Owner): boolean {
  const draft = `${path}.${owner.id}`;
  writeFileSync(draft, JSON.stringify(owner));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // File systems without hard links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    return createDirectly(path, owner);
  } finally {
    rmSync(draft, { force: true });
  }
}

function createDirectly(path: string, owner: Owner): boolean {
  try {
    writeFileSync(path, JSON.stringify(owner), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined if there is no lock. */
function readOwner(path: string): Owner | 'unreadable' | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const owner = JSON.parse(text) as Owner;
    return typeof owner?.id === 'string' && Number.isInteger(owner.pid) ? owner : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

function isAlive(owner: Owner, path: string): boolean {
  if (owner.host !== hostname()) return isFresh(path);
  return owner.started === null ? isRunning(owner.pid) : startOf(owner.pid) === owner.started;
}

function isFresh(path: string): boolean {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < SILENT;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The moment at which a running process began, from Linux's `/proc`; null if it isn't there, is a zombie, or on other systems. */
function startOf(pid: number): string | null {
  try {
    // pid (name) state …, with the start in field 22; the name may contain spaces and parentheses.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** Removes the lock of an owner that is gone, and only that one: another server may have taken over in the meantime. */
function removeLock(path: string, seen: Owner | 'unreadable'): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    // Someone else was quicker.
    return;
  }
  const moved = readOwner(aside);
  const isOther = typeof moved === 'object' && (typeof seen !== 'object' || moved.id !== seen.id);
  if (isOther) linkSync(aside, path);
  rmSync(aside, { force: true });
}

function inUse(folder: string, holder: Owner | 'unreadable' | undefined): EmulatorError {
  const who =
    typeof holder === 'object' ? `process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`}` : 'another process';
  return new EmulatorError(
    'DATA_IN_USE',
    `The data folder ${folder} is in use by another server (${who}). Stop that one, or name another folder.`,
  );
}
