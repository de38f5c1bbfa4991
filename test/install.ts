/** Packages that only some tests need: installed when those run, so that nobody else has to wait for them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** What is installed of a package in one of these folders, the first that has it. */
export function versionOf(name: string, ...folders: string[]): string | undefined {
  for (const folder of folders) {
    const file = `${folder}/node_modules/${name}/package.json`;
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).version;
  }
  return undefined;
}

/**
 * Installs what a folder's `package-lock.json` asks for, unless it is there.
 *
 * @throws {Error} that says what it takes
 */
export function installPackages(folder: string, what: string): void {
  const { dependencies } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { dependencies: Record<string, string> };
  // An alias is written "npm:antd@5.29.3".
  const isInstalled = Object.entries(dependencies).every(([name, version]) => versionOf(name, folder) === version.replace(/^.*@/, ''));
  if (isInstalled) return;
  console.log(`Installing ${what} …`);
  const patience = ['--prefer-offline', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...patience], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    const reason = stderr?.trim().split('\n')[0] ?? '';
    throw new Error(`Could not install ${what}; "npm ci" in ${folder} needs the npm registry or a filled cache. ${reason}`);
  }
}
