/**
 * Finds the browsers that the tests drive, and installs them where that needs no question. Plain JavaScript:
 * `test/run.mjs` runs it before anything is built.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, statfsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';

/**
 * The places where a browser may be.
 *
 * @typedef {object} Places
 * @property {string} variable the environment variable that names its executable
 * @property {string[]} commands
 * @property {string[]} linux
 * @property {string[]} mac below `/Applications`
 * @property {string[]} windows below `Program Files`
 */

/** @type {Places} */
const CHROMIUM = {
  variable: 'CHROMIUM_PATH',
  commands: [
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
    'google-chrome-beta',
    'chrome',
    'microsoft-edge',
    'microsoft-edge-stable',
    'msedge',
  ],
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/lib/chromium/chromium',
    '/opt/google/chrome/chrome',
    '/opt/microsoft/msedge/msedge',
    '/snap/bin/chromium',
  ],
  mac: [
    'Google Chrome.app/Contents/MacOS/Google Chrome',
    'Chromium.app/Contents/MacOS/Chromium',
    'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  windows: ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'],
};

/** @type {Places} */
const FIREFOX = {
  variable: 'FIREFOX_PATH',
  // The extended-support release first: the version of Playwright in use is known to drive it.
  commands: ['firefox-esr', 'firefox'],
  linux: ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/usr/lib/firefox-esr/firefox-esr', '/usr/lib/firefox/firefox', '/snap/bin/firefox'],
  mac: ['Firefox.app/Contents/MacOS/firefox'],
  windows: ['Mozilla Firefox\\firefox.exe'],
};

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * @param {string[]} commands
 * @returns {string[]}
 */
function onPath(commands) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return commands.flatMap((command) => folders.map((folder) => join(folder, command + suffix)));
}

/**
 * The executable that the environment names, which must exist; else one in the usual places.
 *
 * @param {Places} places
 * @returns {string | undefined}
 */
