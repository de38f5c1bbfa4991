import { createCustomRequest } from 'oss-resumable/antd';
import { createHttpRequest } from 'oss-resumable/element-plus';
import { createFilePondServer } from 'oss-resumable/filepond';
import { describe, expect, it } from 'vitest';
import type { Uploader } from '../../../src/uploader.js';

const uploader = { upload: () => {} } as unknown as Uploader;

// Node: neither a document nor an XMLHttpRequest, as on a server that renders a page.
describe.each([
  ['createCustomRequest', createCustomRequest],
  ['createHttpRequest', createHttpRequest],
] as const)('%s', (name, create) => {
  it.each([[undefined], [null], [{}], [{ region: 'cn-hangzhou' }]])('says that %o is not an uploader', (value) => {
    expect(() => create(value as unknown as Uploader)).toThrow(
      new TypeError(`${name}() needs an uploader: make one with createUploader()`),
    );
  });

  it('has no task before a file was uploaded, and can be created without a browser', () => {
    const request = create({ upload: () => {} } as unknown as Uploader);
    expect(request.taskOf(new Blob(['a']))).toBeUndefined();
    expect(request.taskOf({ uid: 1 })).toBeUndefined();
    expect(request.taskOf({})).toBeUndefined();
  });
});

it.each([
  ['createCustomRequest', (abortBehavior: never) => createCustomRequest(uploader, {}, { abortBehavior })],
  ['createFilePondServer', (abortBehavior: never) => createFilePondServer(uploader, { abortBehavior })],
])('%s refuses an unknown abortBehavior', (name, create) => {
  expect(() => create('ignore' as never)).toThrow(new RegExp(`^${name}\\(\\): abortBehavior must be .* not "ignore"`));
});
