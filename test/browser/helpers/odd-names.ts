/** A folder on disk with names that Chromium's directory handles omit. Runs in Node, before the tests. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FILES = [
  ...['What is this?.pdf', '12:30 notes.txt', 'a*b.txt', 'a|b.txt', 'say "hi".txt', 'a<b.txt', 'a>b.txt', 'back\\slash.txt'],
  ...[' leading.txt', 'trailing.txt ', '.hidden', '..two dots', 'name.', 'name..', '~', 'report.txt~', '~$word.docx'],
  ...['shortcut.lnk', 'page.url', 'folder.scf', 'setting.local', 'CON', 'nul.txt', 'COM1', 'lpt9.log', 'Thumbs.db', 'desktop.ini'],
  ...['%41.txt', '#1.txt', '中文 文件.txt'],
];
const FOLDERS = ['ends with a dot.', 'what?', 'backup~', ' blank '];

/** Creates the folder anew; each file contains its own path. @returns the paths of all files, without those that this system can't name */
export function writeOddNames(folder: string): string[] {
  rmSync(folder, { recursive: true, force: true });
  const paths = ['plain.txt', 'plain folder/plain.txt', ...FILES, ...FOLDERS.map((name) => `${name}/inside.txt`)];
  return paths.filter((path) => {
    try {
      const place = join(folder, path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, path);
      return true;
    } catch {
      return false;
    }
  });
}
