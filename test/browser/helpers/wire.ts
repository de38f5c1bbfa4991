/** What went over the wire about one key, from the service's log. */
import type { LogEntry, OperationName } from '../../helpers/oss-control.js';
import { acknowledged, count, transcript as transcriptAt } from '../../helpers/transcript.js';
import { ossUrl } from './service.js';

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
