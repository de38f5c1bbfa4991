/**
 * One configuration for everything vite does here:
 *
 * - `vite build`              the library: `dist/*.js`, `dist/hash.worker.js`, `dist/standalone*.js`, source maps
 * - `vite build --mode demo`  the demo page and the gallery as static files: `demo/dist/`
 * - `demo/start.mjs`          their dev servers (modes `demo` and `gallery`)
 * - `vitest`                  the projects unit, conformance, packaging, browser, browser-firefox and webkit
 *
 * End-to-end tests are Playwright's: `test/e2e/playwright.config.ts`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { type PlaywrightProviderOptions, playwright } from '@vitest/browser-playwright';
import { type BuildOptions, build, type LibraryOptions, type Plugin, type Rolldown, transformWithOxc } from 'vite';
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { installPackages } from './demo/install-packages.mjs';
import pkg from './package.json' with { type: 'json' };
import { CHROMIUM_ARGS, FIREFOX_CHANNEL, findChromium, findFirefox, findWebKit } from './test/browsers.mjs';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Languages of `<oss-upload>` that a page imports by itself; English and simplified Chinese are in the element. */
const LOCALES = ['de', 'es', 'fr', 'ja', 'ko', 'pt-BR', 'zh-TW'];

/** Each entry becomes `dist/<name>.js`, and each but the first is a subpath in package.json's `exports`. */
const LIBRARY_ENTRIES: Record<string, string> = {
  index: path('./src/index.ts'),
  element: path('./src/element/index.ts'),
  ...Object.fromEntries(
    ['antd', 'element-plus', 'filepond', 'react', 'uppy', 'vue'].map((name) => [name, path(`./src/adapters/${name}.ts`)]),
  ),
  ...Object.fromEntries(LOCALES.map((name) => [`element/locales/${name}`, path(`./src/element/locales/${name}.ts`)])),
  emulator: path('./src/emulator/index.ts'),
};

const EMULATOR = path('./src/emulator/');

/** The command `oss-resumable`: a script that nobody imports. */
const COMMAND = { cli: `${EMULATOR}cli.ts` };

/** Built apart: they sign as the client does, and pages would otherwise load the code that both use as a file of its own. */
const SERVER = {
  server: path('./src/server/index.ts'),
  'server/verify-callback': path('./src/server/verify-callback.ts'),
};

/** The entries under the names that applications import. */
const LIBRARY_ALIASES = Object.entries({ ...LIBRARY_ENTRIES, ...SERVER }).map(([name, replacement]) => ({
  find: new RegExp(name === 'index' ? '^oss-resumable$' : `^oss-resumable/${name}$`),
  replacement,
}));

/** Left to the application's bundler: our dependencies, and the frameworks of the adapters. And Node, for the emulator. */
const isExternal = (id: string): boolean =>
  id.startsWith('node:') ||
  [...Object.keys(pkg.dependencies), ...Object.keys(pkg.peerDependencies)].some((name) => id === name || id.startsWith(`${name}/`));

const GALLERY = path('./demo/gallery');

/** The pages of the demo's gallery. */
const examplePages = (): string[] =>
  readdirSync(GALLERY, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => `${GALLERY}/${name}/index.html`);

/** For the gallery's pages: installs their widgets, and keeps the import that defines `<oss-upload>`: package.json lists only `dist` as having side effects. */
const gallery: Plugin = {
  name: 'oss-resumable:gallery',
  apply: 'build',
  enforce: 'pre',
  buildStart: () => installPackages(GALLERY, 'the widgets of the gallery'),
  resolveId: {
    filter: { id: /\/src\/element\/index\.ts$/ },
    handler: (id) => ({ id, moduleSideEffects: true }),
  },
  // A hundred modules of Ant Design begin with "use client".
  onLog: (_level, { code }) => code !== 'MODULE_LEVEL_DIRECTIVE',
};

/** The names of the chunks that several adapters share, and all languages. */
const ADAPTERS = 'adapters';
const MESSAGES = 'messages';
/** What the library and its fallback for hashing share. */
const HASHING = 'hashing';

/** No CSS is rewritten for older browsers: `light-dark()` would then miss the `color-scheme` of the page around `<oss-upload>`. */
const CSS_TARGET = 'esnext';

const dependencies = Object.keys(pkg.dependencies);
const chromium = findChromium();
const firefox = findFirefox();

/** `npm test` leaves what this library alone decides to `npm run test:browser`. */
const NOT_IN_FIREFOX = [
  'test/browser/chromium/**',
  ...(process.env.REPETITIONS === 'few'
    ? ['control-campaign', 'control-turns', 'errors', 'fuzz', 'requester-pays'].map((name) => `test/browser/${name}.test.ts`)
    : []),
];

