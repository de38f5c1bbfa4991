/**
 * Finds the Chromium that the browser and e2e tests drive, and installs one where that can be done
 * without asking. Plain JavaScript: `test/run.mjs` runs it before anything is built.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';

const COMMANDS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'google-chrome-beta',
  'chrome',
  'microsoft-edge',
  'microsoft-edge-stable',
  'msedge',
];

const MAC_APPS = [
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Chromium.app/Contents/MacOS/Chromium',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];

const WINDOWS_APPS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @returns {string[]} */
function candidates() {
  const { env, platform } = process;
  const suffix = platform === 'win32' ? '.exe' : '';
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const onPath = COMMANDS.flatMap((command) => folders.map((folder) => join(folder, command + suffix)));
  if (platform === 'darwin') {
    return [...onPath, ...MAC_APPS.flatMap((app) => [join('/Applications', app), join(env.HOME ?? '', 'Applications', app)])];
  }
  if (platform === 'win32') {
    const roots = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter((root) => root !== undefined);
    return [...onPath, ...roots.flatMap((root) => WINDOWS_APPS.map((app) => join(root, app)))];
  }
  return [
    ...onPath,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/lib/chromium/chromium',
    '/opt/google/chrome/chrome',
    '/opt/microsoft/msedge/msedge',
    '/snap/bin/chromium',
  ];
}

/**
 * The path of a Chromium, Chrome or Edge on this machine: `CHROMIUM_PATH`, the usual commands and places,
 * then the one Playwright downloaded. `undefined` when there is none.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (chosen) {
    if (!isExecutable(chosen)) throw new Error(`CHROMIUM_PATH is ${chosen}, which is not an executable file.`);
    return chosen;
  }
  return [...candidates(), chromium.executablePath()].find(isExecutable);
}

/** Switches that keep a test browser to itself: no updates, no first-run pages, nothing sent home. */
export const CHROMIUM_ARGS = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-sync',
  '--no-default-browser-check',
  '--no-first-run',
  '--disable-dev-shm-usage',
];

/** What to tell somebody whose machine has no browser and can't get one by itself. */
export const NO_CHROMIUM =
  'No Chromium, Chrome or Edge found: install one (Debian or Ubuntu: apt-get install chromium; elsewhere: npx playwright install chromium) or set CHROMIUM_PATH to its executable.';

/**
 * Finds a Chromium or installs one: by apt on Debian as root, else Playwright's own build.
 *
 * @returns {string} its path
 * @throws {Error} that says what to do
 */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  const run = (/** @type {string} */ command, /** @type {string[]} */ args) => {
    console.log(`No Chromium found. Trying: ${command} ${args.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env, shell: process.platform === 'win32' }).status === 0;
  };
  if (process.platform === 'linux' && process.getuid?.() === 0 && isExecutable('/usr/bin/apt-get')) {
    if (run('apt-get', ['update', '-q']) && run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'])) {
      const installed = findChromium();
      if (installed) return installed;
    }
  }
  run('npx', ['playwright', 'install', 'chromium']);
  const installed = findChromium();
  if (!installed) throw new Error(NO_CHROMIUM);
  return installed;
}
