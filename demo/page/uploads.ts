/** Everything that this page does with the library. */
import { type CollectedFile, createUploader, type Network, type UnfinishedUpload, type Uploader, type UploadTask } from 'oss-resumable';
import type { DemoConfig } from './config.js';
import type { Settings } from './settings.js';

export interface Uploads {
  /** @throws {TypeError | RangeError} for a file that can't be uploaded, such as one whose name OSS does not allow */
  add(item: CollectedFile): UploadTask;
  /** Resumes an upload of an earlier visit. */
  resume(entry: UnfinishedUpload, file: File, handle?: FileSystemFileHandle): UploadTask;
  unfinished(): Promise<UnfinishedUpload[]>;
  discard(id: string): Promise<void>;
  /** For files added from now on. */
  apply(settings: Settings): void;
  /** Removes the settled tasks. */
  clear(): void;
}

export function createUploads(config: DemoConfig, settings: Settings, network: Network): Uploads {
  const retired = new Set<Uploader>();
  let uploader = start(settings);

  function start({ partSize, parallel, crc64, md5 }: Settings): Uploader {
    return createUploader({
      region: config.region,
      bucket: config.bucket,
      endpoint: config.endpoint,
      cname: config.cname,
      credentials: async ({ signal }) => {
        const response = await fetch(config.stsUrl, { signal });
        if (!response.ok) throw new Error(`The STS endpoint answered ${response.status}`);
        return response.json();
      },
      partSize,
      parallel,
      integrity: { crc64, md5 },
      unloadGuard: true,
      ports: { network },
    });
  }

  /** An uploader's settings are fixed: the old one finishes its uploads and is then disposed. */
  function retire(old: Uploader): void {
    const disposeWhenIdle = (): void => {
      if (!old.getSnapshot().every(isSettled)) return;
      unsubscribe();
      retired.delete(old);
      void old.dispose();
    };
    const unsubscribe = old.subscribe(disposeWhenIdle);
    retired.add(old);
    disposeWhenIdle();
  }

  return {
    add({ file, path, fileHandle }) {
      return uploader.upload(file, { key: config.prefix + path, path, fileHandle });
    },
    resume({ key, file: { name } }, file, fileHandle) {
      return uploader.upload(file, { key, path: name, fileHandle });
    },
    async unfinished() {
      const entries = await uploader.unfinished();
      // Uploads that an earlier uploader of this page is still running are not unfinished.
      const busy = new Set([...retired].flatMap((old) => old.getSnapshot().filter((task) => !isSettled(task))).map(({ key }) => key));
      return entries.filter(({ key }) => !busy.has(key));
    },
    discard: (id) => uploader.discard(id),
    apply(next) {
      const old = uploader;
      uploader = start(next);
      retire(old);
    },
    clear() {
      for (const each of [uploader, ...retired]) each.clear();
    },
  };
}

/** Whether nothing more can happen to a task, not even by `resume()`. */
export function isSettled(task: UploadTask): boolean {
  const state = task.getSnapshot();
  return state.status === 'done' || state.status === 'aborted' || (state.status === 'failed' && !state.resumable);
}
