import { createCustomRequest } from 'oss-resumable/antd';
import { createHttpRequest } from 'oss-resumable/element-plus';
import { createFilePondServer } from 'oss-resumable/filepond';
import { describe, expect, it } from 'vitest';
import type { TaskStatus } from '../../../src/core/task-state.js';
import { CallbackError } from '../../../src/errors.js';
import type { UploadOptions } from '../../../src/options/types.js';
import type { Uploader } from '../../../src/uploader.js';

/** A fake uploader: records its uploads, and lets a test set their statuses. */
function createUploader() {
  const begun: { key: UploadOptions['key']; options: UploadOptions; become(status: TaskStatus, error?: Error): void }[] = [];
  const uploader = {
    upload(file: Blob, options: UploadOptions) {
      let status: TaskStatus = 'queued';
      let error: Error | undefined;
      const listeners = new Set<() => void>();
      begun.push({
        key: options.key,
        options,
        become(next, why) {
          status = next;
          error = why;
          for (const listener of [...listeners]) listener();
        },
      });
      return {
        file,
        result: new Promise(() => {}),
        getSnapshot: () => ({ status, error, progress: { loaded: 0, total: file.size } }),
        subscribe(listener: () => void) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      };
    },
  } as unknown as Uploader;
  return { uploader, begun };
}

const fileOf = (name: string, content = 'content'): File => new File([content], name, { lastModified: 1 });

describe('a widget’s request, created again by a component', () => {
  it('knows the rows of the first one, but only of the same uploader', () => {
    const { uploader } = createUploader();
    const file = Object.assign(fileOf('a.txt'), { uid: 'rc-upload-1' });
    createCustomRequest(uploader)({ file });
    expect(createCustomRequest(uploader).taskOf(file)).toBeDefined();
    expect(createCustomRequest(uploader).taskOf({ uid: 'rc-upload-1' })).toBeDefined();
    expect(createHttpRequest(uploader).taskOf({ uid: 2, raw: file })).toBeDefined();
    expect(createCustomRequest(createUploader().uploader).taskOf(file)).toBeUndefined();
  });

  it('finds the task of a file of another realm', () => {
    const { uploader } = createUploader();
    // Of a pop-up: no `File` and no `Blob` of this window.
    const foreign = { name: 'a.txt', size: 3, lastModified: 1, type: '', slice: () => {} } as unknown as File;
    const request = createCustomRequest(uploader);
    request({ file: foreign });
    expect(request.taskOf(foreign)).toBeDefined();
    expect(request.taskOf({ uid: 1, originFileObj: foreign })).toBeDefined();
  });
});

describe('the key of a file without a key of the application', () => {
  it('is the file’s path; another file with that path gets a number, and the same file the same key', () => {
    const { uploader, begun } = createUploader();
    const request = createCustomRequest(uploader);
    for (const content of ['one', 'another', 'and one more', 'one']) request({ file: fileOf('a.tar.gz', content) });
    // Without a key it is the path.
    expect(begun.map(({ key }) => key)).toEqual([undefined, 'a.tar (2).gz', 'a.tar (3).gz', undefined]);
  });

  it('is shared by all widgets of an uploader', () => {
    const { uploader, begun } = createUploader();
    createCustomRequest(uploader)({ file: fileOf('a.txt', 'one') });
    const nothing = (): void => {};
    createFilePondServer(uploader).process('file', fileOf('a.txt', 'another'), {}, nothing, nothing, nothing, nothing);
    expect(begun.map(({ key }) => key)).toEqual([undefined, 'a (2).txt']);
  });

  it('is free again after an abort, but not after a failure or success', () => {
    const { uploader, begun } = createUploader();
    const request = createCustomRequest(uploader);
    request({ file: fileOf('a.txt', 'one') });
    begun[0]!.become('aborted');
    request({ file: fileOf('a.txt', 'another') });
    expect(begun[1]!.key).toBeUndefined();
    begun[1]!.become('paused');
    request({ file: fileOf('a.txt', 'and one more') });
    expect(begun[2]!.key).toBe('a (2).txt');
  });

  it('is not free after an abort if the object is stored and only its callback has failed', () => {
    const { uploader, begun } = createUploader();
    const request = createCustomRequest(uploader);
    request({ file: fileOf('a.txt', 'one') });
    begun[0]!.become('failed', new CallbackError('no', undefined, {}));
    begun[0]!.become('aborted');
    request({ file: fileOf('a.txt', 'another') });
    expect(begun[1]!.key).toBe('a (2).txt');
  });

  it('stays with the path of a folder', () => {
    const { uploader, begun } = createUploader();
    const request = createCustomRequest(uploader, (file) => ({ path: `${file.size}/${file.name}` }));
    request({ file: fileOf('a.txt', 'one') });
    request({ file: fileOf('a.txt', 'another') });
    expect(begun.map(({ key }) => key)).toEqual([undefined, undefined]);
  });
});

it('a key of the application is used as it is, and so is its scope', () => {
  const { uploader, begun } = createUploader();
  const key = () => 'random';
  for (const options of [{ key: 'fixed' }, { key, scope: 'avatar of user 42' }]) {
    createCustomRequest(uploader, options)({ file: fileOf('a.txt', 'one') });
    createCustomRequest(uploader, options)({ file: fileOf('a.txt', 'another') });
  }
  expect(begun.map(({ options }) => options)).toEqual([
    { key: 'fixed' },
    { key: 'fixed' },
    { key, scope: 'avatar of user 42' },
    { key, scope: 'avatar of user 42' },
  ]);
});
