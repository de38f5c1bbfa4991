import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CORS } from '../../demo/server/cors.js';
import { sessionPolicy } from '../../demo/server/real-sts.js';
import { sessionPolicy as examplePolicy } from '../../demo/sts-example.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAMES = ['README.md', 'README.zh-CN.md'] as const;
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const TEXTS = new Map(NAMES.map((name) => [name, read(name)]));

/** What the samples take as given. */
const AMBIENT = `
declare const uploader: import('oss-resumable').Uploader;
declare const task: import('oss-resumable').UploadTask;
declare const credentials: import('oss-resumable').CredentialsProvider;
declare const file: File;
declare const handle: FileSystemFileHandle;
declare const button: HTMLButtonElement;
declare const dropZone: HTMLElement;
`;

interface Block {
  language: string;
  code: string;
}

function codeBlocks(text: string): Block[] {
  return [...text.matchAll(/^```(\S+)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({ language, code }));
}

/** Without what may be in another language: comments, and text that nobody types. */
function bare({ language, code }: Block): string {
  if (language === 'mermaid') return '';
  if (language === 'sh') return code.replace(/\s+#.*$/gm, '');
  if (!['ts', 'js', 'tsx', 'vue'].includes(language)) return code;
  const [script = '', ...template] = code.split('<template>');
  // What a template says to people; what it does stays.
  return [script, ...template.map((markup) => markup.replace(/>[^<]*(?=<)/g, '>'))]
    .join('')
    .replace(/\/\*\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s+)\/\/.*$/gm, '')
    .replace(/(console\.\w+|Error)\(.*\)/g, '$1()')
    .replace(/\n\s*\n/g, '\n')
    .trim();
}

const prose = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '');
const levels = (text: string): number[] => [...prose(text).matchAll(/^(#+) /gm)].map(([, marks = '']) => marks.length);

/** Each table's rows, each row's cells. A cell may hold an escaped bar. */
function tables(text: string): string[][][] {
  return [...prose(text).matchAll(/(?:^\|.*\|\n?)+/gm)].map(([table]) =>
    table
      .trim()
      .split('\n')
      .map((row) =>
        row
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim()),
      ),
  );
}

/** What is not translated: code, and the first column's. */
const skeleton = (text: string): string[][] => tables(text).map((rows) => rows.map((cells) => `${cells.length}: ${codes(cells[0] ?? '')}`));
const codes = (text: string): string => [...text.matchAll(/`[^`]+`/g)].join(' ');

/** Where the package's names lead in this repository: to the sources. */
const SOURCES = Object.fromEntries(
  Object.entries(JSON.parse(read('package.json')).exports as Record<string, { types?: string }>).flatMap(([subpath, { types }]) =>
    types ? [[subpath.replace(/^\./, 'oss-resumable'), [join(ROOT, types.replace('./dist/', 'src/').replace('.d.ts', '.ts'))]]] : [],
  ),
);

function typeCheck(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'oss-resumable-readme-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const compilerOptions = {
      ...JSON.parse(read('tsconfig.json')).compilerOptions,
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      noUnusedLocals: false,
      noUnusedParameters: false,
      types: ['node'],
      paths: SOURCES,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['samples'] }));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    mkdirSync(join(folder, 'samples'));
    writeFileSync(join(folder, 'samples/ambient.d.ts'), AMBIENT);
    for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, 'samples', name), `${code}\nexport {};\n`);
    const { stdout, stderr, error } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (error) throw error;
    return stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The names of the properties of an exported interface of `src/options.ts`. */
function properties(name: string): string[] {
  const { program } = parseSync('options.ts', read('src/options.ts'));
  for (const statement of program.body) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : null;
    if (declared?.type !== 'TSInterfaceDeclaration' || declared.id.name !== name) continue;
    return declared.body.body.flatMap((member) =>
      member.type === 'TSPropertySignature' && member.key.type === 'Identifier' ? [member.key.name] : [],
    );
  }
  throw new Error(`src/options.ts exports no interface ${name}.`);
}

/** The codes of the errors that `src` makes. */
function errorCodes(folder = join(ROOT, 'src')): string[] {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/new \w*Error\(\s*'([A-Z][A-Za-z0-9]+)'/g)].map(([, code = '']) => code),
    );
  return [...new Set(found)].sort();
}

