/** Builds every page once, with the built library; each worker serves them with its own embedded OSS. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { build } from 'vite';
import { installPackages } from '../../demo/install-packages.mjs';
import { recipes } from './recipes.js';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const DIST = path('../../dist');
const GALLERY = path('../../demo/gallery');
const PAGES = path('./pages');
const INSTALLED = path('./node_modules');
const REACT18 = path('./react18');

/** Gallery pages that are also built with an older version of their widget: name of the variant → page and aliases. */
const VARIANTS: Record<string, { page: string; alias: Record<string, string> }> = {
  antd5: { page: 'antd', alias: { antd: path('./node_modules/antd5') } },
  react18: { page: 'react', alias: { react: `${REACT18}/node_modules/react`, 'react-dom': `${REACT18}/node_modules/react-dom` } },
  uppy5: {
    page: 'uppy',
    alias: Object.fromEntries(
      ['core', 'dashboard', 'golden-retriever'].flatMap((name) => [
        [`@uppy/${name}/css`, `${INSTALLED}/@uppy/${name}/dist`],
        [`@uppy/${name}`, `${INSTALLED}/@uppy/${name}`],
      ]),
    ),
  },
};

/** The pages here use the gallery's widgets. Packages with the same name that are installed here are older. */
const NEWEST = Object.fromEntries(
  ['@uppy/core', 'antd', 'element-plus', 'filepond'].map((name) => [name, `${GALLERY}/node_modules/${name}`]),
);

/** Pages that need the development build of their framework: React mounts twice under StrictMode, and both warn about misuse. */
const DEVELOPMENT = ['react-life', 'vue-life'];

export default async function globalSetup(): Promise<() => Promise<void>> {
  if (!existsSync(`${DIST}/index.js`)) throw new Error('There is no dist/index.js: run `npm run build` first.');
  await installPackages(GALLERY, 'the widgets of the gallery');
  await installPackages(path('.'), 'older widgets and those of the recipes');
  await installPackages(REACT18, 'React 18');
  const folder = await mkdtemp(join(tmpdir(), 'oss-resumable-widgets-'));
  await buildPages(GALLERY, await pagesOf(GALLERY), join(folder, 'gallery'));
  const pages = await pagesOf(PAGES);
  await buildPages(
    PAGES,
    pages.filter((name) => !DEVELOPMENT.includes(name)),
    join(folder, 'pages'),
    NEWEST,
  );
  await buildPages(
    PAGES,
    pages.filter((name) => DEVELOPMENT.includes(name)),
    join(folder, 'development'),
    {},
    { 'process.env.NODE_ENV': '"development"' },
  );
  const examples = await pagesOf(GALLERY);
  for (const [name, { page, alias }] of Object.entries(VARIANTS)) {
    if (examples.includes(page)) await buildPages(GALLERY, [page], join(folder, 'variants', name), alias);
  }
  if (wanted?.includes('demo') ?? true) await buildDemo(join(folder, 'demo'));
  process.env.WIDGETS_FOLDER = folder;
  return () => rm(folder, { recursive: true, force: true });
}

/** The same as `vite build --mode demo`, from the library's sources. */
async function buildDemo(outDir: string): Promise<void> {
  await build({ configFile: path('../../vite.config.ts'), mode: 'demo', base: './', logLevel: 'warn', build: { outDir } });
}

/** `WIDGETS_ONLY=antd,react` builds only these pages, to save time while working on them; `demo` is the first page with all of the gallery. */
const wanted = process.env.WIDGETS_ONLY?.split(',');

/** The folders with a page. */
async function pagesOf(root: string): Promise<string[]> {
  if (!existsSync(root)) return [];
  const folders = await readdir(root);
  return folders.filter((name) => existsSync(join(root, name, 'index.html')) && (!wanted || wanted.includes(name)));
}

/** `page` becomes `<outDir>/<page>/index.html`. */
async function buildPages(
  root: string,
  pages: string[],
  outDir: string,
  alias: Record<string, string> = {},
  define: Record<string, string> = {},
): Promise<void> {
  if (pages.length === 0) return;
  await build({
    configFile: false,
    root,
    base: './',
    logLevel: 'warn',
    plugins: [recipes(), vue()],
    define,
    resolve: {
      // An older widget has its own copy of its framework; a page must have only one.
      dedupe: ['react', 'react-dom', 'vue'],
      alias: [
        { find: /^oss-resumable$/, replacement: `${DIST}/index.js` },
        { find: /^oss-resumable\/(.+)$/, replacement: `${DIST}/$1.js` },
        ...Object.entries(alias).map(([find, replacement]) => ({ find, replacement })),
      ],
    },
    worker: { format: 'es' },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      chunkSizeWarningLimit: 10_000,
      rolldownOptions: {
        input: pages.map((page) => join(root, page, 'index.html')),
        // A hundred modules of Ant Design begin with "use client".
        onLog: (level, log, print) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && print(level, log),
      },
    },
  });
}
