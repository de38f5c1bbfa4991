/**
 * Takes pictures of `<oss-upload>` and of other widgets in the states that users meet, to be looked at by a person. Build first, then:
 *
 *     node test/widgets/pictures/take.mjs --out pictures
 *     node test/widgets/pictures/take.mjs --out pictures --states busy,failed --widgets element --languages en --directions ltr
 *
 * Every list option takes several values with commas; without it, all are taken. `--out` gets one file for each picture, and
 * contact sheets in its folder `sheets`.
 */
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeSheets } from './sheets.mjs';

const ALL = {
  states: 'empty,dragging,busy,many,paused,offline,stalled,failed,refused,unfinished,done',
  widgets: 'element,uppy,antd,filepond',
  widths: '360,768,1440',
  themes: 'light,dark',
  directions: 'ltr,rtl',
  languages: 'en,zh-CN,de',
};

const lists = /** @type {(keyof typeof ALL)[]} */ (Object.keys(ALL));
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    'sheets-only': { type: 'boolean' },
    ...Object.fromEntries(lists.map((name) => [name, { type: /** @type {const} */ ('string'), default: ALL[name] }])),
  },
});
if (!values.out) throw new Error('Which folder? --out DIR');

const out = resolve(String(values.out));
const chosen = Object.fromEntries(lists.map((name) => [name, String(/** @type {Record<string, unknown>} */ (values)[name]).split(',')]));
await mkdir(out, { recursive: true });

let exitCode = 0;
if (!values['sheets-only']) {
  const config = fileURLToPath(new URL('./playwright.config.ts', import.meta.url));
  const { status } = spawnSync('npx', ['playwright', 'test', '--config', config], {
    stdio: 'inherit',
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: { ...process.env, WIDGETS_ONLY: chosen.widgets?.join(','), PICTURES: JSON.stringify({ out, ...chosen }) },
  });
  exitCode = status ?? 1;
}
await makeSheets(out);
process.exitCode = exitCode;
