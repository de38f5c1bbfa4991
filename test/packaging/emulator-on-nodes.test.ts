/** The packed emulator on the other versions of Node that it is for. One that npm lacks is named, with the reason, and not tried. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks } from '../helpers/samples.js';
import { installNode, type NodeBinary } from './node-binary.js';
import { NAME, pack, unpack } from './pack.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAJORS = [20, 22, 24];
const present = Number(process.versions.node.split('.')[0]);

const folder = await realpath(await mkdtemp(join(tmpdir(), 'oss-resumable-nodes-test-')));
const binaries: NodeBinary[] = [];
for (const major of MAJORS.filter((each) => each !== present)) {
  const found = await installNode(major, join(folder, `node-${major}`));
  if (typeof found === 'string') console.log(`NOT RUN on Node ${major}: ${found}`);
  else binaries.push(found);
}

let installed: string;
beforeAll(async () => {
  installed = await unpack(await pack(folder), folder);
  for (const name of ['vitest', 'ali-oss']) await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
  const page = await readFile(join(installed, 'src/emulator/README.md'), 'utf8');
  await writeFile(join(folder, 'emulator.test.ts'), codeBlocks(page).find(({ language }) => language === 'ts')?.code ?? '');
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('the package allows the versions of Node that it is tried on', async () => {
  const { engines } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { engines: { node: string } };
  expect(engines.node).toBe('>=20.19');
});

describe.for(binaries)('on Node $version', ({ path, version }) => {
  it('the command starts, answers and ends clean', async () => {
    const { bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { bin: Record<string, string> };
    const child = spawn(path, [join(installed, bin[NAME] as string), 'emulator', '--port', '0', '--json'], { cwd: folder });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let printed = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => resolve(text));
      void ended.then(() => reject(new Error(printed)));
    });
    const { url } = JSON.parse(line) as { url: string };
    expect(await (await fetch(`${url}/_control/health`)).json()).toMatchObject({ status: 'ok' });
    child.kill('SIGTERM');
    // Windows has no signals: there it is killed.
    if (process.platform !== 'win32') expect([await ended, printed]).toEqual([0, '']);
  });

  it('the example of its README passes', async () => {
    const child = spawn(path, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder], { cwd: folder });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    expect(await new Promise((resolve) => child.once('close', resolve)), `${version}: ${printed}`).toBe(0);
    expect(printed).toMatch(/Tests .*1 passed/);
  });
});