export default defineConfig(({ command, mode }) => ({
  ...(mode === 'demo' ? { root: path('./demo'), plugins: [gallery, vue()] } : {}),
  ...(mode === 'gallery' ? { root: GALLERY, plugins: [vue()], server: { fs: { allow: [path('.')] } } } : {}),
  ...(command === 'build' && mode !== 'demo'
    ? { publicDir: false, plugins: [publicSurface(), packedLocales(), hashWorker(), standalone(), server()] }
    : {}),
  resolve: {
    alias: command === 'build' && mode !== 'demo' ? [] : LIBRARY_ALIASES,
    // The gallery's pages and the adapters, which are sources here, share one copy.
    dedupe: ['react', 'react-dom', 'vue'],
  },
  // A dependency that is discovered while a page is open would reload it in the middle of an upload or a test.
  optimizeDeps: { include: dependencies, ...(mode === 'demo' ? { entries: ['index.html'] } : {}) },
  worker: { format: 'es' },
  build:
    mode === 'demo'
      ? {
          outDir: path('./demo/dist'),
          emptyOutDir: true,
          target: 'es2022',
          cssTarget: CSS_TARGET,
          rolldownOptions: { input: [path('./demo/index.html'), ...examplePages()] },
        }
      : {
          lib: { entry: { ...LIBRARY_ENTRIES, ...COMMAND }, formats: ['es'] },
          target: 'es2022',
          // Left readable: applications minify, and stack traces in bug reports stay meaningful.
          minify: false,
          // But an application's minifier doesn't touch the style sheet, which is a text in JavaScript.
          cssMinify: true,
          cssTarget: CSS_TARGET,
          sourcemap: true,
          rolldownOptions: {
            external: isExternal,
            output: {
              entryFileNames: '[name].js',
              banner: ({ name }) => (name in COMMAND ? '#!/usr/bin/env node' : ''),
              // These chunks are named here, because no entry gives them a name.
              chunkFileNames: ({ name, isDynamicEntry }) =>
                isDynamicEntry || [ADAPTERS, MESSAGES, HASHING].includes(name) ? '[name].js' : 'shared.js',
              codeSplitting: {
                groups: [
                  { name: ADAPTERS, test: /[\\/]src[\\/]adapters[\\/]/, minShareCount: 2 },
                  { name: HASHING, test: /[\\/]src[\\/]core[\\/](yield-to-page|crc64-combine)\.ts$/, minShareCount: 2 },
                  { name: MESSAGES, test: /[\\/]locales[\\/]to-messages\.ts$/ },
                ],
              },
            },
          },
        },
  test: {
    projects: [
      nodeProject('unit', 30),
      nodeProject('conformance', 60),
      nodeProject('packaging', 120),
      browserProject('browser', 'chromium', { ...(chromium ? { executablePath: chromium } : {}), args: CHROMIUM_ARGS }),
      // `test/run.mjs` reports missing browsers.
      ...(firefox ? [browserProject('browser-firefox', 'firefox', { executablePath: firefox, channel: FIREFOX_CHANNEL })] : []),
      ...(findWebKit() ? [nodeProject('webkit', 60)] : []),
    ],
  },
}));

/** The tests of `test/<name>` in Node. */
function nodeProject(name: string, seconds: number): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      environment: 'node',
      testTimeout: seconds * 1000,
      hookTimeout: seconds * 1000,
    },
  };
}

/** The tests of `test/browser` in one browser. Each project has its own embedded OSS, and they run one after the other. */
function browserProject(
  name: string,
  browser: 'chromium' | 'firefox',
  launchOptions: NonNullable<PlaywrightProviderOptions['launchOptions']>,
): TestProjectInlineConfiguration {
  return {
    extends: true,
    // Separate, because both may run at the same time.
    cacheDir: path(`./node_modules/.vite/${name}`),
    test: {
      name,
      include: ['test/browser/**/*.test.ts'],
      exclude: [...configDefaults.exclude, ...(browser === 'chromium' ? [] : NOT_IN_FIREFOX)],
      globalSetup: ['test/browser/setup.ts'],
      // See test/run.mjs.
      retry: process.env.CI ? 1 : 0,
      testTimeout: 30_000,
      hookTimeout: 30_000,
      expect: { poll: { timeout: 10_000 } },
      // One embedded OSS, one set of CORS rules and faults.
      fileParallelism: false,
      sequence: { groupOrder: browser === 'chromium' ? 1 : 2 },
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions }),
        instances: [{ browser }],
      },
    },
  };
}

