import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';
import { sessionPolicy } from '../../src/server/index.js';
import { sessionPolicy as examplePolicy } from '../../demo/sts-example.mjs';
import { startEmulator } from '../../src/emulator/index.js';
import { type Block, codeBlocks, complaintsAbout, needsWidget, samplesOf } from '../helpers/samples.js';
import { ADDED_BUDGET, BUDGET, STANDALONE_BUDGET } from '../packaging/size.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** One page per subject, each with a Chinese translation. */
const FOLDERS = ['', 'demo/', 'src/', 'src/element/', 'src/adapters/', 'src/emulator/', 'src/server/', 'test/'] as const;
const LANGUAGES = ['', '.zh-CN'] as const;
const PAGES = FOLDERS.flatMap((folder) => LANGUAGES.map((language) => `${folder}README${language}.md`));
const OTHERS = ['CHANGELOG.md', 'test/bench/README.md', 'test/faults/README.md'];
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const TEXTS = new Map([...PAGES, ...OTHERS].map((name) => [name, read(name)]));
const textOf = (name: string): string => TEXTS.get(name) as string;

/** A sample without its translated parts: comments and texts for people. */
function bare({ language, code }: Block): string {
  if (language === 'mermaid') return '';
  if (language === 'sh') return code.replace(/\s+#.*$/gm, '');
  if (!['ts', 'js', 'tsx', 'vue'].includes(language)) return code;
  const [script = '', ...template] = code.split('<template>');
  // Texts of a template are translated, its code is not.
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

/** The cells of each row of each table. A cell may contain an escaped bar. */
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

/** The untranslated structure of tables: their columns, and code in the first one. */
const skeleton = (text: string): string[][] => tables(text).map((rows) => rows.map((cells) => `${cells.length}: ${codes(cells[0] ?? '')}`));
const codes = (text: string): string => [...text.matchAll(/`[^`]+`/g)].join(' ');

/** The names of the properties of an exported interface of `src/options/types.ts`. */
function properties(name: string): string[] {
  const { program } = parseSync('options.ts', read('src/options/types.ts'));
  for (const statement of program.body) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : null;
    if (declared?.type !== 'TSInterfaceDeclaration' || declared.id.name !== name) continue;
    return declared.body.body.flatMap((member) =>
      member.type === 'TSPropertySignature' && member.key.type === 'Identifier' ? [member.key.name] : [],
    );
  }
  throw new Error(`src/options/types.ts exports no interface ${name}.`);
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

it('samples compile, and a wrong option does not', { timeout: 60_000 }, () => {
  const files: Record<string, string> = {
    'wrong-option.ts':
      "import { createUploader } from 'oss-resumable';\ncreateUploader({ region: 'cn-hangzhou', bucket: 'examplebucket', credentials, paralel: 3 });",
  };
  // The others are compiled where their widgets are installed, in test/widgets/types.spec.ts.
  for (const [name, text] of TEXTS)
    Object.assign(
      files,
      samplesOf(name, text, (code) => !needsWidget(code)),
    );
  expect(Object.keys(files).length).toBeGreaterThan(20);
  const complaints = complaintsAbout(files);
  // The STS client takes a plain object; its types want an instance of its own class.
  expect(complaints.filter((line) => !line.includes('wrong-option.ts') && !/\.js\(.*'toMap'/.test(line))).toEqual([]);
  expect(complaints.join('\n')).toContain('paralel');
});

describe.each(readdirSync(join(ROOT, 'demo/recipes/server')))('the recipe %s', (file) => {
  const code = read(`demo/recipes/server/${file}`);

  it('fits on a screen', () => {
    expect(code.split('\n').length).toBeLessThanOrEqual(31);
  });

  it.each(LANGUAGES)('stands in README%s.md with lines of its own', (language) => {
    const rows = tables(textOf(`src/server/README${language}.md`)).flat();
    const [, said = ''] = rows.find((cells) => cells.at(-1)?.startsWith(`[${file}]`)) ?? [];
    // What an ellipsis leaves out may be anything.
    const plain = (text: string): string => text.replaceAll(/\s/g, '');
    for (const quoted of said.matchAll(/`([^`…]+)…?[^`]*`/g)) expect(plain(code)).toContain(plain(quoted[1] as string));
  });
});

it('the recipe for Workers keeps to the types of the handler', () => {
  expect(complaintsAbout({ 'worker.ts': read('demo/recipes/server/worker.ts') })).toEqual([]);
});

/** Anchors as GitHub derives them from headings. */
const anchorsOf = (text: string): string[] =>
  [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

const linksOf = (text: string): string[] =>
  [...prose(text).matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target).filter((target) => !/^https?:/.test(target));

/** The target of a link of a page, relative to the root of the repository. */
function targetOf(page: string, link: string): { path: string; anchor: string } {
  const [path = '', anchor = ''] = link.split('#');
  return { path: path === '' ? page : normalize(join(dirname(page), path)).replaceAll('\\', '/'), anchor };
}

describe.each([...TEXTS.keys()])('%s', (name) => {
  const text = textOf(name);

  it('links to files and headings that exist', () => {
    const dead = linksOf(text).filter((link) => {
      const { path, anchor } = targetOf(name, link);
      return !existsSync(join(ROOT, path)) || (anchor !== '' && !anchorsOf(read(path)).includes(anchor));
    });
    expect(dead).toEqual([]);
  });

  it('has unique headings, so that links are unambiguous', () => {
    const anchors = anchorsOf(text);
    expect(anchors.filter((anchor, index) => anchors.indexOf(anchor) !== index)).toEqual([]);
  });
});

describe.each(PAGES)('%s', (name) => {
  const text = textOf(name);

  it('has no padded tables', () => {
    expect(prose(text).match(/^\|.*(?:[^\s|] {2,}\||-{4,}).*$/gm) ?? []).toEqual([]);
  });

  it('checks the status of responses in its credentials functions', () => {
    const fetching = codeBlocks(text).filter(({ code }) => code.includes("/sts'"));
    expect(fetching.filter(({ language, code }) => language !== 'js' && !code.includes('.ok')).map(({ code }) => code)).toEqual([]);
  });
});

describe.each(LANGUAGES)('README%s.md', (language) => {
  const page = (folder: (typeof FOLDERS)[number]): string => textOf(`${folder}README${language}.md`);
  const shell = (text: string): string[] =>
    codeBlocks(text)
      .filter((block) => block.language === 'sh')
      .map(({ code }) => code.trim());

  it('is short, and shows the two commands for newcomers', () => {
    expect(Buffer.byteLength(page(''))).toBeLessThanOrEqual(22 * 1024);
    expect(shell(page(''))).toContain('npm ci && npm run demo');
    expect(shell(page(''))).toContain('npm ci && npm test');
  });

  it('links to every other page in its language', () => {
    const links = linksOf(page('')).map((link) => targetOf('README.md', link).path);
    const pages = FOLDERS.filter((folder) => folder !== '').map((folder) => `${folder}README${language}.md`);
    expect(pages.filter((path) => !links.includes(path))).toEqual([]);
  });

  it('handles a failed upload in the quick start, and names the custom domain that new accounts need', () => {
    const [quickStart] = codeBlocks(page('')).filter((block) => block.language === 'ts');
    expect(quickStart?.code).toMatch(/catch \(error\)/);
    expect(quickStart?.code).toContain('cname: true');
  });

  it('sets up a custom domain, with the refusal that new accounts meet without it, ahead of role and STS endpoint', () => {
    const steps = page('demo/').split(/^### (?=\d)/m);
    expect(steps.findIndex((step) => /PublicEndpointForbidden.*\s.*0048-00000401/.test(step) && step.includes('cname: true'))).toBe(2);
  });

  it('shows the CORS rule of the embedded OSS', async () => {
    const xml = codeBlocks(page('demo/')).find(({ code }) => code.includes('<CORSConfiguration>'))?.code ?? '';
    const values = (tag: string): string[] => [...xml.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'g'))].map(([, value = '']) => value);
    await using oss = await startEmulator();
    const rule = oss.control.cors()[oss.bucket]?.[0];
    expect(values('AllowedMethod')).toEqual(rule?.allowedMethods);
    expect(values('AllowedHeader')).toEqual(rule?.allowedHeaders);
    expect(values('ExposeHeader')).toEqual(rule?.exposeHeaders);
    const cells = tables(page('demo/')).flatMap((rows) => rows.map((row) => row[1] ?? ''));
    expect(cells.find((cell) => cell.startsWith('`ETag`'))).toBe(rule?.exposeHeaders?.map((header) => `\`${header}\``).join(' '));
  });

  it('shows the RAM policy that the demo requests', () => {
    const [policy] = codeBlocks(page('demo/'))
      .filter((block) => block.language === 'json')
      .map(({ code }) => JSON.parse(code));
    expect(policy).toEqual(JSON.parse(sessionPolicy('examplebucket', 'uploads/')));
    expect(policy).toEqual(examplePolicy('examplebucket', 'uploads/'));
  });

  it('narrows the session policy of every back end to the authenticated user', () => {
    const [statement] = JSON.parse(sessionPolicy('examplebucket', 'uploads/')).Statement;
    const backEnds = codeBlocks(page('demo/')).filter((block) => ['js', 'java', 'go', 'python', 'php'].includes(block.language));
    expect(backEnds.map((block) => block.language)).toEqual(['js', 'java', 'go', 'python', 'php']);
    for (const { code } of backEnds) {
      for (const action of statement.Action) expect(code).toContain(action);
      expect(code).toMatch(/acs:oss:\*:\*:examplebucket\/uploads\/(%s|\$?\{\$?user(Id)?\})\/\*/);
      expect(code).toMatch(/3600/);
    }
  });

  it('lists each variable of the demo with a real bucket', () => {
    const commands = shell(page('demo/')).join('\n');
    const variables = [...read('demo/real-sts.ts').matchAll(/'(OSS_[A-Z_]+)'/g)].map(([, variable = '']) => variable);
    expect(variables.length).toBeGreaterThan(6);
    expect(variables.filter((variable) => !commands.includes(`export ${variable}=`))).toEqual([]);
  });

  it('lists every option, error code and warning', () => {
    const named = new Set(
      tables(page('src/')).flatMap((rows) => rows.flatMap((cells) => cells.slice(0, 2).flatMap((cell) => codes(cell).split(' ')))),
    );
    const options = ['UploaderOptions', 'UploadOptions'].flatMap(properties).filter((option) => !['integrity', 'retry'].includes(option));
    const nested = [
      ...properties('CheckpointOptions').map((option) => `checkpoint.${option}`),
      ...properties('IntegrityOptions').map((option) => `integrity.${option}`),
      ...properties('RetryOptions').map((option) => `retry.${option}`),
    ];
    const [, warnings = ''] = /interface UploadWarning \{[\s\S]*?code: ([^;]+);/.exec(read('src/core/task-state.ts')) ?? [];
    const wanted = [
      ...options,
      ...nested,
      ...errorCodes(),
      'CallbackFailed',
      ...[...warnings.matchAll(/'(.+?)'/g)].map(([, code]) => code),
    ];
    expect(wanted.length).toBeGreaterThan(60);
    expect(wanted.filter((word) => !named.has(`\`${word}\``))).toEqual([]);
  });

  it('states the sizes of the budgets', () => {
    const section =
      page('src/')
        .split(/^## /m)
        .find((part) => /^(Size|体积)/.test(part)) ?? '';
    const said = [...section.matchAll(/(\d+) KiB/g)].map(([, size]) => Number(size));
    const budgets = [BUDGET.total, ADDED_BUDGET.element, STANDALONE_BUDGET['standalone.js']].map((bytes = 0) => Math.ceil(bytes / 1024));
    expect(budgets.filter((size) => !said.includes(size))).toEqual([]);
    expect(page('')).toContain(`| ≤ ${BUDGET.total / 1024} KiB |`);
  });

  it('states defaults only for options whose docstrings have one', () => {
    const withDefault = tables(page('src/'))
      .filter(([head]) => head?.length === 4 && /^(Default|默认值)$/.test(head[2] ?? ''))
      .flatMap(([, , ...rows]) => rows.filter(([, , value]) => !/^(–|required|必填)$/.test(value ?? '')))
      .map(([option]) => codes(option ?? '').replace(/^`.*\.|`/g, ''));
    expect(withDefault.length).toBeGreaterThan(25);
    const source = read('src/options/types.ts');
    const docOf = (option: string): string => new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*${option}\\??:`).exec(source)?.[1] ?? '';
    const silent = withDefault.filter((option) => !docOf(option).includes('@default'));
    expect(silent).toEqual([]);
  });

  it('lists each attribute of `<oss-upload>`, each recipe, each example and each suite', () => {
    const attributes = [...read('src/element/attributes.ts').matchAll(/^const (?:TEXTS|FLAGS|SIZES|NUMBERS) = \[(.*)\];$/gm)].flatMap(
      ([, list = '']) => [...list.matchAll(/'(.+?)'/g)].map(([, attribute = '']) => attribute),
    );
    expect(attributes.length).toBeGreaterThan(12);
    expect(attributes.filter((attribute) => !page('src/element/').includes(`\`${attribute}\``))).toEqual([]);
    const links = linksOf(page('src/adapters/')).map((link) => targetOf('src/adapters/README.md', link).path);
    const recipes = readdirSync(join(ROOT, 'demo/recipes')).filter((file) => !['server', 'tsconfig.json'].includes(file));
    expect(recipes.filter((file) => !links.includes(`demo/recipes/${file}`))).toEqual([]);
    const serverLinks = linksOf(page('src/server/')).map((link) => targetOf('src/server/README.md', link).path);
    const servers = readdirSync(join(ROOT, 'demo/recipes/server'));
    expect(servers.filter((file) => !serverLinks.includes(`demo/recipes/server/${file}`))).toEqual([]);
    const examples = readdirSync(join(ROOT, 'demo/gallery')).filter(
      (name) => name !== 'plain' && existsSync(join(ROOT, `demo/gallery/${name}/index.html`)),
    );
    expect(examples.filter((name) => !page('src/adapters/').includes(`\`demo/gallery/${name}\``))).toEqual([]);
    const suites = readdirSync(join(ROOT, 'test'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(suites.filter((suite) => !page('test/').includes(`](./${suite.name})`)).map((suite) => suite.name)).toEqual([]);
  });
});

it.each(FOLDERS)('%sREADME.md and its twin have the same headings, samples, tables and links', (folder) => {
  const [english, chinese] = LANGUAGES.map((language) => textOf(`${folder}README${language}.md`)) as [string, string];
  expect(levels(chinese)).toEqual(levels(english));
  expect(codeBlocks(chinese).map(({ language }) => language)).toEqual(codeBlocks(english).map(({ language }) => language));
  expect(codeBlocks(chinese).map(bare)).toEqual(codeBlocks(english).map(bare));
  expect(skeleton(chinese)).toEqual(skeleton(english));
  // Apart from the links to each other, they have the same links, in their language.
  const paths = (text: string): string[] => [...new Set(linksOf(text).map((link) => targetOf(`${folder}README.md`, link).path))];
  const plain = (text: string): string[] =>
    [...new Set(paths(text).map((path) => path.replace('.zh-CN', '')))].filter((path) => path !== `${folder}README.md`).sort();
  expect(plain(chinese)).toEqual(plain(english));
});
