/** Operations on whole objects: Put, Head, Get, Delete. */
import type { Writable } from 'node:stream';
import { parseCallback } from '../callback.js';
import { headerNotImplemented, methodNotAllowed, noSuchKey, noSuchVersion, OssError } from '../oss-error.js';
import type { ObjectRecord } from '../bucket-store.js';
import { forbidsOverwrite, readAcl, readAttributes } from './attributes.js';
import { quoted, type Operation, type OperationContext, type Reply } from './operation.js';
import { answerWithCallback, checkContentMd5 } from './answer-with-callback.js';
import { versionIdOf } from '../versions.js';
import { isUnchanged } from './preconditions.js';
import { responseOverrides } from './response-overrides.js';
import { storeObject } from './store-object.js';

const DELETE_MARKER = { 'x-oss-delete-marker': 'true' };

export const putObject: Operation = async (context) => {
  const { key, query, headers } = context;
  if (headers.has('x-oss-copy-source')) throw headerNotImplemented('x-oss-copy-source');
  const attributes = readAttributes(headers);
  const acl = readAcl(headers);
  const callback = parseCallback(headers, query);
  const object = { key, attributes, acl, forbidOverwrite: forbidsOverwrite(headers) };
  const { record, stored } = await storeObject(context, object, async (path) => {
    const body = await context.bodyToFile(path);
    checkContentMd5(headers, body.md5);
    return body;
  });
  if (callback !== undefined) return answerWithCallback(context, callback, record, 'PutObject', stored);
  return { status: 200, headers: { ...stored, 'Content-MD5': record.contentMd5 ?? '' } };
};

export const headObject: Operation = async (context) => {
  const { headers } = context;
  const record = findObject(context);
  if (isUnchanged(record, headers)) return { status: 304, headers: objectHeaders(record) };
  return { status: 200, headers: { ...objectHeaders(record), 'Content-Length': String(record.size) } };
};

export const getObject: Operation = async (context): Promise<Reply> => {
  const { bucket, query, headers } = context;
  const record = findObject(context);
  if (isUnchanged(record, headers)) return { status: 304, headers: objectHeaders(record) };
  const shown = { ...objectHeaders(record), ...responseOverrides(query) };

  const range = parseRange(headers.get('range'), record.size);
  const { start, end } = range ?? { start: 0, end: record.size - 1 };
  shown['Content-Length'] = String(end - start + 1);
  if (range !== undefined) shown['Content-Range'] = `bytes ${start}-${end}/${record.size}`;
  return {
    status: range === undefined ? 200 : 206,
    headers: shown,
    stream: (response) => sendPieces(response, context, record, start, end),
    release: bucket.readers.begin(record.folder),
  };
};

/** Answers 204 whether or not the object existed. */
export const deleteObject: Operation = async ({ bucket, key, query, now }) => {
  const id = query.get('versionId');
  if (id !== undefined) {
    const deleted = bucket.versions.remove(key, id);
    return { status: 204, headers: { 'x-oss-version-id': id, ...(deleted?.deleteMarker === true && DELETE_MARKER) } };
  }
  const marker = bucket.versions.markDeleted(key, now());
  if (marker !== undefined) return { status: 204, headers: { 'x-oss-version-id': marker, ...DELETE_MARKER } };
  bucket.deleteObject(key);
  return { status: 204 };
};

/** The object, or the version that the query names. */
function findObject({ bucket: { objects, versions }, key, query }: OperationContext): ObjectRecord {
  const id = query.get('versionId');
  if (id === undefined) {
    const record = objects.get(key);
    if (record !== undefined) return record;
    const marker = versions.markerOf(key);
    throw noSuchKey(key, marker === undefined ? {} : { ...DELETE_MARKER, 'x-oss-version-id': versionIdOf(marker) });
  }
  const record = versions.find(key, id);
  if (record === undefined) throw noSuchVersion(key, id);
  if (record.deleteMarker !== true) return record;
  throw methodNotAllowed('GET', 'DeleteMarker', { ...DELETE_MARKER, 'x-oss-version-id': id });
}

function objectHeaders(record: ObjectRecord): Record<string, string> {
  // Of the tags only their number is shown.
  const { 'x-oss-tagging': _tagging, ...attributes } = record.attributes;
  return {
    ...attributes,
    ETag: quoted(record.etag),
    'Last-Modified': new Date(record.lastModified).toUTCString(),
    'Accept-Ranges': 'bytes',
    'x-oss-object-type': record.type,
    'x-oss-hash-crc64ecma': record.crc64,
    ...(record.versionId !== undefined && { 'x-oss-version-id': record.versionId }),
    ...(record.contentMd5 === undefined ? {} : { 'Content-MD5': record.contentMd5 }),
  };
}

/** Parses `bytes=a-b`, `bytes=a-`, `bytes=-n`. Undefined for anything else: then the whole object is sent. */
function parseRange(text: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const range =
    match[1] === ''
      ? { start: Math.max(0, size - Number(match[2])), end: size - 1 }
      : { start: Number(match[1]), end: match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1) };
  if (match[1] !== '' && match[2] !== '' && Number(match[2]) < Number(match[1])) return undefined;
  if (range.start >= size || range.end < range.start) {
    throw new OssError(416, 'InvalidRange', 'The requested range cannot be satisfied.', {
      headers: { 'Content-Range': `bytes */${size}` },
    });
  }
  return range;
}

/** Sends bytes start..end (inclusive), which may lie in several pieces. */
async function sendPieces(
  response: Writable,
  { bucket, readBody }: OperationContext,
  record: ObjectRecord,
  start: number,
  end: number,
): Promise<void> {
  let offset = 0;
  for (const piece of record.pieces) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, piece.size - 1);
    offset += piece.size;
    if (from > to) continue;
    const path = bucket.piecePath(record, piece);
    let missing = to - from + 1;
    for await (const chunk of readBody(path, from, to)) {
      if (response.destroyed) return;
      missing -= chunk.length;
      if (!response.write(chunk)) await drained(response);
    }
    // The client must not wait for them on a connection that stays open.
    if (missing > 0) throw new Error(`${path} is ${missing} bytes too short.`);
  }
}

function drained(response: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}
