/** Uploaders at the embedded OSS, and uploads that an earlier page load left. */
import { createUploader, type Credentials, type Uploader, type UploaderOptions } from '../../../src/index.js';
import { PART } from '../../helpers/sizes.js';
import { until } from '../../helpers/waits.js';
import { control, ossUrl, removeFaults } from './service.js';
import { acknowledgedParts } from './wire.js';

/** An uploader to the demo bucket that retries quickly, with a database of its own unless `checkpoint` is given. */
export function makeUploader(options: Partial<UploaderOptions> = {}): Uploader {
  return createUploader({
    region: 'cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint: ossUrl,
    credentials: fetchCredentials,
    partSize: PART,
    retry: { baseDelay: 10, maxDelay: 100 },
    checkpoint: newDatabase(),
    ...options,
  });
}

/** A database that no other test uses, for the option `checkpoint`. */
export function newDatabase(): { name: string } {
  return { name: `test-${crypto.randomUUID()}` };
}

/** A key that no other test uses. */
export function newKey(): string {
  return `test/${crypto.randomUUID()}.bin`;
}

/** Fresh STS credentials from the embedded OSS. */
export const fetchCredentials = async ({ signal }: { signal: AbortSignal }): Promise<Credentials> => {
  const response = await fetch(`${ossUrl}/sts`, { signal });
  if (!response.ok) throw new Error(`STS answered ${response.status}`);
  return (await response.json()) as Credentials;
};

/** An upload left by an earlier page load. */
export interface Unfinished {
  /** An uploader of the next page load, with the same database. */
  again(more?: Partial<UploaderOptions>): Uploader;
  /** Numbers of the parts that are stored and recorded. */
  acknowledged: number[];
  checkpoint: { name: string };
}

/** Uploads the first parts, then disposes of the uploader. The service answers normally afterwards. */
export async function leaveUnfinished(file: File, key: string, parts: number, options: Partial<UploaderOptions> = {}): Promise<Unfinished> {
  const checkpoint = newDatabase();
  const uploader = makeUploader({ checkpoint, parallel: 2, ...options });
  await control.addFault({ key, operation: 'UploadPart', skip: parts, times: null, fault: { kind: 'stall' } });
  const task = uploader.upload(file, { key });
  await until(task, ({ progress }) => progress.parts.done === parts);
  await uploader.dispose();
  await removeFaults(key);
  return {
    again: (more = {}) => makeUploader({ checkpoint, parallel: 2, ...options, ...more }),
    acknowledged: await acknowledgedParts(key),
    checkpoint,
  };
}