function find({ variable, commands, linux, mac, windows }) {
  const { env, platform } = process;
  const chosen = env[variable];
  if (chosen) {
    if (!isExecutable(chosen)) throw new Error(`${variable} is ${chosen}, which is not an executable file.`);
    return chosen;
  }
  const installed = () => {
    if (platform === 'darwin') return mac.flatMap((app) => [join('/Applications', app), join(env.HOME ?? '', 'Applications', app)]);
    if (platform !== 'win32') return linux;
    const roots = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter((root) => root !== undefined);
    return roots.flatMap((root) => windows.map((app) => join(root, app)));
  };
  return [...onPath(commands), ...installed()].find(isExecutable);
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  console.log(`Trying: ${command} ${args.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env, shell: process.platform === 'win32' }).status === 0;
}

/**
 * Installs Debian packages, if that is possible without a question.
 *
 * @param {string[]} packages
 */
function installPackages(packages) {
  return (
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    isExecutable('/usr/bin/apt-get') &&
    run('apt-get', ['update', '-q']) &&
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages])
  );
}

/**
 * @template T
 * @param {() => T | undefined} look
 * @param {{ packages: string[], otherwise?: () => void, advice: string }} missing
 * @returns {T}
 */
function ensure(look, { packages, otherwise, advice }) {
  let found = look();
  if (!found && installPackages(packages)) found = look();
  if (!found && otherwise) {
    otherwise();
    found = look();
  }
  if (!found) throw new Error(advice);
  return found;
}

/**
 * The path of a Chromium, Chrome or Edge on this machine: `CHROMIUM_PATH`, the usual commands and places,
 * then the one Playwright downloaded. `undefined` when there is none.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  return find(CHROMIUM) ?? [chromium.executablePath()].find(isExecutable);
}

/**
 * What Chromium switches off. It takes the last list of a command line only, and Playwright's comes first, so this one repeats
 * what Playwright needs. With the last three, each window would load two pages for the address bar, which nobody sees, and
 * keep a process ready for a page that nobody opens: more work than most tests.
 */
const DISABLED_FEATURES = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'BlockOriginHeaderModificationOnRedirect',
  'DestroyProfileOnBrowserClose',
  'DialMediaRouteProvider',
  'GlobalMediaControls',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'Translate',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxPopup',
  'SpareRendererForSitePerProcess',
];

/** Switches that keep a test browser quiet: no updates, no first-run pages, no telemetry, no pages of its own. */
export const CHROMIUM_ARGS = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-sync',
  '--no-default-browser-check',
  '--no-first-run',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  `--disable-features=${DISABLED_FEATURES.join(',')}`,
];

/** Advice for machines that have no browser and can't install one. */
export const NO_CHROMIUM =
  'No Chromium, Chrome or Edge found: install one (Debian or Ubuntu: apt-get install chromium; elsewhere: npx playwright install chromium) or set CHROMIUM_PATH to its executable.';

/**
 * Finds a Chromium or installs one: by apt on Debian as root, else Playwright's own build.
 *
 * @returns {string} its path
 * @throws {Error} that says what to do
 */
export function ensureChromium() {
  const otherwise = () => void run('npx', ['playwright', 'install', 'chromium']);
  return ensure(findChromium, { packages: ['chromium'], otherwise, advice: NO_CHROMIUM });
}

/**
 * The path of a Firefox as Mozilla or a distribution ships it, not Playwright's own build: `FIREFOX_PATH`, then the usual
 * commands and places. `undefined` when there is none.
 *
 * @returns {string | undefined}
 */
export function findFirefox() {
  return find(FIREFOX);
}

/** The channel by which Playwright drives such a Firefox: WebDriver BiDi. */
export const FIREFOX_CHANNEL = 'moz-firefox';

export const NO_FIREFOX =
  'No Firefox found: install one (Debian: apt-get install firefox-esr; elsewhere: https://www.mozilla.org/firefox) or set FIREFOX_PATH to its executable.';

/**
 * Finds a Firefox or installs one, by apt on Debian as root.
 *
 * @returns {string} its path
 * @throws {Error} that says what to do
 */
export function ensureFirefox() {
  return ensure(findFirefox, { packages: ['firefox-esr'], advice: NO_FIREFOX });
}

/**
 * The programs that drive a WebKit: the driver, the browser that it starts, and a screen and a message bus.
 *
 * @typedef {{ driver: string, browser: string, xvfb: string, dbus: string }} WebKit
 */

/**
 * WebKitGTK's driver and its test browser, which exist on Linux only. `undefined` if any of them is missing.
 *
 * @returns {WebKit | undefined}
 */
export function findWebKit() {
  if (process.platform !== 'linux') return undefined;
  const [driver, xvfb, dbus] = ['WebKitWebDriver', 'Xvfb', 'dbus-run-session'].map((command) => onPath([command]).find(isExecutable));
  // /usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser: the architecture and the version differ.
  const browser = ['/usr/lib', ...entries('/usr/lib')]
    .flatMap(entries)
    .filter((folder) => /\/webkit(2gtk-4|gtk-6)\.\d+$/.test(folder))
    .map((folder) => join(folder, 'MiniBrowser'))
    .find(isExecutable);
  return driver && xvfb && dbus && browser ? { driver, browser, xvfb, dbus } : undefined;
}

/**
 * The paths of a folder's entries; none if it isn't a folder.
 *
 * @param {string} folder
 */
function entries(folder) {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

export const NO_WEBKIT = 'No WebKit driver found: it exists for Linux (Debian or Ubuntu: apt-get install webkit2gtk-driver xvfb dbus).';

/**
 * Finds WebKit's driver or installs it, by apt on Debian as root.
 *
 * @returns {WebKit}
 * @throws {Error} that says what to do
 */
export function ensureWebKit() {
  return ensure(findWebKit, { packages: ['webkit2gtk-driver', 'xvfb', 'dbus'], advice: NO_WEBKIT });
}

/** Bytes: the temporary files of all tests together stay below this. */
const TEMPORARY_FILES = 6 * 2 ** 30;

/**
 * Puts temporary files (profiles, databases, objects) into memory on Linux, if there is room and TMPDIR isn't set.
 * On a slow disk, one program that writes much makes every IndexedDB transaction of every browser
 * wait until everything is written: tests stalled for a minute.
 */
export function keepTemporaryFilesInMemory() {
  const folder = '/dev/shm';
  if (process.platform !== 'linux' || process.env.TMPDIR) return;
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize >= TEMPORARY_FILES) process.env.TMPDIR = folder;
  } catch {
    // There is no such folder.
  }
}
