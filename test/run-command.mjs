/** Runs a command in the project's folder. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Where a command's output goes. @typedef {'inherit' | 'ignore' | ((chunk: Buffer) => void)} Output */

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MINUTES = 60_000;
/** Minutes for one command: several times what any takes on a machine with nothing else to do. */
const LIMIT = 25;

/**
 * Runs a command with no input.
 *
 * @param {string[]} command
 * @param {{ env?: Record<string, string>, output?: Output }} [options]
 * @returns {Promise<string | undefined>} why it failed; undefined when it ended with 0
 */
export function runCommand(command, { env = {}, output = 'inherit' } = {}) {
  return new Promise((resolve) => {
    const [file, ...args] = /** @type {[string, ...string[]]} */ (command);
    const posix = process.platform !== 'win32';
    const child = spawn(file, args, {
      cwd: ROOT,
      stdio: typeof output === 'string' ? ['ignore', output, output] : ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      detached: posix,
      shell: !posix,
    });
    if (typeof output !== 'string') {
      child.stdout?.on('data', output);
      child.stderr?.on('data', output);
    }
    // Kills the whole group: a runner that hangs would leave browsers behind.
    const stop = () => {
      if (posix && child.pid) process.kill(-child.pid, 'SIGKILL');
      else child.kill('SIGKILL');
    };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, LIMIT * MINUTES);
    const interrupt = () => {
      stop();
      process.exit(130);
    };
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const end = (/** @type {string | undefined} */ reason) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      resolve(reason);
    };
    child.once('error', (error) => end(`could not start ${file}: ${error.message}`));
    child.once('close', (code, signal) => {
      if (late) end(`still running after ${LIMIT} minutes`);
      else end(code === 0 ? undefined : signal ? `ended by ${signal}` : `exit code ${code}`);
    });
  });
}
