/**
 * What an application's page downloads for `import { createUploader } from 'oss-resumable'`, dependencies
 * included: minified by vite as an application would, and gzipped. `npm run size` prints it after `npm run build`.
 */
import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/**
 * Bytes, gzipped. `main` is what loads with the page; `total` adds what an upload loads: the engine and the hashing worker.
 * A ratchet: what is measured today plus a little, so that growth is noticed; lower it whenever the code gets smaller.
 */
export const BUDGET = { main: 11.75 * 1024, total: 37.5 * 1024 };

const ROOT = realpathSync(fileURLToPath(new URL('../..', import.meta.url)));

/**
 * `main` is there with the page, the `engine` follows when an uploader is made, the `worker` when a file is uploaded;
 * `fallback`s load only where the worker can't.
 *
 * @typedef {'main' | 'engine' | 'worker' | 'fallback'} Kind
 */

/**
 * @param {string[]} names what the application imports
 * @param {string} [entry] the library's entry file
 * @returns {Promise<{ files: { name: string, kind: Kind, raw: number, gzip: number }[], main: number, total: number }>}
 */
export async function measure(names, entry = `${ROOT}/dist/index.js`) {
  const code = `import { ${names} } from 'oss-resumable'; globalThis.application = [${names}];`;
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
      rolldownOptions: { input: 'application.js' },
    },
  });
  const output = /** @type {import('vite').Rolldown.RolldownOutput} */ (Array.isArray(built) ? built[0] : built).output;
  const chunks = new Map(output.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file]] : [])));
  /** These chunks, and what they import statically. @param {Iterable<string>} names */
  const withImports = (names) => {
    const all = new Set(names);
    for (const name of all) for (const imported of chunks.get(name)?.imports ?? []) all.add(imported);
    return all;
  };
  const main = withImports([...chunks.values()].filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName));
  const engine = withImports([...main].flatMap((name) => chunks.get(name)?.dynamicImports ?? []));
  /** @type {(name: string) => Kind} */
  const kindOf = (name) =>
    main.has(name) ? 'main' : engine.has(name) ? 'engine' : /\.worker-[\w-]+\.js$/.test(name) ? 'worker' : 'fallback';
  const files = output.map((file) => {
    const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source);
    return { name: file.fileName, kind: kindOf(file.fileName), raw: bytes.length, gzip: gzipSync(bytes).length };
  });
  const sum = (/** @type {Kind[]} */ ...kinds) =>
    files.filter((file) => kinds.includes(file.kind)).reduce((bytes, file) => bytes + file.gzip, 0);
  return { files, main: sum('main'), total: sum('main', 'engine', 'worker') };
}

if (process.argv[1] && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url))) {
  if (!existsSync(`${ROOT}/dist/index.js`)) {
    console.error('There is no dist/index.js: run `npm run build` first.');
    process.exit(1);
  }
  const { files, main, total } = await measure(['createUploader']);
  const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(2)} KB`.padStart(9);
  for (const file of files) console.log(`${file.kind.padEnd(9)}${kilobytes(file.gzip)} gzip ${kilobytes(file.raw)} minified  ${file.name}`);
  console.log(`main     ${kilobytes(main)} of ${kilobytes(BUDGET.main).trim()}`);
  console.log(`total    ${kilobytes(total)} of ${kilobytes(BUDGET.total).trim()} (main, engine and worker: what one upload loads)`);
  if (main > BUDGET.main || total > BUDGET.total) {
    console.error('Over budget.');
    process.exitCode = 1;
  }
}
