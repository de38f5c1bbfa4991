import { type CollectedFile, createUploader, type Network, type UnfinishedUpload, type Uploader, type UploadTask } from 'oss-resumable';
import type { DemoConfig } from './config.js';
import type { Settings } from './settings.js';

/** All that this page does with the library. */
export interface Uploads {
  /** @throws {TypeError | RangeError} for a file that can't be uploaded, such as one whose name OSS does not allow */
  add(item: CollectedFile): UploadTask;
  /** Resumes an upload of an earlier visit. */
  goOn(entry: UnfinishedUpload, file: File, handle?: FileSystemFileHandle): UploadTask;
  unfinished(): Promise<UnfinishedUpload[]>;
  discard(id: string): Promise<void>;
  /** For files added from now on. */
  apply(settings: Settings): void;
  /** Lets go of the tasks that are over. */
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

  /** An uploader's settings are fixed: the old one finishes what it has, and goes. */
  function retire(old: Uploader): void {
    const disposeWhenIdle = (): void => {
      if (!old.getSnapshot().every(isOver)) return;
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
    goOn({ key, file: { name } }, file, fileHandle) {
      return uploader.upload(file, { key, path: name, fileHandle });
    },
    async unfinished() {
      const entries = await uploader.unfinished();
      // What an uploader with other settings still works on is not left over.
      const busy = new Set([...retired].flatMap((old) => old.getSnapshot().filter((task) => !isOver(task))).map(({ key }) => key));
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
export function isOver(task: UploadTask): boolean {
  const state = task.getSnapshot();
  return state.status === 'done' || state.status === 'aborted' || (state.status === 'failed' && !state.resumable);
}
