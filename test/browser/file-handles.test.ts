import { describe, expect, onTestFinished, test } from 'vitest';
import { createFileHandles, fileFromHandle } from '../../src/browser/file-handles.js';
import type { PermissionHandle } from '../../src/browser/file-system-access.js';
import { FileUnreadableError } from '../../src/errors.js';

/** A handle of a real file, in the origin's private file system. */
async function fileHandle(content: string): Promise<{ handle: FileSystemFileHandle; remove(): Promise<void> }> {
  const folder = await navigator.storage.getDirectory();
  const name = `file-handles-test-${Math.random()}.txt`;
  const handle = await folder.getFileHandle(name, { create: true });
  const stream = await handle.createWritable();
  await stream.write(content);
  await stream.close();
  return { handle, remove: () => folder.removeEntry(name) };
}

/** A handle whose permission has to be asked for. */
function guarded(handle: FileSystemFileHandle, query: PermissionState, answer: () => Promise<PermissionState>): PermissionHandle {
  return {
    name: handle.name,
    getFile: () => handle.getFile(),
    queryPermission: async () => query,
    requestPermission: answer,
  } as unknown as PermissionHandle;
}

describe('createFileHandles', () => {
  test('keeps a handle, for a later page too, until it is removed', async () => {
    const name = `file-handles-test-${Math.random()}`;
    onTestFinished(() => void indexedDB.deleteDatabase(name));
    const { handle } = await fileHandle('content');
    await createFileHandles(name).save('a', handle);
    const later = createFileHandles(name);
    const loaded = await later.load('a');
    expect(await loaded!.isSameEntry(handle)).toBe(true);
    expect(await (await fileFromHandle(loaded!)).text()).toBe('content');
    await later.remove('a');
    expect(await later.load('a')).toBeUndefined();
  });
});

describe('fileFromHandle', () => {
  test('opens a file that may be read', async () => {
    const { handle } = await fileHandle('content');
    expect(await (await fileFromHandle(handle)).text()).toBe('content');
  });

  test('asks for permission when it has to', async () => {
    const { handle } = await fileHandle('content');
    expect(await (await fileFromHandle(guarded(handle, 'prompt', async () => 'granted'))).text()).toBe('content');
  });

  test('opens a file where the browser knows no permissions', async () => {
    const { handle } = await fileHandle('content');
    const plain = { name: handle.name, getFile: () => handle.getFile() } as unknown as FileSystemFileHandle;
    expect(await (await fileFromHandle(plain)).text()).toBe('content');
  });

  test.each<[string, PermissionState, () => Promise<PermissionState>]>([
    ['was denied before', 'denied', () => expect.unreachable()],
    ['is denied', 'prompt', async () => 'denied'],
    ['prompt is dismissed', 'prompt', async () => 'prompt'],
    ['is asked for without a click', 'prompt', () => Promise.reject(new DOMException('User activation is required', 'SecurityError'))],
  ])('rejects with a FileUnreadableError when permission %s', async (_, query, answer) => {
    const { handle } = await fileHandle('content');
    const error: unknown = await fileFromHandle(guarded(handle, query, answer)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FileUnreadableError);
    expect(error).toMatchObject({ code: 'FileUnreadable', resumable: true, message: expect.stringContaining(handle.name) });
  });

  test('rejects with a FileUnreadableError when the file is gone', async () => {
    const { handle, remove } = await fileHandle('content');
    await remove();
    const error: unknown = await fileFromHandle(handle).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FileUnreadableError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/moved or deleted.*Select it again/),
      cause: { name: 'NotFoundError' },
    });
  });
});
