/**
 * The house of `src`: imports go one way and never in circles, and files and functions stay short. What is outside of it starts the
 * emulator as its users do.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SRC = join(ROOT, 'src');
const MAX_LINES_OF_FILE = 300;
const MAX_LINES_OF_FUNCTION = 80;

/** What a room, or one file of it, may import: `values`, and in addition `types`. Imports within a room are always allowed. */
interface Rule {
  values: string[];
  types: string[];
  packages?: string[];
}

const EVERYWHERE = { values: ['errors'], types: ['options', 'ports'] };

const RULES: Record<string, Rule> = {
  errors: { values: [], types: ['core'] },
  ports: { values: [], types: [] },
  core: { values: [], types: [] },
  options: { values: ['core'], types: [] },
  oss: { values: ['core'], types: [], packages: ['ky'] },
  checkpoint: { values: ['core', 'oss'], types: [] },
  upload: { values: ['checkpoint', 'oss', 'core'], types: [] },
  hash: { values: ['core'], types: [], packages: ['spark-md5'] },
  browser: { values: [], types: [], packages: ['idb-keyval'] },
  uploader: { values: ['options', 'core', 'oss', 'checkpoint', 'upload', 'browser', 'hash'], types: [] },
  index: { values: ['uploader', 'browser'], types: ['core', 'upload'] },
  standalone: { values: ['index', 'element'], types: [] },
  adapters: { values: ['index'], types: [] },
  // Optional peer dependencies, which their users have.
  'adapters/react': { values: ['index'], types: [], packages: ['react'] },
  'adapters/vue': { values: ['index'], types: [], packages: ['vue'] },
  element: { values: ['index'], types: [] },
  // Runs on servers. It signs as the client does, and reads the same documents.
  server: { values: ['core', 'oss', 'options'], types: [], packages: ['spark-md5'] },
  // An independent witness: it shares nothing with the client.
  emulator: { values: [], types: [], packages: ['node:*'] },
};

/** Rooms that don't even import the errors. */
const SEPARATE = ['adapters', 'element', 'standalone', 'emulator'];

interface Import {
  /** As in the source: `./sign.js`, `ky`. */
  specifier: string;
  typeOnly: boolean;
  isDynamic?: boolean;
}

/** Every import, re-export, dynamic import and worker URL of a module. */
function importsOf(code: string): Import[] {
  const { module, errors } = parseSync('module.ts', code);
  if (errors.length > 0) throw new Error(errors[0]?.message);
  const imports: Import[] = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    imports.push({ specifier: moduleRequest.value, typeOnly: entries.length > 0 && entries.every((entry) => entry.isType) });
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) imports.push({ specifier: moduleRequest.value, typeOnly: isType });
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const written = code.slice(moduleRequest.start, moduleRequest.end);
    // A specifier that is computed at run time names no module of ours.
    if (/^['"]/.test(written)) imports.push({ specifier: written.slice(1, -1), typeOnly: false, isDynamic: true });
  }
  for (const match of code.matchAll(/new URL\(\s*['"](\.[^'"]+)['"]\s*,\s*import\.meta\.url/g)) {
    imports.push({ specifier: match[1]!, typeOnly: false });
  }
  for (const match of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)\s*\./g)) {
    // `import('x').Name` in a type; a dynamic import is awaited first and so is followed by a parenthesis.
    if (!imports.some((found) => found.specifier === match[1])) imports.push({ specifier: match[1]!, typeOnly: true });
  }
  return imports;
}

/** `oss/sign.ts` → `oss`, `uploader.ts` → `uploader`. */
function roomOf(file: string): string {
  return file.split('/')[0]!.replace(/\.tsx?$/, '');
}

/** The imports of one file (path relative to `src/`) that go in a forbidden direction. */
function violations(file: string, code: string): string[] {
  const room = roomOf(file);
  const rule = RULES[file.replace(/\.tsx?$/, '')] ?? RULES[room];
  if (!rule) return [`${file}: no rule says what ${room} may import`];
  const found: string[] = [];
  for (const { specifier, typeOnly } of importsOf(code)) {
    if (!specifier.startsWith('.')) {
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      const peer = room === 'adapters' || room === 'element' ? typeOnly : false;
      const isAllowed = rule.packages?.some((allowed) => allowed === name || (allowed === 'node:*' && name.startsWith('node:')));
      if (!isAllowed && !peer) found.push(`${file} imports the package ${name}, which ${room} may not use`);
      continue;
    }
    const target = relative(SRC, join(SRC, dirname(file), specifier)).replaceAll('\\', '/');
    if (target.startsWith('..')) {
      found.push(`${file} imports ${specifier}, outside src`);
      continue;
    }
    const to = roomOf(target.replace(/\.js$/, '.ts'));
    const everywhere = SEPARATE.includes(room) ? { values: [], types: [] } : EVERYWHERE;
    const values = [room, ...everywhere.values, ...rule.values];
    const allowed = typeOnly ? [...values, ...everywhere.types, ...rule.types] : values;
    if (!allowed.includes(to)) found.push(`${file} imports ${typeOnly ? 'types' : 'values'} of ${target}: ${room} may not import ${to}`);
  }
  return found;
}

