/** The package as npm would publish it: packed, unpacked into an application's `node_modules`, and used from there. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { parseSync } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installPackages } from '../../demo/install-packages.mjs';
import { NAME, pack, unpack } from './pack.js';
import { ADDED_BUDGET, BUDGET, gzippedSize, measure, measureAdded, measureServer, SERVER_BUDGET, STANDALONE_BUDGET } from './size.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));

const execute = promisify(execFile);

/** Runs a tool that is installed here by Node; rejects with everything it printed. */
async function tool(cwd: string, script: string, ...args: string[]): Promise<string> {
  await installPackages(HERE, 'the checker of types');
  try {
    const { stdout } = await execute(process.execPath, [join(HERE, 'node_modules', script), ...args], { cwd, maxBuffer: 1 << 26 });
    return stdout;
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout: string; stderr: string };
    throw new Error(`${message}\n${stdout}\n${stderr}`);
  }
}

/** What only Node runs: they may import Node's own modules. */
const FOR_NODE = ['dist/emulator.js', 'dist/cli.js'];

interface Manifest {
  bin: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  unpkg: string;
  jsdelivr: string;
}

let application: string;
let tarball: string;
let packed: string[];
let installed: string;
let manifest: Manifest;

beforeAll(async () => {
  application = await realpath(await mkdtemp(join(tmpdir(), 'oss-resumable-package-')));
  tarball = await pack(application);
  installed = await unpack(tarball, application);
  packed = (await readdir(installed, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(installed.length + 1)
        .replaceAll('\\', '/'),
    );
  manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    await symlink(join(ROOT, 'node_modules', dependency), join(application, 'node_modules', dependency), 'junction');
  }
  await writeFile(join(application, 'package.json'), JSON.stringify({ name: 'application', private: true, type: 'module' }));
});

afterAll(async () => {
  if (application) await rm(application, { recursive: true, force: true });
});

const text = (file: string) => readFile(join(installed, file), 'utf8');

/** What a packed script imports, statically and dynamically. */
async function importsOf(file: string): Promise<string[]> {
  const code = await text(file);
  const { module } = parseSync(file, code);
  return [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])),
    ...module.dynamicImports
      .map(({ moduleRequest }) => code.slice(moduleRequest.start, moduleRequest.end))
      // What is put together at run time is an address of a file that the browser has been asked for before.
      .filter((written) => /^["']/.test(written))
      .map((written) => written.slice(1, -1)),
  ];
}

/** The library's: recipes have no source maps. */
const scripts = () => packed.filter((file) => file.startsWith('dist/') && file.endsWith('.js'));

