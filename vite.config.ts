/**
 * One configuration for everything vite does here:
 *
 * - `vite build`              the library: `dist/*.js`, `dist/hash.worker.js`, source maps
 * - `vite build --mode demo`  the demo page as static files: `demo/dist/`
 * - `demo/start.mjs`          the demo page's dev server (mode `demo`)
 * - `vitest`                  the projects unit, conformance, packaging, browser, browser-firefox and webkit
 *
 * End-to-end tests are Playwright's: `test/e2e/playwright.config.ts`.
 */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { type PlaywrightProviderOptions, playwright } from '@vitest/browser-playwright';
import { build, type Plugin, type Rolldown } from 'vite';
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import pkg from './package.json' with { type: 'json' };
import { CHROMIUM_ARGS, FIREFOX_CHANNEL, findChromium, findFirefox, findWebKit } from './test/browsers.mjs';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Each entry becomes `dist/<name>.js`, and each but the first is a subpath in package.json's `exports`. */
const LIBRARY_ENTRIES: Record<string, string> = {
  index: path('./src/index.ts'),
  element: path('./src/element/index.ts'),
  ...Object.fromEntries(
    ['antd', 'element-plus', 'filepond', 'react', 'uppy', 'vue'].map((name) => [name, path(`./src/adapters/${name}.ts`)]),
  ),
};

/** The same by the names that applications import. */
const LIBRARY_ALIASES = Object.entries(LIBRARY_ENTRIES).map(([name, replacement]) => ({
  find: new RegExp(name === 'index' ? '^oss-resumable$' : `^oss-resumable/${name}$`),
  replacement,
}));

/** What an application's bundler finds by itself: our dependencies and the frameworks that adapters are for. */
const isExternal = (id: string): boolean =>
  [...Object.keys(pkg.dependencies), ...Object.keys(pkg.peerDependencies)].some((name) => id === name || id.startsWith(`${name}/`));

/** The pages of the demo's gallery. */
const examplePages = (): string[] =>
  readdirSync(path('./demo/gallery'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path(`./demo/gallery/${name}/index.html`));

const dependencies = Object.keys(pkg.dependencies);
const chromium = findChromium();
const firefox = findFirefox();

export default defineConfig(({ command, mode }) => ({
  ...(mode === 'demo' ? { root: path('./demo') } : {}),
  ...(command === 'build' && mode !== 'demo' ? { publicDir: false, plugins: [hashWorker()] } : {}),
  ...(mode === 'demo' ? { plugins: [vue()] } : {}),
  resolve: {
    alias: command === 'build' && mode !== 'demo' ? [] : LIBRARY_ALIASES,
  },
  // Found while a page is open, a dependency would reload it in the middle of an upload or a test.
  optimizeDeps: { include: dependencies },
  worker: { format: 'es' },
  build:
    mode === 'demo'
      ? {
          outDir: path('./demo/dist'),
          emptyOutDir: true,
          target: 'es2022',
          rolldownOptions: { input: [path('./demo/index.html'), ...examplePages()] },
        }
      : {
          lib: { entry: LIBRARY_ENTRIES, formats: ['es'] },
          target: 'es2022',
          // Left readable: applications minify, and a stack trace in a bug report says where it comes from.
          minify: false,
          sourcemap: true,
          rolldownOptions: {
            external: isExternal,
            output: {
              entryFileNames: '[name].js',
              // What index.js and engine.js have in common is named by neither.
              chunkFileNames: ({ isDynamicEntry }) => (isDynamicEntry ? '[name].js' : 'shared.js'),
            },
          },
        },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], environment: 'node', testTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'packaging',
          include: ['test/packaging/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      browserProject('browser', 'chromium', { ...(chromium ? { executablePath: chromium } : {}), args: CHROMIUM_ARGS }),
      // Where one of these is missing, `test/run.mjs` says so.
      ...(firefox ? [browserProject('browser-firefox', 'firefox', { executablePath: firefox, channel: FIREFOX_CHANNEL })] : []),
      ...(findWebKit()
        ? [
            {
              extends: true as const,
              test: {
                name: 'webkit',
                include: ['test/webkit/**/*.test.ts'],
                environment: 'node' as const,
                testTimeout: 60_000,
                hookTimeout: 60_000,
              },
            },
          ]
        : []),
    ],
  },
}));

/** The tests of `test/browser` in one browser. Each project has an embedded OSS of its own; together they run one after the other. */
function browserProject(
  name: string,
  browser: 'chromium' | 'firefox',
  launchOptions: NonNullable<PlaywrightProviderOptions['launchOptions']>,
): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: ['test/browser/**/*.test.ts'],
      exclude: [...configDefaults.exclude, ...(browser === 'chromium' ? [] : ['test/browser/chromium/**'])],
      globalSetup: ['test/browser/setup.ts'],
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
 * Gives the published library its hashing worker in the two forms that applications can load:
 *
 * - `dist/hash.worker.js`, self-contained. The source's `new URL('./worker.ts', import.meta.url)` becomes
 *   `new URL('./hash.worker.js', import.meta.url)`, literally, because that expression is what vite, webpack and
 *   rspack look for. Vite's own lib mode would make it an absolute `/assets/…` URL.
 * - The same text as `workerSource` of `src/hash/worker-inline.ts`, for hosts where that URL can't be loaded.
 */
function hashWorker(): Plugin {
  const fileName = 'hash.worker.js';
  const reference = /new URL\(\s*(['"])\.\/worker\.(?:ts|js)\1\s*,\s*import\.meta\.url\s*\)/g;
  // Hides the expression from vite's asset and worker plugins between `transform` and `renderChunk`.
  const placeholder = '__OSS_RESUMABLE_HASH_WORKER_URL__';
  let worker: Rolldown.OutputChunk;
  return {
    name: 'oss-resumable:hash-worker',
    apply: 'build',
    enforce: 'pre',
    async buildStart() {
      const built = await build({
        configFile: false,
        root: path('.'),
        publicDir: false,
        logLevel: 'warn',
        build: {
          write: false,
          // An IIFE runs in a module worker and in a classic one.
          lib: { entry: path('./src/hash/worker.ts'), formats: ['iife'], name: 'ossResumableHashWorker', fileName: () => fileName },
          target: 'es2022',
          minify: true,
          sourcemap: 'hidden',
        },
      });
      const output = (Array.isArray(built) ? built[0] : (built as Rolldown.RolldownOutput))?.output[0];
      if (output?.type !== 'chunk') throw new Error('The worker did not build into one chunk.');
      worker = output;
    },
    load: {
      filter: { id: /\/src\/hash\/worker-inline\.ts$/ },
      handler: () => `export const workerSource = ${JSON.stringify(worker.code.trim())};\n`,
    },
    transform: {
      filter: { id: /\/src\/hash\/.*\.ts$/ },
      handler: (code) => (code.match(reference) ? { code: code.replaceAll(reference, placeholder), map: null } : null),
    },
    renderChunk(code) {
      if (!code.includes(placeholder)) return null;
      return { code: code.replaceAll(placeholder, `new URL('./${fileName}', import.meta.url)`), map: null };
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source: `${worker.code.trim()}\n//# sourceMappingURL=${fileName}.map\n` });
      if (worker.map) this.emitFile({ type: 'asset', fileName: `${fileName}.map`, source: worker.map.toString() });
    },
  };
}
