/** The four conditions that Get and Head may carry, in the order of RFC 9110 §13.2.2. */
import type { ObjectRecord } from '../bucket-store.js';
import { OssError } from '../oss-error.js';

type Version = Pick<ObjectRecord, 'etag' | 'lastModified'>;

/**
 * `If-Match` decides whether the object is the one that is meant, without it `If-Unmodified-Since`; then `If-None-Match`
 * decides whether the client's copy is current, without it `If-Modified-Since`. A date that can't be read is no condition.
 *
 * @returns whether the client's copy is current: 304
 * @throws {OssError} 412 if the object is another one
 */
export function isUnchanged(record: Version, headers: ReadonlyMap<string, string>): boolean {
  const wanted = headers.get('if-match');
  if (wanted !== undefined) {
    if (!names(wanted, record)) throw preconditionFailed('If-Match');
  } else if (secondOf(record.lastModified) > time(headers, 'if-unmodified-since')) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const known = headers.get('if-none-match');
  if (known !== undefined) return names(known, record);
  return secondOf(record.lastModified) <= time(headers, 'if-modified-since');
}

/** Whether a list of ETags, with or without their quotes, holds the object's. */
function names(list: string, { etag }: Version): boolean {
  return list.split(',').some((item) => ['*', etag].includes(item.trim().replace(/^"(.*)"$/, '$1')));
}

/** NaN, of which every comparison is false, if there is no such header or no date in it. */
function time(headers: ReadonlyMap<string, string>, name: string): number {
  return Date.parse(headers.get(name) ?? '');
}

/** Dates in headers have no fraction of a second. */
function secondOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}

function preconditionFailed(condition: string): OssError {
  return new OssError(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold.', {
    extra: { Condition: condition },
  });
}
