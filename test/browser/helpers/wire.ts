/** Whole uploads against the embedded OSS: an uploader, the wire's transcript, and what is stored. */
import { inject } from 'vitest';
import { createUploader, type Credentials, type Uploader, type UploaderOptions } from '../../../src/index.js';
import { createControl, type LogEntry, type OpenUpload, type OperationName } from '../../helpers/oss-control.js';
import { PART } from '../../helpers/sizes.js';
import { acknowledged, count, transcript as transcriptAt } from '../../helpers/transcript.js';
import { until } from '../../helpers/waits.js';

export const ossUrl: string = inject('ossUrl');
export const control = createControl(ossUrl);

/** Fresh STS credentials from the embedded OSS. */
export const fetchCredentials = async ({ signal }: { signal: AbortSignal }): Promise<Credentials> => {
  const response = await fetch(`${ossUrl}/sts`, { signal });
  if (!response.ok) throw new Error(`STS answered ${response.status}`);
  return (await response.json()) as Credentials;
};

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

/** Delays every request of one operation about this key. */
export function slow(key: string, operation: OperationName, milliseconds: number): Promise<{ id: string }> {
  return control.addFault({ key, operation, times: null, fault: { kind: 'delay', milliseconds } });
}

/** Removes all faults about one key. */
export async function removeFaults(key: string): Promise<void> {
  for (const fault of await control.faults()) if (fault.key === key) await control.removeFault(fault.id);
}

/** The object as the service has it. */
export async function storedObject(key: string): Promise<{ size: number; crc64: string } | undefined> {
  return (await control.objects()).find((object) => object.key === key);
}

/** Multipart uploads of this key that are neither completed nor aborted. */
export async function openUploads(key: string): Promise<OpenUpload[]> {
  return (await control.uploads()).filter((upload) => upload.key === key);
}

/** The requests about one key, oldest first, without preflights. */
export function transcript(key: string): Promise<LogEntry[]> {
  return transcriptAt(ossUrl, key);
}

/** "UploadPart 2 → 200", one line for each request. */
export async function lines(key: string): Promise<string[]> {
  return (await transcript(key)).map(
    ({ operation, partNumber, status, code }) =>
      `${operation}${partNumber ? ` ${partNumber}` : ''} → ${status ?? 'no answer'}${code ? ` ${code}` : ''}`,
  );
}

/** How many requests of one operation there were about this key. */
export async function requestCount(key: string, operation: OperationName): Promise<number> {
  return count(await transcript(key), operation);
}

/** Part numbers acknowledged with 200, in order, repetitions included. */
export async function acknowledgedParts(key: string): Promise<number[]> {
  return acknowledged(await transcript(key));
}

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
