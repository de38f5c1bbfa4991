/** The docstrings are the API reference, in editors and in `dist/*.d.ts`: everything that can be imported has one. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** Interfaces whose methods need examples, like exported functions. */
const METHODS_WITH_EXAMPLES = ['Uploader', 'UploadTask', 'UploadBatch'];

/** Members of a custom element that only the browser calls. */
const OF_THE_BROWSER = /^(formAssociated|observedAttributes|(connected|disconnected|adopted|attributeChanged|form\w+)Callback)$/;

type Read = (file: string) => string;
type Program = ReturnType<typeof parseSync>['program'];
type Statement = Program['body'][number];

interface Module {
  file: string;
  body: readonly Statement[];
  /** The docstring right before a position in the text. */
  docBefore(position: number): string | undefined;
}

interface Exported {
  name: string;
  /** The module and the statement that declare it, with the docstring. */
  module: Module;
  statement: Statement;
}

const modules = new Map<string, Module>();

function parse(file: string, code: string): Module {
  const { program, comments, errors } = parseSync(file, code);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  return {
    file,
    body: program.body,
    docBefore(position) {
      const last = comments.filter(({ end }) => end <= position).at(-1);
      const isRightBefore = last?.type === 'Block' && last.value.startsWith('*') && code.slice(last.end, position).trim() === '';
      return isRightBefore ? last.value : undefined;
    },
  };
}

function load(file: string, readFile: Read): Module {
  const known = readFile === read ? modules.get(file) : undefined;
  const module = known ?? parse(file, readFile(file));
  if (readFile === read) modules.set(file, module);
  return module;
}

/** `src/upload/task.ts` and `../core/state.js` → `src/core/task-state.ts`. */
const resolve = (from: string, specifier: string): string => join(dirname(from), specifier).replaceAll('\\', '/').replace(/\.js$/, '.ts');

/** The exports of a module, each resolved to its declaration. */
function exportsOf(file: string, readFile: Read = read): Exported[] {
  const module = load(file, readFile);
  return module.body.flatMap((statement): Exported[] => {
    if (statement.type === 'ExportAllDeclaration') return exportsOf(resolve(file, statement.source.value), readFile);
    if (statement.type !== 'ExportNamedDeclaration') return [];
    if (statement.declaration) return namesOf(statement.declaration).map((name) => ({ name, module, statement }));
    return statement.specifiers.map(({ local, exported }) => {
      const [source, localName] = [statement.source?.value, nameOf(local)];
      const found = source
        ? exportsOf(resolve(file, source), readFile).find(({ name }) => name === localName)
        : declared(module, localName, readFile);
      if (!found) throw new Error(`${file} exports ${localName}, which isn't declared`);
      return { ...found, name: nameOf(exported) };
    });
  });
}

/** A name that the module declares or imports. */
function declared(module: Module, name: string, readFile: Read): Exported | undefined {
  for (const statement of module.body) {
    if (namesOf(statement).includes(name)) return { name, module, statement };
    const specifier = statement.type === 'ImportDeclaration' && statement.specifiers.find(({ local }) => local.name === name);
    if (!specifier) continue;
    const imported = 'imported' in specifier ? nameOf(specifier.imported) : name;
    return exportsOf(resolve(module.file, statement.source.value), readFile).find((each) => each.name === imported);
  }
  return undefined;
}

const nameOf = (node: { name?: string; value?: unknown }): string => node.name ?? String(node.value);

function namesOf(declaration: unknown): string[] {
  const { id, declarations } = declaration as { id?: { name: string }; declarations?: { id: { name: string } }[] };
  return declarations ? declarations.map((each) => each.id.name) : id ? [id.name] : [];
}

interface Member {
  start: number;
  type: string;
  key?: { type: string; name?: string; value?: unknown };
  kind?: string;
  accessibility?: string;
  override?: boolean;
  typeAnnotation?: { typeAnnotation?: { type: string } };
}

/** The public members of an interface, a class or a type literal. */
function membersOf(statement: Statement): Member[] {
  const declaration = ('declaration' in statement && statement.declaration) || statement;
  const { body, typeAnnotation } = declaration as unknown as { body?: { body?: Member[] }; typeAnnotation?: unknown };
  const members = body?.body && !('params' in (declaration as object)) ? body.body : literalMembers(typeAnnotation);
  return members.filter(
    // A call signature has no name and is covered by the docstring of the whole.
    ({ key, kind, accessibility, override, typeAnnotation }) =>
      key !== undefined &&
      key.type !== 'PrivateIdentifier' &&
      kind !== 'constructor' &&
      accessibility !== 'private' &&
      !override &&
      !OF_THE_BROWSER.test(nameOf(key)) &&
      // Members of type `never` exist only for the types of another library.
      typeAnnotation?.typeAnnotation?.type !== 'TSNeverKeyword',
  );
}

function literalMembers(type: unknown): Member[] {
  const { type: kind, members = [], types = [] } = (type ?? {}) as { type?: string; members?: Member[]; types?: unknown[] };
  if (kind === 'TSTypeLiteral') return members;
  return kind === 'TSIntersectionType' ? types.flatMap(literalMembers) : [];
}

