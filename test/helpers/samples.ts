/** The samples in Markdown pages, and what TypeScript says about them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const readJson = (name: string) => JSON.parse(readFileSync(join(ROOT, name), 'utf8'));

export interface Block {
  language: string;
  code: string;
}

export function codeBlocks(text: string): Block[] {
  return [...text.matchAll(/^```(\S+)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({ language, code }));
}

/** The samples of a page that can be compiled: file name → code. */
export function samplesOf(page: string, text: string, isWanted: (code: string) => boolean = () => true): Record<string, string> {
  const prefix = page.replaceAll(/[./]/g, '-');
  const samples = codeBlocks(text).map(({ language, code }, index): [string, string] | undefined => {
    if (!isWanted(code)) return undefined;
    if (language === 'ts') return [`${prefix}-${index}.ts`, withImports(code)];
    if (language === 'vue') return [`${prefix}-${index}.ts`, /<script[^>]*>\n([\s\S]*?)<\/script>/.exec(code)?.[1] ?? ''];
    return language === 'tsx' || language === 'js' ? [`${prefix}-${index}.${language}`, code] : undefined;
  });
  return Object.fromEntries(samples.filter((sample) => sample !== undefined));
}

/** Whether a sample imports one of the widgets that only the gallery installs. */
export const needsWidget = (code: string): boolean => /from '(antd|element-plus|filepond|@uppy\/.+)'/.test(code);

/** Later samples leave out what the first one has imported. */
function withImports(code: string): string {
  return /createUploader\(/.test(code) && !/import .*createUploader/.test(code)
    ? `import { createUploader } from 'oss-resumable';\n${code}`
    : code;
}

/** What the samples take as given. */
const AMBIENT = `
declare const uploader: import('oss-resumable').Uploader;
declare const task: import('oss-resumable').UploadTask;
declare const userId: string;
declare const credentials: import('oss-resumable').CredentialsProvider;
declare const file: File;
declare const handle: FileSystemFileHandle;
declare const button: HTMLButtonElement;
declare const dropZone: HTMLElement;
declare module 'ali-oss';
`;

/** Where the package's names lead in this repository: to the sources. */
const SOURCES = Object.fromEntries(
  Object.entries(readJson('package.json').exports as Record<string, { types?: string }>).flatMap(([subpath, { types }]) =>
    types ? [[subpath.replace(/^\./, 'oss-resumable'), [join(ROOT, types.replace('./dist/', 'src/').replace('.d.ts', '.ts'))]]] : [],
  ),
);

/**
 * What TypeScript says about these files, one line each.
 *
 * @param packages a `node_modules` that they find before the project's
 */
export function complaintsAbout(files: Record<string, string>, packages?: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'oss-resumable-samples-'));
  try {
    mkdirSync(join(folder, 'samples'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    if (packages) symlinkSync(packages, join(folder, 'samples/node_modules'), 'junction');
    const compilerOptions = {
      ...readJson('tsconfig.json').compilerOptions,
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      noUnusedLocals: false,
      noUnusedParameters: false,
      types: ['node'],
      paths: SOURCES,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['samples'] }));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'samples/ambient.d.ts'), AMBIENT);
    for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, 'samples', name), `${code}\nexport {};\n`);
    const tsc = [join(ROOT, 'node_modules/typescript/bin/tsc'), '--pretty', 'false'];
    const { stdout, stderr, error } = spawnSync(process.execPath, tsc, { cwd: folder, encoding: 'utf8' });
    if (error) throw error;
    // Lines that continue another one are indented.
    return (stdout + stderr).split('\n').filter((line) => /^\S/.test(line));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
