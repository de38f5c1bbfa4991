/** The uploader that all examples share, for the demo's bucket. */
import { createUploader, type UploaderOptions } from 'oss-resumable';
import { loadConfig } from '../page/config.js';

const { region, bucket, endpoint, cname, stsUrl, prefix } = await loadConfig();

/** The only prefix that the demo's credentials may write to. */
export { prefix };

export const options: UploaderOptions = {
  region,
  bucket,
  endpoint,
  cname,
  credentials: async ({ signal }) => {
    const response = await fetch(stsUrl, { signal });
    if (!response.ok) throw new Error(`The STS endpoint answered ${response.status}`);
    return response.json();
  },
  unloadGuard: true,
};

export const uploader = createUploader(options);

/** The key of a file: the prefix and the file's path in its folder, or its name. */
export const keyOf = (_file: Blob, path: string): string => prefix + path;