/** The files that a file imports from `src`, types included. */
function targetsOf(file: string, code: string): string[] {
  return importsOf(code)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => join(dirname(file), specifier).replaceAll('\\', '/').replace(/\.js$/, '.ts'));
}

/** Import circles, each as the list of its files: `a → b → a`. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) circles.push([...path.slice(start), file].join(' → '));
    if (start >= 0 || finished.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    finished.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return circles;
}

/** The functions of one file that are too long: their names and numbers of lines. */
function longFunctionsIn(code: string): { name: string; lines: number }[] {
  const found: { name: string; lines: number }[] = [];
  /** @param name of the nearest declaration, variable or property around */
  function visit(value: unknown, name: string): void {
    if (Array.isArray(value)) for (const each of value) visit(each, name);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const node = value as Record<string, unknown> & { type?: string; start: number; end: number };
    const { id, key } = node as { id?: { name?: string }; key?: { name?: string } };
    const own = id?.name ?? key?.name ?? name;
    const lines = code.slice(node.start, node.end).split('\n').length;
    if (/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type ?? '') && lines > MAX_LINES_OF_FUNCTION) {
      found.push({ name: own, lines });
    }
    for (const child of Object.values(node)) visit(child, own);
  }
  visit(parseSync('module.ts', code).program, '');
  return found;
}

/** Outside of `src`, those who look inside the emulator: tests of one part of it, the benchmark, which replaces one, and this file. */
const INSIDE_THE_EMULATOR = [
  'test/unit/layering.test.ts',
  'test/unit/emulator/',
  'test/conformance/data-folder.test.ts',
  'test/conformance/https.test.ts',
  'test/conformance/known-file.test.ts',
  'test/conformance/post-vectors.test.ts',
  'test/conformance/published-vectors.test.ts',
  'test/bench/',
];

