/** The uploader of `<oss-upload>`, and a new one for each change of the settings. */
import { createUploader, type Network, type RequestEvent, type Uploader, type UploadTask } from 'oss-resumable';
import type { DemoConfig } from './config.js';
import type { Settings } from './settings.js';

/**
 * @param onRequest called after each attempt of a request
 * @returns creates the uploader for the files that follow; the uploads of the earlier one continue where they are
 */
export function createUploaders(
  config: DemoConfig,
  network: Network,
  onRequest: (event: RequestEvent) => void,
): (settings: Settings) => Uploader {
  let current: Uploader | undefined;

  return ({ partSize, parallel, crc64, md5 }) => {
    if (current) disposeWhenIdle(current);
    current = createUploader({
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
    current.observe(onRequest);
    return current;
  };
}

function disposeWhenIdle(uploader: Uploader): void {
  const check = (): void => {
    if (!uploader.getSnapshot().every(isSettled)) return;
    unsubscribe();
    void uploader.dispose();
  };
  const unsubscribe = uploader.subscribe(check);
  check();
}

/** Whether nothing more can happen to a task, not even by `resume()`. */
function isSettled(task: UploadTask): boolean {
  const state = task.getSnapshot();
  return state.status === 'done' || state.status === 'aborted' || (state.status === 'failed' && !state.resumable);
}
