/**
 * What a page downloads for `import { createUploader } from 'oss-resumable'`, dependencies included, and what each
 * subpath adds to that: minified by vite as an application would, and gzipped. The entries for servers, and the standalone files as they are.
 * `npm run size` prints all of it after `npm run build`.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, parseSync } from 'vite';

const ROOT = realpathSync(fileURLToPath(new URL('../..', import.meta.url)));
const DIST = `${ROOT}/dist`;
const NAME = 'oss-resumable';
const KiB = 1024;

/**
 * Bytes, gzipped. `main` is what loads with the page; `total` adds what an upload loads: the hashing worker. `signer` is
 * what an upload loads besides that is signed by a server; it needs no code for credentials, which is in `main`.
 * A ratchet: what is measured today plus a little, so that growth is noticed; lower it whenever the code gets smaller.
 */
export const BUDGET = { main: 36.6 * KiB, total: 40 * KiB, signer: 2.25 * KiB };

/**
 * Bytes, gzipped, that a subpath may add to a page that has the core.
 *
 * @type {Record<string, number>}
 */
export const ADDED_BUDGET = {
  antd: 1.5 * KiB,
  'element-plus': 1.5 * KiB,
  filepond: 1.5 * KiB,
  react: 1.5 * KiB,
  uppy: 1.53 * KiB,
  vue: 1.5 * KiB,
  element: 20.6 * KiB,
  ...Object.fromEntries(['de', 'es', 'fr', 'ja', 'ko', 'pt-BR', 'zh-TW'].map((language) => [`element/locales/${language}`, 1.25 * KiB])),
};

/**
 * Bytes, gzipped, of the files that hold everything. A ratchet, as above.
 *
 * @type {Record<string, number>}
 */
export const STANDALONE_BUDGET = { 'standalone.js': 67 * KiB, 'standalone.iife.js': 67 * KiB };

/**
 * Bytes, gzipped, of what servers import, each with all that it needs but spark-md5 (3 KB). It matters where a server is uploaded as one
 * script, as for Workers. A ratchet, as above.
 *
 * @type {Record<string, number>}
 */
export const SERVER_BUDGET = { server: 11 * KiB, 'server/verify-callback': 2.32 * KiB };

/**
 * `main` is there with the page, the `worker` follows when a file is uploaded, the `signer` where a server signs; `fallback`s load only where
 * the worker can't.
 *
 * @typedef {'main' | 'worker' | 'signer' | 'fallback'} Kind
 */

/**
 * Leaves out vite's helper for lazy imports, which inserts `<link>`s for style sheets. It is the bundler's, not ours: an application has
 * it once for all of its lazy imports, we have no style sheets, and other bundlers add something else.
 *
 * @type {import('vite').Plugin}
 */
const withoutPreloadHelper = {
  name: 'without-preload-helper',
  enforce: 'pre',
  load: {
    filter: { id: /vite\/preload-helper/ },
    handler: () => 'export const __vitePreload = (load) => load();',
  },
};

/**
 * @param {Record<string, string[]>} imports what the application imports, by module: `oss-resumable`, `oss-resumable/antd`
 * @param {string} [dist] the folder of the built library
 * @param {RegExp} [external] what isn't counted: frameworks, which are there before their adapters
 * @returns {Promise<{ files: { name: string, kind: Kind, raw: number, gzip: number }[], main: number, total: number, signer: number }>}
 */
