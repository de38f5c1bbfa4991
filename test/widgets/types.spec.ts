/** Type checks that need widgets: these are installed for the tests here, not for `npm run typecheck`. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { complaintsAbout, needsWidget, samplesOf } from '../helpers/samples.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test.describe.configure({ timeout: 180_000 });

for (const [title, project] of [
  ['what the adapters make has the types that their widgets ask for, antd 5 and ant-design-vue 4 too', 'test/widgets'],
  ["the gallery's pages keep to the types of their widgets", 'demo/gallery'],
  ['<oss-upload> has its types in TSX with React 18, as with React 19', 'test/widgets/react18'],
] as const) {
  test(title, () => {
    const command = ['node_modules/typescript/bin/tsc', '-p', project];
    const tsc = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' });
    expect(tsc.stdout + tsc.stderr).toBe('');
    expect(tsc.status).toBe(0);
  });
}

test("samples with a widget compile, and would not with a wrong option of the widget's", () => {
  const files: Record<string, string> = { 'wrong.tsx': "import { Upload } from 'antd';\nexport const wrong = <Upload multipel />;" };
  for (const page of ['src/adapters/README.md', 'src/adapters/README.zh-CN.md'])
    Object.assign(files, samplesOf(page, readFileSync(`${ROOT}${page}`, 'utf8'), needsWidget));
  expect(Object.keys(files).length).toBeGreaterThan(6);
  const complaints = complaintsAbout(files, `${ROOT}demo/gallery/node_modules`);
  expect(complaints.filter((line) => !line.includes('wrong.tsx'))).toEqual([]);
  expect(complaints.join('\n')).toContain('wrong.tsx(2,');
});
