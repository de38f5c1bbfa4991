/** The package as npm would publish it. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);

export const NAME = 'oss-resumable';

/**
 * Packs the built library.
 *
 * @returns the tarball's path, in `folder`
 */
export async function pack(folder: string): Promise<string> {
  if (!existsSync(join(ROOT, 'dist/index.js'))) throw new Error('There is no dist/index.js: run `npm run build` first.');
  const isWindows = process.platform === 'win32';
  const npm = isWindows ? 'npm.cmd' : 'npm';
  await execute(npm, ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT, shell: isWindows });
  return join(folder, (await readdir(folder)).find((file) => file.endsWith('.tgz'))!);
}

/**
 * Unpacks it into an application's `node_modules`, in place of what is there.
 *
 * @returns the package's folder
 */
export async function unpack(tarball: string, application: string): Promise<string> {
  const folder = join(application, 'node_modules', NAME);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await execute('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder]);
  return folder;
}