export async function measure(imports, dist = DIST, external = /^(react|vue)(\/|$)/) {
  const all = Object.entries(imports).flatMap(([from, names]) => names.map((name) => ({ from, name })));
  const code = [
    ...Object.keys(imports).map((from) => `import '${from}';`),
    ...all.map(({ from, name }, index) => `import { ${name} as x${index} } from '${from}';`),
    `globalThis.application = [${all.map((_, index) => `x${index}`)}];`,
  ].join('\n');
  const built = await build({
    configFile: false,
    root: ROOT,
    publicDir: false,
    logLevel: 'silent',
    resolve: {
      alias: [
        { find: new RegExp(`^${NAME}$`), replacement: `${dist}/index.js` },
        { find: new RegExp(`^${NAME}/(.+)$`), replacement: `${dist}/$1.js` },
      ],
    },
    worker: { format: 'es' },
    plugins: [
      {
        name: 'application',
        resolveId: (id) => (id === 'application.js' ? '\0application.js' : null),
        load: (id) => (id === '\0application.js' ? code : null),
      },
      withoutPreloadHelper,
    ],
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: 'application.js', external },
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
  /** @type {(name: string) => Kind} */
  const kindOf = (name) => {
    if (main.has(name)) return 'main';
    if (/\bauthorize-remotely-[\w-]+\.js$/.test(name)) return 'signer';
    return /\.worker-[\w-]+\.js$/.test(name) ? 'worker' : 'fallback';
  };
  const files = output.map((file) => {
    const bytes = Buffer.from(file.type === 'chunk' ? file.code : file.source);
    return { name: file.fileName, kind: kindOf(file.fileName), raw: bytes.length, gzip: gzipSync(bytes).length };
  });
  const sum = (/** @type {Kind[]} */ ...kinds) =>
    files.filter((file) => kinds.includes(file.kind)).reduce((bytes, file) => bytes + file.gzip, 0);
  return { files, main: sum('main'), total: sum('main', 'worker'), signer: sum('signer') };
}

/**
 * Bytes, gzipped, that a subpath adds to a page that has the core (a language: to a page with the element), if the page uses all of it.
 *
 * @param {string} subpath `antd`
 * @param {string} [dist] the folder of the built library
 */
export async function measureAdded(subpath, dist = DIST) {
  const names = exportsOf(subpath, dist);
  const isLocale = subpath.startsWith('element/');
  // The element also uses these functions of the core, for folders and for file handles. A language is added to the element.
  const core = {
    [NAME]: ['createUploader', ...(subpath.startsWith('element') ? ['collectFiles', 'fileFromHandle'] : [])],
    ...(isLocale ? { [`${NAME}/element`]: ['addMessages', 'defineOssUpload', 'OssUploadElement'] } : {}),
  };
  const [without, complete] = await Promise.all([measure(core, dist), measure({ ...core, [`${NAME}/${subpath}`]: names }, dist)]);
  return complete.total - without.total;
}

/**
 * Bytes, gzipped, of everything that an entry for servers exports.
 *
 * @param {string} subpath `server`
 * @param {string} [dist] the folder of the built library
 */
export async function measureServer(subpath, dist = DIST) {
  const { total } = await measure({ [`${NAME}/${subpath}`]: exportsOf(subpath, dist) }, dist, /^spark-md5$/);
  return total;
}

/** @param {string} subpath @param {string} dist */
function exportsOf(subpath, dist) {
  const file = `${dist}/${subpath}.js`;
  const { module } = parseSync(file, readFileSync(file, 'utf8'));
  return module.staticExports.flatMap(({ entries }) => entries.map(({ exportName }) => exportName.name ?? 'default'));
}

/**
 * @param {string} file `standalone.js`
 * @param {string} [dist] the folder of the built library
 */
export const gzippedSize = (file, dist = DIST) => gzipSync(readFileSync(`${dist}/${file}`)).length;

async function print() {
  const kilobytes = (/** @type {number} */ bytes) => `${(bytes / KiB).toFixed(2)} KB`.padStart(9);
  let isOver = false;
  const row = (/** @type {string} */ title, /** @type {number} */ size, /** @type {number} */ budget, remark = '') => {
    isOver ||= size > budget;
    console.log(`${title.padEnd(24)}${kilobytes(size)} of ${kilobytes(budget)}${size > budget ? '  OVER' : ''}${remark && `  ${remark}`}`);
  };
  const { files, main, total, signer } = await measure({ [NAME]: ['createUploader'] });
  for (const file of files) {
    console.log(`${file.kind.padEnd(24)}${kilobytes(file.gzip)} gzip ${kilobytes(file.raw)} minified  ${file.name}`);
  }
  console.log();
  row('main', main, BUDGET.main);
  row('total', total, BUDGET.total, '(main and worker: what one upload loads)');
  row('+ signer', signer, BUDGET.signer, '(where a server signs)');
  for (const [subpath, budget] of Object.entries(ADDED_BUDGET)) row(`+ ${subpath}`, await measureAdded(subpath), budget);
  for (const [subpath, budget] of Object.entries(SERVER_BUDGET)) row(subpath, await measureServer(subpath), budget);
  for (const [file, budget] of Object.entries(STANDALONE_BUDGET)) row(file, gzippedSize(file), budget);
  if (isOver) {
    console.error('Over budget.');
    process.exitCode = 1;
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url))) {
  if (existsSync(`${DIST}/index.js`)) await print();
  else {
    console.error('There is no dist/index.js: run `npm run build` first.');
    process.exitCode = 1;
  }
}
