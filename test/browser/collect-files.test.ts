import { describe, expect, test } from 'vitest';
import { collectFiles, type CollectedFile, type SkippedEntry } from '../../src/browser/collect-files.js';

async function drain(files: AsyncIterable<CollectedFile>): Promise<CollectedFile[]> {
  const all: CollectedFile[] = [];
  for await (const file of files) all.push(file);
  return all;
}

describe('collectFiles', () => {
  const [a, b] = [new File(['a'], 'a.txt'), new File(['b'], 'b.txt')];

  test('takes lists of files', async () => {
    expect(await drain(collectFiles([a, b]))).toEqual([
      { file: a, path: 'a.txt' },
      { file: b, path: 'b.txt' },
    ]);
    expect(await drain(collectFiles(new Set([b])))).toEqual([{ file: b, path: 'b.txt' }]);
  });

  test('takes a file input, with the paths of a chosen folder', async () => {
    const transfer = new DataTransfer();
    transfer.items.add(a);
    const input = document.createElement('input');
    input.type = 'file';
    input.files = transfer.files;
    expect(await drain(collectFiles(input))).toEqual([{ file: a, path: 'a.txt' }]);
    expect(await drain(collectFiles(input.files))).toEqual([{ file: a, path: 'a.txt' }]);
    const inFolder = Object.defineProperty(new File(['c'], 'c.txt'), 'webkitRelativePath', { value: 'folder/sub/c.txt' });
    expect((await drain(collectFiles([inFolder])))[0]!.path).toBe('folder/sub/c.txt');
  });

  test('takes pasted files, which have neither entry nor handle, and leaves text alone', async () => {
    const transfer = new DataTransfer();
    transfer.items.add('some text', 'text/plain');
    transfer.items.add(b);
    expect(await drain(collectFiles(transfer))).toEqual([{ file: b, path: 'b.txt' }]);
  });

  test('takes nothing from an empty drop', async () => {
    expect(await drain(collectFiles(new DataTransfer()))).toEqual([]);
  });

  test('can be stopped by its user without the rest being read or an error reported', async () => {
    const skipped: SkippedEntry[] = [];
    const iterate = async (): Promise<void> => {
      for await (const { file } of collectFiles([a, b], { onSkip: (entry) => skipped.push(entry) }))
        throw new Error(`stopped at ${file.name}`);
    };
    await expect(iterate()).rejects.toThrow('stopped at a.txt');
    expect(skipped).toEqual([]);
  });
});
