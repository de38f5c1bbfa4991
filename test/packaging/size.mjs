/**
 * What an application's page downloads for `import { createUploader } from 'oss-resumable'`, dependencies
 * included: minified by vite as an application would, and gzipped. `npm run size` prints it after `npm run build`.
 */
import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/**
 * Bytes, gzipped. `main` is what loads with the page; `total` adds the hashing worker. A ratchet: what is measured today
 * plus a little, so that growth is noticed; lower it whenever the code gets smaller.
 */
export const BUDGET = { main: 31 * 1024, total: 35.25 * 1024 };

const ROOT = realpathSync(fileURLToPath(new URL('../..', import.meta.url)));

/**
 * @param {string} code the application's only module
 * @param {string} [entry] the library's entry file
 * @returns {Promise<{ files: { name: string, kind: 'main' | 'worker' | 'lazy', raw: number, gzip: number }[], main: number, total: number }>}
 */
export async function measure(code, entry = `${ROOT}/dist/index.js`) {
  const built = await build({
    configFile: false,
    root: ROOT,
    publicDir: false,
    logLevel: 'silent',
    resolve: { alias: [{ find: /^oss-resumable$/, replacement: entry }] },
    worker: { format: 'es' },
    plugins: [
      {
        name: 'application',
        resolveId: (id) => (id === 'application.js' ? '\0application.js' : null),
        load: (id) => (id === '\0application.js' ? code : null),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: 'application.js', preserveEntrySignatures: 'strict' },
    },
  });
  const output = /** @type {import('vite').Rolldown.RolldownOutput} */ (Array.isArray(built) ? built[0] : built).output;
  const chunks = new Map(output.map((file) => [file.fileName, file]));
  const main = new Set(output.filter((file) => file.type === 'chunk' && file.isEntry).map((file) => file.fileName));
  for (const name of main) {
    const file = chunks.get(name);
    if (file?.type === 'chunk') for (const imported of file.imports) main.add(imported);
  }
  const files = output.map((file) => {
    const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source);
    const kind = main.has(file.fileName) ? 'main' : /\.worker-[\w-]+\.js$/.test(file.fileName) ? 'worker' : 'lazy';
    return { name: file.fileName, kind: /** @type {'main' | 'worker' | 'lazy'} */ (kind), raw: bytes.length, gzip: gzipSync(bytes).length };
  });
  const sum = (/** @type {string[]} */ ...kinds) =>
    files.filter((file) => kinds.includes(file.kind)).reduce((bytes, file) => bytes + file.gzip, 0);
  return { files, main: sum('main'), total: sum('main', 'worker') };
}

if (process.argv[1] && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url))) {
  if (!existsSync(`${ROOT}/dist/index.js`)) {
    console.error('There is no dist/index.js: run `npm run build` first.');
    process.exit(1);
  }
  const { files, main, total } = await measure(`export { createUploader } from 'oss-resumable';`);
  const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(2)} KB`.padStart(9);
  for (const file of files) console.log(`${file.kind.padEnd(7)}${kilobytes(file.gzip)} gzip ${kilobytes(file.raw)} minified  ${file.name}`);
  console.log(`main   ${kilobytes(main)} of ${kilobytes(BUDGET.main).trim()}`);
  console.log(`total  ${kilobytes(total)} of ${kilobytes(BUDGET.total).trim()} (main and worker; lazy chunks load only as fallbacks)`);
  if (main > BUDGET.main || total > BUDGET.total) {
    console.error('Over budget.');
    process.exitCode = 1;
  }
}
