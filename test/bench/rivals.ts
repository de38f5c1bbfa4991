/** Who is measured, and what of it has to be installed for that. */
import { fileURLToPath } from 'node:url';
import { installPackages, versionOf as installedVersion } from '../../demo/install-packages.mjs';

export interface Rival {
  id: string;
  title: string;
  /** File name in `page/rivals`. */
  module: string;
  variant?: Record<string, boolean>;
  /** Packages whose versions stand in the report. */
  packages: string[];
  /** What a page downloads for one upload, minified and gzipped, in November 2026. */
  size?: string;
}

export const RIVALS: readonly Rival[] = [
  { id: 'xhr', title: 'raw XHR × 6', module: 'raw', packages: [] },
  { id: 'fetch', title: 'raw fetch × 6', module: 'raw', variant: { fetch: true }, packages: [] },
  { id: 'checked', title: 'oss-resumable', module: 'oss-resumable', packages: [], size: '≤ 40 KiB' },
  { id: 'known', title: 'oss-resumable, line known', module: 'oss-resumable', variant: { known: true }, packages: [] },
  { id: 'unchecked', title: 'oss-resumable, integrity off', module: 'oss-resumable', variant: { unchecked: true }, packages: [] },
  { id: 'md5', title: 'oss-resumable, CRC-64 and MD5', module: 'oss-resumable', variant: { md5: true }, packages: [] },
  { id: 'signed', title: 'oss-resumable, signed by a server 50 ms away', module: 'oss-resumable', variant: { signed: true }, packages: [] },
  { id: 'ali-oss', title: 'ali-oss', module: 'ali-oss', packages: ['ali-oss'], size: '187 kB' },
  { id: 'uppy', title: 'Uppy aws-s3', module: 'uppy', packages: ['@uppy/core', '@uppy/aws-s3'], size: '22.6 kB' },
  { id: 'tus', title: 'tus-js-client', module: 'tus', packages: ['tus-js-client'], size: '16.1 kB' },
  { id: 'lib-storage', title: 'AWS lib-storage', module: 'lib-storage', packages: ['@aws-sdk/lib-storage', '@aws-sdk/client-s3'] },
];

/** The limit that the others are compared with. */
export const RAW: readonly string[] = ['xhr', 'fetch'];

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** What is installed of a package, in this folder or in the project's. */
export function versionOf(name: string): string | undefined {
  return installedVersion(name, FOLDER, `${FOLDER}../..`);
}

/**
 * Installs the rivals that the project itself has no use for, unless they are there in the versions asked for.
 *
 * @throws {Error} that says what it takes
 */
export async function installRivals(): Promise<void> {
  await installPackages(FOLDER, 'the rivals');
}
