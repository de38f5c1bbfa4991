/** Other versions of Node than the one that runs. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface NodeBinary {
  path: string;
  /** `v24.1.0` */
  version: string;
}

/**
 * Installs the newest Node of a major version into a folder: npm has its binaries for the usual platforms.
 *
 * @returns the binary, or a line that says why there is none
 */
export async function installNode(major: number, folder: string): Promise<NodeBinary | string> {
  const isWindows = process.platform === 'win32';
  const name = `node-${isWindows ? 'win' : process.platform}-${process.arch}`;
  const path = join(folder, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node');
  const options = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
  try {
    await execute(isWindows ? 'npm.cmd' : 'npm', ['install', ...options, `${name}@${major}`], { shell: isWindows, timeout: 60_000 });
    return { path, version: (await execute(path, ['--version'])).stdout.trim() };
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split('\n');
    // The first line is only npm's own command.
    return `${name}@${major} can't be installed from npm: ${lines[1] || lines[0]}`;
  }
}
