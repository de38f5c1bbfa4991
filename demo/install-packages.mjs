/** Installs packages that only some pages and tests need, when they are needed, so that `npm ci` stays quick for everybody else. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * Installs what a folder's `package-lock.json` asks for, unless it is there already.
 *
 * @param {string} folder
 * @param {string} what what is installed, for the line that is printed
 * @returns {Promise<void>}
 * @throws {Error} if npm fails; the message says what it needs
 */
export async function installPackages(folder, what) {
  if (isInstalled(folder)) return;
  console.log(`Installing ${what} …`);
  const patience = ['--prefer-offline', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const complaint = await run(folder, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...patience]);
  if (complaint === undefined) return;
  const [reason = ''] = complaint.trim().split('\n');
  throw new Error(`Could not install ${what}; "npm ci" in ${folder} needs the npm registry or a filled cache. ${reason}`);
}

/**
 * Whether a folder has the packages that its `package.json` names, in those versions.
 *
 * @param {string} folder
 */
export function isInstalled(folder) {
  // npm writes this file last.
  if (!existsSync(`${folder}/node_modules/.package-lock.json`)) return false;
  /** @type {{ dependencies: Record<string, string> }} */
  const { dependencies } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  // An alias is written "npm:antd@5.29.3".
  return Object.entries(dependencies).every(([name, version]) => versionOf(name, folder) === version.replace(/^.*@/, ''));
}

/**
 * The installed version of a package, from the first of these folders that has it.
 *
 * @param {string} name
 * @param {...string} folders
 * @returns {string | undefined}
 */
export function versionOf(name, ...folders) {
  for (const folder of folders) {
    const file = `${folder}/node_modules/${name}/package.json`;
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).version;
  }
  return undefined;
}

/**
 * @param {string} folder
 * @param {string[]} args
 * @returns {Promise<string | undefined>} what npm complained about; undefined if it succeeded
 */
function run(folder, args) {
  return new Promise((resolve) => {
    const npm = spawn('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], shell: process.platform === 'win32' });
    let complaint = '';
    npm.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    npm.once('error', ({ message }) => resolve(message));
    npm.once('close', (code) => resolve(code === 0 ? undefined : complaint));
  });
}