describe('the packed package', () => {
  it('holds the library, its types, its documents and nothing else', () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        'package.json',
        'README.md',
        'README.zh-CN.md',
        'CHANGELOG.md',
        'LICENSE',
        'demo/README.md',
        'demo/sts-example.mjs',
        'demo/recipes/ali-oss-migration.ts',
        'src/README.md',
        'src/adapters/README.md',
        'src/element/README.md',
        'src/emulator/README.md',
        'src/server/README.md',
        'dist/index.js',
        'dist/index.d.ts',
      ]),
    );
    const pages = /^((demo|src|src\/adapters|src\/element|src\/emulator|src\/server)\/)?README(\.zh-CN)?\.md$/;
    const code = /^(dist\/.+(\.js|\.js\.map|\.d\.ts)|demo\/sts-example\.mjs|demo\/recipes\/.+)$/;
    const others = ['package.json', 'CHANGELOG.md', 'LICENSE'];
    expect(packed.filter((file) => !pages.test(file) && !code.test(file) && !others.includes(file))).toEqual([]);
  });

  it('holds every file its exports name', () => {
    const targets = Object.values(manifest.exports).flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)));
    targets.push(manifest.unpkg, manifest.jsdelivr, ...Object.values(manifest.bin));
    expect(targets.map((target) => target.replace('./', '')).filter((target) => !packed.includes(target))).toEqual([]);
  });

  it('has nothing for publint to say', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('has types that resolve for every ESM consumer', async () => {
    await tool(application, '@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'esm-only', '--no-color');
  });

  it('imports nothing at run time but its dependencies, its own files, and in an adapter what that is for', async () => {
    const missing: string[] = [];
    for (const file of scripts()) {
      for (const specifier of await importsOf(file)) {
        const found = specifier.startsWith('.')
          ? packed.includes(join(dirname(file), specifier).replaceAll('\\', '/'))
          : (specifier.startsWith('node:') && FOR_NODE.includes(file)) ||
            specifier in manifest.dependencies ||
            (specifier in manifest.peerDependencies && file === `dist/${specifier}.js`);
        if (!found) missing.push(`${file} imports ${specifier}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('has no two files that the build could only tell apart by a number', () => {
    expect(scripts().filter((file) => /\d\.js$/.test(file))).toEqual([]);
  });

  it('names no folder of the machine that built it', async () => {
    const folder = ROOT.replace(/[\\/]$/, '');
    const telling: string[] = [];
    for (const file of packed) if ((await text(file)).includes(folder)) telling.push(file);
    expect(telling).toEqual([]);
  });

  it('has a source map with its sources for every script', async () => {
    for (const file of scripts()) {
      const map = JSON.parse(await text(`${file}.map`)) as { sources: string[]; sourcesContent: (string | null)[] };
      expect(map.sources.length, file).toBeGreaterThan(0);
      expect(map.sourcesContent, file).toHaveLength(map.sources.length);
    }
  });
});

describe('the core', () => {
  it('is one file: what is loaded later is the worker, and what takes its place', async () => {
    const imports = new Set(await importsOf('dist/index.js'));
    expect([...imports].filter((name) => !name.startsWith('.')).sort()).toEqual(['idb-keyval', 'ky']);
    const later = [...(await text('dist/index.js')).matchAll(/\bimport\(["'](.+?)["']\)/g)].map(([, file]) => file);
    expect(later.sort()).toEqual(['./authorize-remotely.js', './local.js', './worker-inline.js']);
  });
});

describe('the hashing worker', () => {
  it('is a file of its own that imports nothing', async () => {
    expect(packed).toContain('dist/hash.worker.js');
    expect(await importsOf('dist/hash.worker.js')).toEqual([]);
  });

  it('is named by the expression that bundlers look for', async () => {
    const holders: string[] = [];
    for (const file of scripts()) {
      if (/new Worker\(\s*new URL\((["'])\.\/hash\.worker\.js\1, import\.meta\.url\),/.test(await text(file))) holders.push(dirname(file));
    }
    expect(holders).toEqual(['dist']);
  });

  it('computes MD5 without what the build leaves out of spark-md5', async () => {
    const replies: unknown[] = [];
    const scope: Record<string, unknown> = {
      AbortController,
      Blob,
      MessageChannel,
      btoa,
      performance,
      postMessage: (reply: unknown) => replies.push(reply),
    };
    runInContext(await text('dist/hash.worker.js'), createContext(scope));
    const ask = scope.onmessage as (event: { data: object }) => Promise<void>;
    for (const [id, size] of [0, 1, 55, 56, 63, 64, 65, 200_001].entries()) {
      const bytes = Uint8Array.from({ length: size }, (_, index) => index * 31);
      await ask({ data: { type: 'digest', id, blob: new Blob([bytes]), wanted: { crc64: false, md5: true } } });
      const md5 = createHash('md5').update(bytes).digest('base64');
      expect(replies.at(-1)).toMatchObject({ type: 'done', id, result: { md5 } });
    }
    await ask({ data: { type: 'fingerprint', id: 9, blob: new Blob(['abc']) } });
    expect(replies.at(-1)).toMatchObject({ result: 'v1:3:0:900150983cd24fb0d6963f7d28e17f72' });
  });

  it('comes inlined as well, in a chunk that is loaded only when it is needed', async () => {
    const { workerSource } = (await import(join(installed, 'dist/worker-inline.js'))) as { workerSource?: string };
    const file = await text('dist/hash.worker.js');
    expect(workerSource).toBe(file.replace(/\n\/\/# sourceMappingURL=.*\s*$/, ''));
    expect(await text('dist/index.js')).toMatch(/import\(["']\.\/worker-inline\.js["']\)/);
  });
});

describe('the standalone files', () => {
  it.each(['standalone.js', 'standalone.iife.js'])(
    '%s holds everything: it imports nothing and looks for no file beside it',
    async (file) => {
      expect(await importsOf(`dist/${file}`)).toEqual([]);
      expect(await text(`dist/${file}`)).not.toMatch(/import\.meta|hash\.worker\.js|\bimport\(["']/);
    },
  );

  it('are the same library: a module, and a script that leaves one global', async () => {
    const names = Object.keys(await import(join(installed, 'dist/standalone.js')));
    const ofModules = [...Object.keys(await import(join(installed, 'dist/index.js'))), 'OssUploadElement', 'defineOssUpload'];
    expect([...names].sort()).toEqual(ofModules.sort());
    // ky wants it when it is imported.
    const page = createContext({ TextEncoder });
    runInContext(await text('dist/standalone.iife.js'), page);
    expect(Object.keys(page)).toEqual(['TextEncoder', 'OssResumable']);
    expect(Object.keys(page['OssResumable']).sort()).toEqual(names.sort());
  });

  it.each(Object.entries(STANDALONE_BUDGET))('%s stays within %d bytes', (file, budget) => {
    expect(gzippedSize(file, join(installed, 'dist'))).toBeLessThanOrEqual(budget);
  });
});

describe('an application', () => {
  it('can import all of it where there is no browser, which does nothing', async () => {
    const modules = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');
    const script = `
      // Frameworks may leave globals behind.
      for (const peer of ${JSON.stringify(Object.keys(manifest.peerDependencies))}) await import(peer);
      const before = Object.keys(globalThis).length;
      for (const subpath of ${JSON.stringify(modules)}) await import('${NAME}' + subpath.slice(1));
      const library = await import('${NAME}');
      if (typeof library.createUploader !== 'function') throw new Error('no createUploader');
      if (Object.keys(globalThis).length !== before) throw new Error('importing left globals behind');`;
    await execute(process.execPath, ['--input-type=module', '--eval', script], { cwd: application, timeout: 20_000 });
  });

  it('downloads no more than the budget, the worker included', async () => {
    const { files, main, total, signer } = await measure({ [NAME]: ['createUploader'] }, join(installed, 'dist'));
    expect(files.map(({ kind }) => kind).sort()).toEqual(['fallback', 'fallback', 'main', 'signer', 'worker']);
    expect(main).toBeLessThanOrEqual(BUDGET.main);
    expect(total).toBeLessThanOrEqual(BUDGET.total);
    expect(signer).toBeLessThanOrEqual(BUDGET.signer);
  });

  it('pays nothing for what it does not import', async () => {
    const { main } = await measure({ [NAME]: ['isUploadError'] }, join(installed, 'dist'));
    expect(main).toBeLessThan(1024);
  });

  it.each(Object.entries(ADDED_BUDGET))('pays for %s, with the core there, at most %d bytes', async (subpath, budget) => {
    expect(await measureAdded(subpath, join(installed, 'dist'))).toBeLessThanOrEqual(budget);
  });

  it.each(Object.entries(SERVER_BUDGET))('pays for %s, spark-md5 apart, at most %d bytes', async (subpath, budget) => {
    expect(await measureServer(subpath, join(installed, 'dist'))).toBeLessThanOrEqual(budget);
  });

  it('has a budget for each subpath', () => {
    const subpaths = Object.keys(manifest.exports).filter((name) => !['.', './package.json', './standalone', './emulator'].includes(name));
    const budgets = Object.keys({ ...ADDED_BUDGET, ...SERVER_BUDGET });
    expect(subpaths.map((name) => name.slice(2)).sort()).toEqual(budgets.sort());
  });
});