it('samples compile, and would not with a wrong option', { timeout: 60_000 }, () => {
  const files: Record<string, string> = {
    'wrong-option.ts':
      "import { createUploader } from 'oss-resumable';\ncreateUploader({ region: 'cn-hangzhou', bucket: 'examplebucket', credentials, paralel: 3 });",
  };
  for (const [name, text] of TEXTS) {
    const prefix = name.replaceAll('.', '-');
    for (const [index, { language, code }] of codeBlocks(text).entries()) {
      if (language === 'ts') files[`${prefix}-${index}.ts`] = withImports(code);
      if (language === 'tsx') files[`${prefix}-${index}.tsx`] = code;
      if (language === 'vue') files[`${prefix}-${index}.ts`] = /<script[^>]*>\n([\s\S]*?)<\/script>/.exec(code)?.[1] ?? '';
      if (language === 'js') files[`${prefix}-${index}.js`] = code;
    }
  }
  expect(Object.keys(files).length).toBeGreaterThan(20);
  const complaints = typeCheck(files).trim().split('\n').filter(Boolean);
  // The STS client takes a plain object; its types want an instance of its own class.
  expect(complaints.filter((line) => !line.includes('wrong-option.ts') && !/\.js\(.*'toMap'/.test(line))).toEqual([]);
  expect(complaints.join('\n')).toContain('paralel');
});

/** Later samples leave out what the first one has imported. */
function withImports(code: string): string {
  return /createUploader\(/.test(code) && !/import .*createUploader/.test(code)
    ? `import { createUploader } from 'oss-resumable';\n${code}`
    : code;
}

describe.each(NAMES)('%s', (name) => {
  const text = TEXTS.get(name) as string;
  const blocks = codeBlocks(text);

  it('has the two commands for newcomers', () => {
    const commands = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code.trim());
    expect(commands).toContain('npm ci && npm run demo');
    expect(commands).toContain('npm ci && npm test');
  });

  it('gives the CORS rule that the embedded OSS has', () => {
    const xml = blocks.find(({ code }) => code.includes('<CORSConfiguration>'))?.code ?? '';
    const values = (tag: string): string[] => [...xml.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'g'))].map(([, value = '']) => value);
    const [rule] = DEFAULT_CORS;
    expect(values('AllowedMethod')).toEqual(rule?.allowedMethods);
    expect(values('AllowedHeader')).toEqual(rule?.allowedHeaders);
    expect(values('ExposeHeader')).toEqual(rule?.exposeHeaders);
    const cells = tables(text).flatMap((rows) => rows.map((row) => row[1] ?? ''));
    expect(cells.find((cell) => cell.startsWith('`ETag`'))).toBe(rule?.exposeHeaders?.map((header) => `\`${header}\``).join(' '));
  });

  it('gives the RAM policy that the demo asks for', () => {
    const [policy] = blocks.filter(({ language }) => language === 'json').map(({ code }) => JSON.parse(code));
    expect(policy).toEqual(JSON.parse(sessionPolicy('examplebucket', 'uploads/')));
    expect(policy).toEqual(examplePolicy('examplebucket', 'uploads/'));
  });

  it('lists every option and every error code', () => {
    const named = new Set(
      tables(text).flatMap((rows) => rows.flatMap((cells) => cells.slice(0, 2).flatMap((cell) => codes(cell).split(' ')))),
    );
    const options = ['UploaderOptions', 'UploadOptions'].flatMap(properties).filter((option) => !['integrity', 'retry'].includes(option));
    const nested = [
      ...properties('CheckpointOptions').map((option) => `checkpoint.${option}`),
      ...properties('IntegrityOptions').map((option) => `integrity.${option}`),
      ...properties('RetryOptions').map((option) => `retry.${option}`),
    ];
    expect(options.length).toBeGreaterThan(30);
    expect([...options, ...nested, ...errorCodes(), 'CallbackFailed'].filter((word) => !named.has(`\`${word}\``))).toEqual([]);
  });

  it('gives defaults only to options whose docstrings give one too', () => {
    const withDefault = tables(text)
      .filter(([head]) => head?.length === 4 && /^(Default|默认值)$/.test(head[2] ?? ''))
      .flatMap(([, , ...rows]) => rows.filter(([, , value]) => !/^(–|required|必填)$/.test(value ?? '')))
      .map(([option]) => codes(option ?? '').replace(/^`.*\.|`/g, ''));
    expect(withDefault.length).toBeGreaterThan(25);
    const source = read('src/options.ts');
    const docOf = (option: string): string => new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*${option}\\??:`).exec(source)?.[1] ?? '';
    const silent = withDefault.filter((option) => !docOf(option).includes('@default'));
    expect(silent).toEqual([]);
  });

  it('links to places that exist, and names each recipe and example', () => {
    const anchors = [...prose(text).matchAll(/^#+ (.*)$/gm)].map(
      ([, title = '']) =>
        `#${title
          .toLowerCase()
          .replace(/[^\p{L}\p{N}\s-]/gu, '')
          .replaceAll(' ', '-')}`,
    );
    const links = [...prose(text).matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    expect(links.filter((target) => target.startsWith('#') && !anchors.includes(target))).toEqual([]);
    expect(links.filter((link) => link.startsWith('./') && !existsSync(join(ROOT, link)))).toEqual([]);
    const recipes = readdirSync(join(ROOT, 'demo/recipes')).filter((file) => file !== 'tsconfig.json');
    expect(recipes.filter((file) => !links.includes(`./demo/recipes/${file}`))).toEqual([]);
    const examples = readdirSync(join(ROOT, 'demo/gallery')).filter(
      (name) => name !== 'plain' && existsSync(join(ROOT, `demo/gallery/${name}/index.html`)),
    );
    expect(examples.filter((name) => !text.includes(`\`demo/gallery/${name}\``))).toEqual([]);
  });
});

it('both READMEs have the same headings, samples and tables', () => {
  const [english, chinese] = NAMES.map((name) => TEXTS.get(name) as string) as [string, string];
  expect(levels(chinese)).toEqual(levels(english));
  expect(codeBlocks(chinese).map(({ language }) => language)).toEqual(codeBlocks(english).map(({ language }) => language));
  expect(codeBlocks(chinese).map(bare)).toEqual(codeBlocks(english).map(bare));
  expect(skeleton(chinese)).toEqual(skeleton(english));
});
