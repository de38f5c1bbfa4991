/** Reads the manifests of objects and uploads, which a power cut, a full disk or an editor may have damaged. */
import { readFileSync } from 'node:fs';
import type { ObjectRecord, Upload } from './records.js';

/** Undefined if the file is damaged. */
export function readObjectManifest(path: string): ObjectRecord | undefined {
  const record = readRecord(path) as Partial<ObjectRecord> | undefined;
  const isWhole =
    isText(record?.key) &&
    isText(record.etag) &&
    isText(record.crc64) &&
    isText(record.acl) &&
    isFolderName(record.folder) &&
    isCount(record.size) &&
    isTime(record.lastModified) &&
    isRecord(record.attributes) &&
    Array.isArray(record.pieces) &&
    record.pieces.every((piece) => isFolderName(piece?.file) && isCount(piece.size));
  return isWhole ? (record as ObjectRecord) : undefined;
}

/** The upload without its parts; undefined if the file is damaged. */
export function readUploadManifest(path: string): Omit<Upload, 'parts' | 'sequence'> | undefined {
  const upload = readRecord(path) as Partial<Upload> | undefined;
  const isWhole = isFolderName(upload?.id) && isText(upload?.key) && isTime(upload.initiated) && isRecord(upload.attributes);
  return isWhole ? (upload as Upload) : undefined;
}

function readRecord(path: string): object | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => typeof value === 'number' && value >= 0;
/** Milliseconds; negative before 1970. */
const isTime = (value: unknown): value is number => Number.isSafeInteger(value);
const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
/** A manifest must not name files elsewhere. */
const isFolderName = (value: unknown): value is string => isText(value) && /^[\w.-]+$/.test(value) && !/^\.+$/.test(value);
