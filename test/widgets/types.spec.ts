import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

// Here and not with the rest, because these packages are installed for the widgets' tests only.
for (const [title, project] of [
  ['what the adapters make has the types that antd 5 and ant-design-vue 4 ask for', 'types'],
  ['<oss-upload> has its types in TSX with React 18, as with React 19', 'react18'],
] as const) {
  test(title, () => {
    const command = ['node_modules/typescript/bin/tsc', '-p', `test/widgets/${project}`];
    const tsc = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' });
    expect(tsc.stdout + tsc.stderr).toBe('');
    expect(tsc.status).toBe(0);
  });
}
