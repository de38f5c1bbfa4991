/** What the tests of whole uploads share: an uploader at the embedded OSS, files of known bytes, and the wire's transcript. */
import { inject } from 'vitest';
import { crc64 } from '../../../src/hash/crc64.js';
import { createUploader, type Credentials, type Uploader, type UploaderOptions, type UploadTask } from '../../../src/index.js';
import { noise } from '../../helpers/noise.js';
import { createControl, type LogEntry } from '../../helpers/oss-control.js';

export const KiB = 1024;
export const MiB = 1024 * KiB;
/** The smallest part OSS takes, so that small files have many parts. */
export const PART: number = 100 * KiB;

export const ossUrl: string = inject('ossUrl');
export const control = createControl(ossUrl);

/** Fresh STS credentials from the embedded OSS. */
export const fetchCredentials = async ({ signal }: { signal: AbortSignal }): Promise<Credentials> => {
  const response = await fetch(`${ossUrl}/sts`, { signal });
  if (!response.ok) throw new Error(`STS answered ${response.status}`);
  return (await response.json()) as Credentials;
};

/** An uploader to the demo bucket, quick to retry; each with a database of its own unless `checkpoint` says otherwise. */
export function makeUploader(options: Partial<UploaderOptions> = {}): Uploader {
  return createUploader({
    region: 'cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint: ossUrl,
    credentials: fetchCredentials,
    partSize: PART,
    retry: { baseDelay: 10, maxDelay: 100 },
    checkpoint: { name: `test-${crypto.randomUUID()}` },
    ...options,
  });
}

/** A file of pseudo-random bytes: the same arguments give the same bytes. */
export function makeFile(size: number, { seed = 1, name = 'file.bin', lastModified = 1_700_000_000_000, type = '' } = {}): File {
  return new File([noise(size, seed)], name, { lastModified, type });
}

export async function crcOf(file: Blob): Promise<string> {
  return crc64(new Uint8Array(await file.arrayBuffer()));
}

/** The object as the service has it. */
export async function storedObject(key: string): Promise<{ size: number; crc64: string } | undefined> {
  return (await control.objects()).find((object) => object.key === key);
}

/** A key nobody else uses. */
export function newKey(): string {
  return `test/${crypto.randomUUID()}.bin`;
}

/** What was asked about one key, oldest first, without preflights. */
export async function transcript(key: string): Promise<LogEntry[]> {
  return (await control.log(key)).filter(({ operation }) => operation !== 'Preflight');
}

/** "UploadPart 2 → 200", one line for each request. */
export async function lines(key: string): Promise<string[]> {
  return (await transcript(key)).map(
    ({ operation, partNumber, status, code }) =>
      `${operation}${partNumber ? ` ${partNumber}` : ''} → ${status ?? 'no answer'}${code ? ` ${code}` : ''}`,
  );
}

/** Part numbers acknowledged with 200, in order, repetitions included. */
export async function acknowledgedParts(key: string): Promise<number[]> {
  return (await transcript(key))
    .filter(({ operation, status }) => operation === 'UploadPart' && status === 200)
    .map(({ partNumber }) => partNumber as number);
}

/** Resolves when the task's state satisfies `check`, at once if it does now. */
export function until(task: UploadTask, check: (state: ReturnType<UploadTask['getSnapshot']>) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!check(task.getSnapshot())) return;
      off();
      resolve();
    };
    const off = task.subscribe(look);
    look();
  });
}

/** The error a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('did not reject');
}
