/** The processes that this one has started, as Linux tells of them. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  pid: number;
  parent: number;
  /** The first 15 characters of what it calls itself: Firefox names its processes by what they are for. */
  name: string;
  /** Its arguments, separated by blanks. */
  command: string;
}

/** The processes below one, each after its parent. */
export function descendants(of: number = process.pid): Process[] {
  const all = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? (read(Number(entry)) ?? []) : []));
  const below = (parent: number): Process[] =>
    all.filter((process) => process.parent === parent).flatMap((process) => [process, ...below(process.pid)]);
  return below(of);
}

function read(pid: number): Process | undefined {
  try {
    // pid (name) state parent …: the name may hold blanks and parentheses.
    const [, name = '', parent] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return { pid, parent: Number(parent), name, command };
  } catch {
    // It has ended since.
    return undefined;
  }
}

/** SIGKILL: nothing is written down, nobody is told. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since.
  }
}