/**
 * Adapters and `<oss-upload>` import the core as `../index.js` only. In the build that is `dist/index.js`, as for any other caller:
 * otherwise the core would be split by what each of them happens to use. The command imports the emulator in the same way.
 */
function publicSurface(): Plugin {
  return {
    name: 'oss-resumable:public-surface',
    apply: 'build',
    enforce: 'pre',
    resolveId: (source, importer) => {
      if (source === '../index.js') return { id: './index.js', external: 'relative' };
      return source === './index.js' && importer?.startsWith(EMULATOR) ? { id: './emulator.js', external: 'relative' } : null;
    },
  };
}

/** Publishes the languages of `<oss-upload>` as lists: the names of the texts, a third of a language, are stored once. */
function packedLocales(): Plugin {
  const locale = /[\\/]src[\\/]element[\\/]locales[\\/]([\w-]+)\.ts$/;
  const load = async (code: string): Promise<object> => (await import(`data:text/javascript,${encodeURIComponent(code)}`)).default;
  let names: string[];
  return {
    name: 'oss-resumable:packed-locales',
    apply: 'build',
    async buildStart() {
      const english = await transformWithOxc(readFileSync(path('./src/element/locales/en.ts'), 'utf8'), 'en.ts');
      names = Object.keys(await load(english.code));
    },
    transform: {
      filter: { id: locale },
      async handler(code, id) {
        if (id.endsWith('to-messages.ts')) return { code: code.replace(/names = (""|'')/, `names = '${names.join(' ')}'`), map: null };
        const messages = await load(code);
        if (Object.keys(messages).join() !== names.join()) throw new Error(`${id} has other texts than English, or in another order.`);
        const packed = `/* @__PURE__ */ toMessages(${JSON.stringify(Object.values(messages), null, 1)})`;
        return { code: `import { toMessages } from './to-messages.js';\nexport default ${packed};\n`, map: null };
      },
    },
  };
}

const WORKER_FILE = 'hash.worker.js';

/**
 * The parts of spark-md5 that the worker never calls: functions for strings, saved states, and fallbacks for browsers of ten years ago.
 * Minifiers can't remove them, and pages would load them. Parts that aren't found in another version stay in.
 */
const UNUSED_OF_SPARK_MD5 =
  /^ {4}(SparkMD5\.(hash|hashBinary|ArrayBuffer\.hash|prototype\.(?!_finish)\w+|ArrayBuffer\.prototype\.(getState|setState|destroy)) = (function .*[\s\S]*?^ {4}\};|.*;)|if \((hex|typeof ArrayBuffer).*[\s\S]*?^ {4}\})$/gm;

