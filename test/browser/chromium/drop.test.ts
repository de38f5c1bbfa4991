/** Drops of files and folders of the disk, which only Chromium's DevTools can make. */
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { cdp, commands, server } from 'vitest/browser';
import { collectFiles, type CollectedFile, type SkippedEntry } from '../../../src/browser/collect-files.js';

/** What this uses of the DevTools protocol. */
interface DevTools {
  send(method: 'Input.dispatchDragEvent', parameters: object): Promise<unknown>;
}

const FOLDER = `${server.config.root}/node_modules/.drop-test`;
const MANY = 250;

async function drain(files: AsyncIterable<CollectedFile>): Promise<CollectedFile[]> {
  const all: CollectedFile[] = [];
  for await (const file of files) all.push(file);
  return all;
}

/** Lets the browser drop files and folders of the disk on this page; `onDrop` runs inside the event's handler. */
async function drop<T>(names: string[], onDrop: (transfer: DataTransfer) => T): Promise<T> {
  const target = document.createElement('div');
  target.style.cssText = 'position: fixed; inset: 0; z-index: 1';
  document.body.append(target);
  onTestFinished(() => target.remove());
  target.addEventListener('dragover', (event) => event.preventDefault());
  const dropped = new Promise<T>((resolve) => {
    target.addEventListener('drop', (event) => {
      event.preventDefault();
      resolve(onDrop(event.dataTransfer!));
    });
  });
  // The test runs in a frame of the page that the protocol's coordinates are of.
  const frame = window.frameElement!.getBoundingClientRect();
  const data = { items: [], files: names.map((name) => `${FOLDER}/${name}`), dragOperationsMask: 1 };
  const at = { x: frame.x + frame.width / 2, y: frame.y + frame.height / 2, data };
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await (cdp() as unknown as DevTools).send('Input.dispatchDragEvent', { type, ...at });
  }
  return dropped;
}

describe('collectFiles, of a drop', () => {
  const write = (path: string, content: string): Promise<unknown> => commands.writeFile(`${FOLDER}/${path}`, content);

  beforeAll(async () => {
    await write('single.txt', 'single');
    await write('tree/a.txt', 'a');
    await write('tree/one/two/three/deep file.txt', 'deep');
    await write('tree/empty/gone.txt', '');
    await commands.removeFile(`${FOLDER}/tree/empty/gone.txt`);
    for (let number = 0; number < MANY; number += 1) await write(`tree/many/${number}.txt`, String(number));
  });

  /** The two ways in which browsers let a drop be read. */
  describe.each([
    ['with file handles', true],
    ['with entries only', false],
  ])('%s', (_, withHandles) => {
    const collect = (transfer: DataTransfer, onSkip?: (entry: SkippedEntry) => void): AsyncIterable<CollectedFile> => {
      if (withHandles) return collectFiles(transfer, { onSkip });
      const items = Array.from(transfer.items, (item) => ({
        kind: item.kind,
        getAsFile: () => item.getAsFile(),
        webkitGetAsEntry: () => item.webkitGetAsEntry(),
      }));
      return collectFiles({ items } as unknown as DataTransfer, { onSkip });
    };

    test('gives files, and those of folders at any depth, with their paths', async () => {
      const skipped: SkippedEntry[] = [];
      const collected = await drain(await drop(['single.txt', 'tree'], (transfer) => collect(transfer, (entry) => skipped.push(entry))));
      const paths = collected.map(({ path }) => path).sort();
      const many = Array.from({ length: MANY }, (_, number) => `tree/many/${number}.txt`);
      expect(paths).toEqual(['single.txt', 'tree/a.txt', 'tree/one/two/three/deep file.txt', ...many].sort());
      const deep = collected.find(({ path }) => path.endsWith('deep file.txt'))!;
      expect(await deep.file.text()).toBe('deep');
      expect(deep.file.name).toBe('deep file.txt');
      expect(skipped).toEqual([{ path: 'tree/empty', reason: 'empty-folder' }]);
      expect(collected.every(({ fileHandle }) => (fileHandle !== undefined) === withHandles)).toBe(true);
    });

    test('reads a folder only as far as it is iterated', async () => {
      for await (const { path } of await drop(['tree'], collect)) {
        expect(path).toMatch(/^tree\//);
        break;
      }
    });

    test('reports what was deleted since, and continues', async () => {
      await write('doomed.txt', 'x');
      const skipped: SkippedEntry[] = [];
      const files = await drop(['doomed.txt', 'single.txt'], (transfer) => collect(transfer, (entry) => skipped.push(entry)));
      await commands.removeFile(`${FOLDER}/doomed.txt`);
      expect((await drain(files)).map(({ path }) => path)).toEqual(['single.txt']);
      expect(skipped).toEqual([{ path: 'doomed.txt', reason: 'unreadable', error: expect.objectContaining({ name: 'NotFoundError' }) }]);
    });
  });

  describe('of names that directory handles leave out', () => {
    const paths = inject('oddNames').map((name) => `odd/${name}`);

    test(`${paths.length} files in odd folders too: every one arrives, with its content, and nothing is reported`, async () => {
      const skipped: SkippedEntry[] = [];
      const collected = await drain(await drop(['odd'], (transfer) => collectFiles(transfer, { onSkip: (entry) => skipped.push(entry) })));
      expect(collected.map(({ path }) => path).sort()).toEqual([...paths].sort());
      expect(skipped).toEqual([]);
      for (const { path, file } of collected) {
        expect(`odd/${await file.text()}`).toBe(path);
        expect(file.name).toBe(path.split('/').at(-1));
      }
    });

    test('those that handles know of have theirs, of the same file', async () => {
      const collected = await drain(await drop(['odd'], (transfer) => collectFiles(transfer)));
      for (const path of ['odd/plain.txt', 'odd/plain folder/plain.txt']) {
        const { file, fileHandle } = collected.find((one) => one.path === path)!;
        const again = await fileHandle!.getFile();
        expect([again.name, again.size, again.lastModified, again.type]).toEqual([file.name, file.size, file.lastModified, file.type]);
        expect(`odd/${await again.text()}`).toBe(path);
      }
    });

    test('dropped by themselves, they are there, too', async () => {
      const alone = paths.filter((path) => path.split('/').length === 2);
      const collected = await drain(await drop(alone, (transfer) => collectFiles(transfer)));
      expect(collected.map(({ path }) => `odd/${path}`).sort()).toEqual(alone.sort());
    });
  });

  test('what the browser names but gives in no way is reported', async () => {
    const items = [{ kind: 'file', getAsFile: () => null, webkitGetAsEntry: () => null }];
    const skipped: SkippedEntry[] = [];
    const collected = await drain(collectFiles({ items } as unknown as DataTransfer, { onSkip: (entry) => skipped.push(entry) }));
    expect(collected).toEqual([]);
    expect(skipped).toEqual([{ path: '', reason: 'unreadable', error: expect.objectContaining({ name: 'NotReadableError' }) }]);
  });
});
