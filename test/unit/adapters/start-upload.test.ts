/** Which keys the files of a widget get, where the application names none. */
import { expect, test } from 'vitest';
import { startUpload } from '../../../src/adapters/start-upload.js';
import type { UploadOptions, Uploader } from '../../../src/index.js';
import type { TaskStatus } from '../../../src/core/task-state.js';

/** An uploader whose tasks become what a test says. */
function setUp(): { add(name: string, content?: string): { key: UploadOptions['key']; become(status: TaskStatus): void } } {
  const uploader = {
    upload(_file: Blob, { key }: UploadOptions) {
      let status: TaskStatus = 'queued';
      const listeners = new Set<() => void>();
      const become = (next: TaskStatus): void => {
        status = next;
        for (const listener of [...listeners]) listener();
      };
      const subscribe = (listener: () => void): (() => void) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      };
      return { key, become, subscribe, getSnapshot: () => ({ status }) };
    },
  } as unknown as Uploader;
  return {
    add: (name, content = 'content') => startUpload(uploader, new File([content], name, { lastModified: 1 }), name, {}) as never,
  };
}

test('another file of the same name gets another key; an aborted upload frees its own', () => {
  const { add } = setUp();
  const first = add('photo.jpg');
  expect(add('photo.jpg', 'another picture').key).toBe('photo (2).jpg');
  first.become('aborted');
  expect(add('photo.jpg', 'a third picture').key).toBeUndefined();
});

test('an aborted duplicate doesn’t free the key under which its file is stored, or still may be', () => {
  const { add } = setUp();
  const stored = add('photo.jpg');
  const running = add('film.mp4');
  stored.become('done');
  for (const name of ['photo.jpg', 'film.mp4']) add(name).become('aborted');
  expect(running.key).toBeUndefined();
  expect(add('photo.jpg', 'another picture').key).toBe('photo (2).jpg');
  expect(add('film.mp4', 'another film').key).toBe('film (2).mp4');
});