function isFunction(statement: Statement): boolean {
  const declaration = ('declaration' in statement && statement.declaration) || statement;
  const { type, declarations = [] } = declaration as { type: string; declarations?: { init?: { type: string } | null }[] };
  const isArrow = declarations.some(({ init }) => /^(Arrow)?FunctionExpression$/.test(init?.type ?? ''));
  return isArrow || /^(TSDeclare)?Function(Declaration)?$/.test(type);
}

const isMethod = ({ type, typeAnnotation }: Member): boolean =>
  type === 'TSMethodSignature' || typeAnnotation?.typeAnnotation?.type === 'TSFunctionType';

/** Members by name; of overloads, and of a getter and its setter, the one with a docstring. */
function documentedMembers(
  name: string,
  module: Module,
  statement: Statement,
): Map<string, { member: Member; memberDoc: string | undefined }> {
  const found = new Map<string, { member: Member; memberDoc: string | undefined }>();
  for (const member of membersOf(statement)) {
    const memberName = `${name}.${nameOf(member.key ?? {})}`;
    const memberDoc = module.docBefore(member.start);
    if (memberDoc !== undefined || !found.has(memberName)) found.set(memberName, { member, memberDoc });
  }
  return found;
}

/** Docstrings and examples that the exports of a module lack. */
function missing(file: string, readFile: Read = read): string[] {
  const documented = new Map<string, boolean>();
  const found: string[] = [];
  for (const { name, module, statement } of exportsOf(file, readFile)) {
    const doc = module.docBefore(statement.start);
    // One docstring for all overloads is enough.
    if (documented.get(name)) continue;
    documented.set(name, doc !== undefined);
    if (doc !== undefined && isFunction(statement) && !doc.includes('@example')) found.push(`${module.file}: ${name}() has no @example`);
    for (const [memberName, { member, memberDoc }] of documentedMembers(name, module, statement)) {
      if (memberDoc === undefined) found.push(`${module.file}: ${memberName} has no docstring`);
      else if (METHODS_WITH_EXAMPLES.includes(name) && isMethod(member) && !memberDoc.includes('@example'))
        found.push(`${module.file}: ${memberName}() has no @example`);
    }
  }
  for (const [name, isDocumented] of documented) if (!isDocumented) found.push(`${file}: ${name} has no docstring`);
  return found;
}

/** The source of each subpath in package.json's `exports`. */
const ENTRIES = Object.entries(JSON.parse(read('package.json')).exports as Record<string, string | { types?: string }>).flatMap(
  ([subpath, target]) =>
    typeof target === 'object' && target.types
      ? [{ name: subpath.replace(/^\./, 'oss-resumable'), file: target.types.replace('./dist/', 'src/').replace('.d.ts', '.ts') }]
      : [],
);

it('covers every subpath of the package, and the re-exports of index.ts', () => {
  expect(ENTRIES).toContainEqual({ name: 'oss-resumable/antd', file: 'src/adapters/antd.ts' });
  expect(ENTRIES).toContainEqual({ name: 'oss-resumable/element', file: 'src/element/index.ts' });
  const names = exportsOf('src/index.ts').map(({ name, module }) => `${module.file} ${name}`);
  expect(names).toEqual(
    expect.arrayContaining(['src/uploader.ts createUploader', 'src/ports.ts CheckpointStore', 'src/errors.ts OssError']),
  );
});

it.each(ENTRIES)('every export of $name has a docstring, and every function an @example', ({ file }) => {
  expect(missing(file)).toEqual([]);
});

describe('the check itself', () => {
  const files: Record<string, string> = {
    'src/index.ts': `import type { Box } from './box.js'; export type { Box }; export { open } from './box.js';`,
    'src/box.ts': `
      /** A box. */
      export interface Box { size: number; /** What it is. */ kind: string; }
      /** Opens it. */
      export function open(box: Box): void {}
      // Not a docstring.
      export const late = (): void => {};
      /** An error. */
      export class BoxError extends Error {
        override name = 'BoxError'; readonly box: Box; #secret = 1; private own = 2; declare readonly never: never;
        constructor() { super(); }
        connectedCallback(): void {}
        /** How big. */ get size(): number { return 1; }
        set size(size: number) {}
      }
      /** What can be called. */
      export interface Opener { (box: Box): void; }
      /** Of two kinds. */
      export type Kind = Box & { colour: string };
      /** Of an interface whose methods need examples. */
      export interface Uploader { /** Uploads. */ upload(): void }
    `,
  };
  const readFile: Read = (file) => files[file] ?? '';

  it('finds gaps behind a re-export', () => {
    expect(missing('src/index.ts', readFile)).toEqual(['src/box.ts: Box.size has no docstring', 'src/box.ts: open() has no @example']);
  });

  it('finds gaps in classes, type literals and named interfaces, and doesn’t accept ordinary comments', () => {
    expect(missing('src/box.ts', readFile)).toEqual([
      'src/box.ts: Box.size has no docstring',
      'src/box.ts: open() has no @example',
      'src/box.ts: BoxError.box has no docstring',
      'src/box.ts: Kind.colour has no docstring',
      'src/box.ts: Uploader.upload() has no @example',
      'src/box.ts: late has no docstring',
    ]);
  });
});
