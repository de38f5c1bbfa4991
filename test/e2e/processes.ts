/** The processes that this one has started, from Linux's `/proc`. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  pid: number;
  parent: number;
  /** The first 15 characters of its name: Firefox names its processes by their purpose. */
  name: string;
  /** Its arguments, separated by spaces. */
  command: string;
}

/** All descendants of a process, each after its parent. */
export function descendants(of: number = process.pid): Process[] {
  const all = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? (read(Number(entry)) ?? []) : []));
  const below = (parent: number): Process[] =>
    all.filter((process) => process.parent === parent).flatMap((process) => [process, ...below(process.pid)]);
  return below(of);
}

function read(pid: number): Process | undefined {
  try {
    // pid (name) state parent …: the name may contain spaces and parentheses.
    const [, name = '', parent] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return { pid, parent: Number(parent), name, command };
  } catch {
    // It has already ended.
    return undefined;
  }
}

/** SIGKILL: the process can't write or report anything. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}
