/** The wire's transcript, and what is stored in the end: what the tests of whole browsers judge by. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import OSS from 'ali-oss';
import { createControl, type LogEntry } from './oss-control.js';

/** What was asked about one key, oldest first, without preflights. */
export async function transcript(ossUrl: string, key: string): Promise<LogEntry[]> {
  return (await createControl(ossUrl).log(key)).filter(({ operation }) => operation !== 'Preflight');
}

export function count(log: readonly LogEntry[], operation: LogEntry['operation']): number {
  return log.filter((entry) => entry.operation === operation).length;
}

export function parts(log: readonly LogEntry[]): LogEntry[] {
  return log.filter(({ operation }) => operation === 'UploadPart');
}

/** Numbers of the parts that were sent, in order, repetitions included. */
export function partNumbers(log: readonly LogEntry[]): number[] {
  return parts(log).map(({ partNumber }) => partNumber!);
}

export function acknowledged(log: readonly LogEntry[]): number[] {
  // An answer that was made up on the way acknowledges nothing.
  return partNumbers(log.filter(({ status, fault }) => status === 200 && fault !== 'raw'));
}

/** 1, 2, …, n. */
export function oneTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index + 1);
}

export interface Interruption {
  /** The log at some moment after the interruption and before anything is sent again. */
  before: readonly LogEntry[];
  /** What was logged before an earlier interruption doesn't count for this one. */
  since?: readonly LogEntry[];
  /** The log in the end. */
  after: readonly LogEntry[];
}

/**
 * What an interruption has cost: the parts under way at the time that were sent once more later, and how many of their
 * bytes had been received in vain.
 */
export function sentAgain({ before, since = [], after }: Interruption): { numbers: number[]; bytes: number } {
  const [first, last] = [since.at(-1)?.n ?? 0, before.at(-1)?.n ?? 0];
  const later = new Set(partNumbers(after.filter(({ n }) => n > last)));
  // From the log of the end: a part that was still being received is complete there.
  const lost = parts(after).filter(({ n, partNumber }) => n > first && n <= last && later.has(partNumber!));
  return { numbers: [...new Set(partNumbers(lost))], bytes: lost.reduce((sum, { bytesIn }) => sum + bytesIn, 0) };
}

/**
 * Parts that the service had answered with 200 by the time of `before`, and that were sent again all the same: there
 * must be none. A part whose body was still on its way when its page died may be stored and answered later than that,
 * perhaps later than the next page lists the parts; such a part may be sent twice, and is no part of `before`.
 */
export function acknowledgedTwice({ before, after }: Interruption): number[] {
  const known = new Set(acknowledged(before));
  const last = before.at(-1)?.n ?? 0;
  return partNumbers(after.filter(({ n }) => n > last)).filter((number) => known.has(number));
}

/** SHA-256 of the object, read back by a client that knows nothing of this project. */
export async function storedSha256(ossUrl: string, key: string): Promise<string> {
  const { AccessKeyId, AccessKeySecret, SecurityToken } = (await createControl(ossUrl).assumeRole()).Credentials;
  const client = new OSS({
    region: 'oss-cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint: `http://127.0.0.1:${new URL(ossUrl).port}`,
    accessKeyId: AccessKeyId,
    accessKeySecret: AccessKeySecret,
    stsToken: SecurityToken,
    authorizationV4: true,
    refreshSTSTokenInterval: 3_600_000,
  });
  const { stream } = await (client as unknown as { getStream(name: string): Promise<{ stream: Readable }> }).getStream(key);
  return sha256(stream);
}

export function fileSha256(path: string): Promise<string> {
  return sha256(createReadStream(path));
}

async function sha256(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
