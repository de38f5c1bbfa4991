/** What Linux knows of processes: processor time and memory. Elsewhere it is not known, which is `NaN`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { descendants } from '../e2e/processes.js';

const IS_LINUX = existsSync('/proc/self/clear_refs');

/** Of `times(2)`: a constant of Linux's interface, whatever the kernel's own tick is. */
const TICKS_A_SECOND = 100;

/** Seconds of processor time that a process has used, and its children that are gone. */
function cpuSecondsOf(pid: number): number {
  try {
    // pid (name) state parent …: the name may hold blanks and parentheses.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_A_SECOND;
  } catch {
    // It has ended since.
    return 0;
  }
}

/** Seconds of processor time of a process and all below it. */
export function cpuSeconds(pid: number): number {
  if (!IS_LINUX) return Number.NaN;
  return [pid, ...descendants(pid).map((process) => process.pid)].reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
}

function status(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/**
 * Begins to watch the memory of a process. The kernel keeps the peak by itself, so nothing has to be sampled meanwhile.
 *
 * @returns by how many bytes the resident set has exceeded what it was, at most
 */
export function watchMemory(pid: number): () => number {
  if (!IS_LINUX) return () => Number.NaN;
  // "5" sets the peak back to what is resident now (Linux 4.0).
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const before = status(pid, 'VmRSS');
  return () => status(pid, 'VmHWM') - before;
}