/** What a file outside of `src` (path relative to the project) names of the emulator besides its public entry. */
function internalsIn(file: string, code: string): string[] {
  if (INSIDE_THE_EMULATOR.some((place) => file.startsWith(place))) return [];
  const named = [...code.matchAll(/['"`](?:\.{1,2}\/)+src\/emulator\/([^'"`]+)['"`]/g)].map(([, name = '']) => name);
  return named.filter((name) => name !== 'index.js');
}

const outside = ['demo', 'test']
  .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(ts|tsx|mjs|js|vue)$/.test(file) && !/(^|\/)(node_modules|results)\//.test(file));

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'));

const read = (file: string) => readFileSync(join(SRC, file), 'utf8');

describe('layering', () => {
  it('finds the source files', () => {
    expect(files).toContain('errors.ts');
    expect(files.length).toBeGreaterThan(3);
  });

  it.each(files)('%s imports only in the direction of the design', (file) => {
    expect(violations(file, read(file))).toEqual([]);
  });

  it('has no circle, type imports included', () => {
    expect(circlesIn(new Map(files.map((file) => [file, targetsOf(file, read(file))])))).toEqual([]);
  });
});

describe('the emulator', () => {
  it('is started by tests and demo through its public entry', () => {
    expect(outside).toContain('test/helpers/embedded-oss.ts');
    const found = outside.flatMap((file) => internalsIn(file, readFileSync(join(ROOT, file), 'utf8')).map((name) => `${file}: ${name}`));
    expect(found).toEqual([]);
  });

  it.each([
    ['demo/server.ts', `import { startEmbeddedOss } from '../src/emulator/embedded-oss.js';`, ['embedded-oss.js']],
    ['test/e2e/helpers.ts', `type Fault = import('../../src/emulator/types.js').Fault;`, ['types.js']],
    ['test/e2e/helpers.ts', `import { startEmulator } from '../../src/emulator/index.js';`, []],
    ['test/unit/emulator/crc64.test.ts', `import { crc64 } from '../../../src/emulator/crc64.js';`, []],
  ])('in %s, %s names the internals %j', (file, code, internals) => {
    expect(internalsIn(file, code)).toEqual(internals);
  });
});

describe('length', () => {
  it.each(files)(`%s has at most ${MAX_LINES_OF_FILE} lines`, (file) => {
    expect(read(file).trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_LINES_OF_FILE);
  });

  it.each(files)(`%s has no function of more than ${MAX_LINES_OF_FUNCTION} lines`, (file) => {
    expect(longFunctionsIn(read(file))).toEqual([]);
  });
});

describe('the layering check itself', () => {
  it.each([
    ['core/plan.ts', `import { sign } from '../oss/sign.js';`],
    ['core/plan.ts', `import type { Requester } from '../oss/request.js';`],
    ['core/pool.ts', `import { something } from '../ports.js';`],
    ['oss/request.ts', `import { createTask } from '../upload/task.js';`],
    ['oss/request.ts', `export * from '../browser/clock.js';`],
    ['upload/task.ts', `const { crc64 } = await import('../hash/crc64.js');`],
    ['upload/task.ts', `export { locks } from '../browser/locks.js';`],
    ['hash/worker-file.ts', `new Worker(new URL('../browser/worker.ts', import.meta.url));`],
    ['adapters/antd.ts', `import { createTask } from '../upload/task.js';`],
    ['adapters/antd.ts', `import { Upload } from 'antd';`],
    ['adapters/antd.ts', `import { createUploader } from '../uploader.js';`],
    ['adapters/antd.ts', `import { useEffect } from 'react';`],
    ['uploader.ts', `import { register } from './element/index.js';`],
    ['upload/task.ts', `type Client = import('../hash/hasher.js').Hasher;`],
    ['core/plan.ts', `import ky from 'ky';`],
    ['upload/task.ts', `import { get } from 'idb-keyval';`],
    ['core/plan.ts', `import { helper } from '../../test/helpers/files.js';`],
    ['upload/task.ts', `import { createUploader } from '../uploader.js';`],
    ['standalone.ts', `export * from './uploader.js';`],
    ['index.ts', `export * from './standalone.js';`],
    ['elsewhere/thing.ts', ``],
  ])('refuses, in %s, %s', (file, code) => {
    expect(violations(file, code)).toHaveLength(1);
  });

  it.each([
    ['core/plan.ts', `import type { Clock } from '../ports.js';`],
    ['core/plan.ts', `import { type Clock } from '../ports.js';`],
    ['core/state.ts', `import { UploadError } from '../errors.js'; import { planParts } from './plan.js';`],
    ['oss/request.ts', `import ky from 'ky'; import { createPool } from '../core/pool.js';`],
    ['upload/task.ts', `import { createRequester } from '../oss/request.js'; import type { Hasher } from '../ports.js';`],
    ['uploader.ts', `import { createTask } from './upload/task.js'; import { createHasher } from './hash/hasher.js';`],
    ['hash/worker-file.ts', `new Worker(new URL('./worker.ts', import.meta.url));`],
    ['standalone.ts', `export * from './index.js'; export { defineOssUpload } from './element/index.js';`],
    ['adapters/antd.ts', `import type { UploadProps } from 'antd'; import type { Uploader } from '../index.js';`],
    ['adapters/react.ts', `import { useEffect } from 'react'; import { isAbortError } from '../index.js';`],
  ])('accepts, in %s, %s', (file, code) => {
    expect(violations(file, code)).toEqual([]);
  });
});

describe('the check of circles and lengths itself', () => {
  it('follows values, types, re-exports and dynamic imports', () => {
    const code = `import { a } from './a.js'; import type { B } from '../b.js'; export { c } from './c.js'; const d = () => import('./d.js');`;
    expect(targetsOf('core/plan.ts', code)).toEqual(['core/a.ts', 'b.ts', 'core/c.ts', 'core/d.ts']);
  });

  it('finds circles of any length', () => {
    const graph = new Map([
      ['a', ['b', 'c']],
      ['b', ['c']],
      ['c', ['d']],
      ['d', ['c']],
      ['e', ['e']],
    ]);
    expect(circlesIn(graph)).toEqual(['c → d → c', 'e → e']);
  });

  it('finds long functions of every kind, by name', () => {
    const body = `{${'\n'.repeat(MAX_LINES_OF_FUNCTION)}}`;
    const code = `
      function declared() ${body}
      const arrow = () => ${body};
      const object = { method() ${body}, property: function () ${body} };
      class Box { open() ${body} }
      function short() {}
    `;
    expect(longFunctionsIn(code).map(({ name }) => name)).toEqual(['declared', 'arrow', 'method', 'property', 'open']);
  });
});