/** The wrapper that looks for a module system: here it is known. */
const WRAPPER_OF_SPARK_MD5 = /^\(function \(factory\) \{[\s\S]*?^\}\((?=function)/m;

/** Turns spark-md5 into an ES module: the code that bundlers add for CommonJS is an eighth of the whole worker. */
const sparkMd5AsModule: Plugin = {
  name: 'oss-resumable:spark-md5-as-module',
  transform: {
    filter: { id: /\/spark-md5\/spark-md5\.js$/ },
    handler: (code) => {
      // Lines keep their numbers for the source map: removed ones become empty, and the added code shares the first line.
      const blank = (lines: string): string => lines.replace(/.+/g, '');
      const factory = code.replace(UNUSED_OF_SPARK_MD5, blank).replace(WRAPPER_OF_SPARK_MD5, blank);
      return { code: `export default (((factory) => factory())(${factory}`, map: null };
    },
  },
};

/** Builds without writing files. */
async function buildInMemory(options: BuildOptions, plugins: Plugin[] = []): Promise<Rolldown.RolldownOutput['output']> {
  const built = await build({
    configFile: false,
    root: path('.'),
    publicDir: false,
    logLevel: 'warn',
    plugins,
    build: { write: false, target: 'es2022', cssTarget: CSS_TARGET, sourcemap: 'hidden', ...options },
  });
  return ((Array.isArray(built) ? built[0] : built) as Rolldown.RolldownOutput).output;
}

/** Builds one self-contained, minified script. */
async function buildScript(lib: LibraryOptions & { fileName: () => string }, plugins: Plugin[] = []): Promise<Rolldown.OutputChunk> {
  const rolldownOptions = { output: { codeSplitting: false, minify: true } };
  const output = await buildInMemory({ lib, minify: true, rolldownOptions }, [sparkMd5AsModule, ...plugins]);
  if (output.length > 2) throw new Error(`${lib.fileName()} did not build into one file: ${output.map(({ fileName }) => fileName)}`);
  return output[0];
}

/** An IIFE runs in a module worker and in a classic one. */
const buildWorker = (): Promise<Rolldown.OutputChunk> =>
  buildScript({ entry: path('./src/hash/worker.ts'), formats: ['iife'], name: 'ossResumableHashWorker', fileName: () => WORKER_FILE });

/** Emits a script next to the library's files, with its source map. */
function emitScript(context: Rolldown.PluginContext, fileName: string, { code, map }: Rolldown.OutputChunk): void {
  context.emitFile({ type: 'asset', fileName, source: `${code.trim()}\n//# sourceMappingURL=${basename(fileName)}.map\n` });
  if (map) context.emitFile({ type: 'asset', fileName: `${fileName}.map`, source: map.toString() });
}

/** Fills the module that has the worker's script as a text. */
const inlineWorker = (worker: () => Rolldown.OutputChunk): Pick<Plugin, 'load'> => ({
  load: {
    filter: { id: /\/src\/hash\/worker-source\.ts$/ },
    handler: () => `export const workerSource = ${JSON.stringify(worker().code.trim())};\n`,
  },
});

/**
 * Adds the hashing worker to the published library, in the two forms that applications can load:
 *
 * - `dist/hash.worker.js`, self-contained. The source's `new URL('./worker.ts', import.meta.url)` becomes
 *   `new URL('./hash.worker.js', import.meta.url)`, literally, because that expression is what vite, webpack and
 *   rspack look for. Vite's own lib mode would make it an absolute `/assets/…` URL.
 * - The same script as the text `workerSource` of `src/hash/worker-source.ts`, for hosts where that URL can't be loaded.
 */
function hashWorker(): Plugin {
  const reference = /new URL\(\s*(['"])\.\/worker\.(?:ts|js)\1\s*,\s*import\.meta\.url\s*\)/g;
  // Hides the expression from vite's asset and worker plugins between `transform` and `renderChunk`.
  const placeholder = '__OSS_RESUMABLE_HASH_WORKER_URL__';
  let worker: Rolldown.OutputChunk;
  return {
    name: 'oss-resumable:hash-worker',
    apply: 'build',
    enforce: 'pre',
    async buildStart() {
      worker = await buildWorker();
    },
    ...inlineWorker(() => worker),
    transform: {
      filter: { id: /\/src\/hash\/.*\.ts$/ },
      handler: (code) => (code.match(reference) ? { code: code.replaceAll(reference, placeholder), map: null } : null),
    },
    renderChunk(code) {
      if (!code.includes(placeholder)) return null;
      return { code: code.replaceAll(placeholder, `new URL('./${WORKER_FILE}', import.meta.url)`), map: null };
    },
    generateBundle() {
      emitScript(this, WORKER_FILE, worker);
    },
  };
}

/**
 * Builds `src/standalone.ts` into one file with everything it needs, dependencies and worker included: as a module, and as a classic
 * script. Neither looks for the worker's file: loaded from a CDN, it could not be a worker of the page anyway.
 */
function standalone(): Plugin {
  const formats: Record<string, 'es' | 'iife'> = { 'standalone.js': 'es', 'standalone.iife.js': 'iife' };
  return {
    name: 'oss-resumable:standalone',
    apply: 'build',
    async generateBundle() {
      const worker = await buildWorker();
      const inline: Plugin = { name: 'oss-resumable:inline-worker', enforce: 'pre', ...inlineWorker(() => worker) };
      const noFile: Plugin = {
        name: 'oss-resumable:no-worker-file',
        enforce: 'pre',
        load: {
          filter: { id: /\/src\/hash\/worker-file\.ts$/ },
          handler: () => `export const startWorkerFile = () => { throw new Error('There is no other file.'); };\n`,
        },
      };
      for (const [fileName, format] of Object.entries(formats)) {
        const lib = { entry: path('./src/standalone.ts'), formats: [format], name: 'OssResumable', fileName: () => fileName };
        emitScript(this, fileName, await buildScript(lib, [inline, noFile, packedLocales()]));
      }
    },
  };
}

/** Builds the entries of `src/server` into readable files that import only our dependencies, and what both need: `server/shared.js`. */
function server(): Plugin {
  return {
    name: 'oss-resumable:server',
    apply: 'build',
    async generateBundle() {
      const output = await buildInMemory({
        lib: { entry: SERVER, formats: ['es'] },
        minify: false,
        rolldownOptions: { external: isExternal, output: { entryFileNames: '[name].js', chunkFileNames: 'server/shared.js' } },
      });
      for (const file of output) if (file.type === 'chunk') emitScript(this, file.fileName, file);
    },
  };
}
