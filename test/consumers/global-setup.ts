/** Installs the bundlers and, as an application would, the packed package. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../../demo/install-packages.mjs';
import { pack, unpack } from '../packaging/pack.js';

const HERE = fileURLToPath(new URL('.', import.meta.url)).replace(/[\\/]$/, '');

export default async function globalSetup(): Promise<void> {
  const start = Date.now();
  await installPackages(HERE, 'bundlers, frameworks and TypeScripts');
  const folder = await mkdtemp(join(tmpdir(), 'oss-resumable-pack-'));
  await unpack(await pack(folder), HERE);
  await rm(folder, { recursive: true, force: true });
  console.log(`Installing and packing: ${((Date.now() - start) / 1000).toFixed(1)} s`);
}
