import { copyFile, cp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname;
const library = dirname(createRequire(import.meta.url).resolve('oss-resumable/package.json'));
await rm(`${here}/dist`, { recursive: true, force: true });
const { warnings } = await build({
  absWorkingDir: here,
  entryPoints: ['main.js'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  // Not the one of the folders above, which don't belong to the application.
  tsconfigRaw: {},
});
if (warnings.length > 0) throw new Error(JSON.stringify(warnings));
await copyFile(`${here}/index.html`, `${here}/dist/index.html`);
await cp(join(library, 'dist/hash.worker.js'), `${here}/dist/served/hash.worker.js`, { recursive: true });
