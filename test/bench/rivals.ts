/** Who is measured, and what of it has to be installed for that. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import manifest from './package.json' with { type: 'json' };

export interface Rival {
  id: string;
  title: string;
  /** File name in `page/rivals`. */
  module: string;
  variant?: Record<string, boolean>;
  /** Packages whose versions stand in the report. */
  packages: string[];
}

export const RIVALS: readonly Rival[] = [
  { id: 'xhr', title: 'raw XHR × 6', module: 'raw', packages: [] },
  { id: 'fetch', title: 'raw fetch × 6', module: 'raw', variant: { fetch: true }, packages: [] },
  { id: 'checked', title: 'oss-resumable', module: 'oss-resumable', packages: [] },
  { id: 'unchecked', title: 'oss-resumable, integrity off', module: 'oss-resumable', variant: { unchecked: true }, packages: [] },
  { id: 'md5', title: 'oss-resumable, CRC-64 and MD5', module: 'oss-resumable', variant: { md5: true }, packages: [] },
  { id: 'ali-oss', title: 'ali-oss', module: 'ali-oss', packages: ['ali-oss'] },
  { id: 'uppy', title: 'Uppy aws-s3', module: 'uppy', packages: ['@uppy/core', '@uppy/aws-s3'] },
  { id: 'tus', title: 'tus-js-client', module: 'tus', packages: ['tus-js-client'] },
  { id: 'lib-storage', title: 'AWS lib-storage', module: 'lib-storage', packages: ['@aws-sdk/lib-storage', '@aws-sdk/client-s3'] },
];

/** The limit that the others are compared with. */
export const RAW: readonly string[] = ['xhr', 'fetch'];

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** What is installed of a package, in this folder or in the project's. */
export function versionOf(name: string): string | undefined {
  for (const folder of [FOLDER, `${FOLDER}../../`]) {
    const file = `${folder}node_modules/${name}/package.json`;
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).version;
  }
  return undefined;
}

/**
 * Installs the rivals that the project itself has no use for, unless they are there in the versions asked for.
 *
 * @throws {Error} that says what it takes
 */
export function installRivals(): void {
  const isInstalled = Object.entries(manifest.dependencies).every(([name, version]) => versionOf(name) === version);
  if (isInstalled) return;
  console.log('Installing the rivals in test/bench …');
  const patience = ['--prefer-offline', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...patience], {
    cwd: FOLDER,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    const reason = stderr?.trim().split('\n')[0] ?? '';
    throw new Error(`The rivals could not be installed; "npm ci" in test/bench needs the npm registry or a filled cache. ${reason}`);
  }
}
