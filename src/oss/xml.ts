/** Reads and writes the documents of the multipart protocol. Reading never throws: missing values are `undefined`. */
import { parseXml, type XmlElement } from './parse-xml.js';

/** The fields of an error document. The raw body is never kept: it may echo the security token. */
export interface ErrorDocument {
  code: string;
  message: string;
  requestId: string | undefined;
  hostId: string | undefined;
  ec: string | undefined;
  /** Milliseconds since the epoch; only RequestTimeTooSkewed and expired URLs carry it. */
  serverTime: number | undefined;
}

/** One part as ListParts reports it. */
export interface ListedPart {
  number: number;
  etag: string;
  size: number;
  crc64: string | undefined;
  /** By the service's clock, in milliseconds since the epoch. */
  lastModified: number | undefined;
}

export interface ListPartsPage {
  parts: ListedPart[];
  /** The number after which the next page begins; `undefined` on the last page. */
  next: number | undefined;
}

/** One open upload as ListMultipartUploads reports it. */
export interface ListedUpload {
  key: string;
  uploadId: string;
  /** By the service's clock, in milliseconds since the epoch. */
  initiated: number;
}

export interface ListUploadsPage {
  uploads: ListedUpload[];
  /** The upload ID after which the next page begins; `undefined` on the last page. */
  next: string | undefined;
}

export function readError(xml: string): ErrorDocument | undefined {
  const root = parse(xml, 'Error');
  const code = childText(root, 'Code');
  if (!code) return undefined;
  return {
    code,
    message: childText(root, 'Message') ?? '',
    requestId: childText(root, 'RequestId'),
    hostId: childText(root, 'HostId'),
    ec: childText(root, 'EC'),
    serverTime: timeOf(childText(root, 'ServerTime')),
  };
}

/** The upload ID of an InitiateMultipartUploadResult. */
export function readUploadId(xml: string): string | undefined {
  return childText(parse(xml, 'InitiateMultipartUploadResult'), 'UploadId') || undefined;
}

/** The object's ETag of a CompleteMultipartUploadResult. */
export function readCompleteEtag(xml: string): string | undefined {
  return childText(parse(xml, 'CompleteMultipartUploadResult'), 'ETag') || undefined;
}

/** Also `undefined` if any part of the page is invalid: half a list is worse than none. */
export function readListParts(xml: string): ListPartsPage | undefined {
  const root = parse(xml, 'ListPartsResult');
  if (!root) return undefined;
  const parts = root.children.filter(({ name }) => name === 'Part').map(readPart) as ListedPart[];
  const isTruncated = childText(root, 'IsTruncated') === 'true';
  const next = isTruncated ? wholeNumber(childText(root, 'NextPartNumberMarker')) : undefined;
  return parts.includes(undefined as never) || (isTruncated && next === undefined) ? undefined : { parts, next };
}

/** The keys were asked for URL-encoded. */
export function readListUploads(xml: string): ListUploadsPage | undefined {
  const root = parse(xml, 'ListMultipartUploadsResult');
  if (!root) return undefined;
  const uploads = root.children
    .filter(({ name }) => name === 'Upload')
    .map((upload) => ({
      key: decode(childText(upload, 'Key') ?? ''),
      uploadId: childText(upload, 'UploadId') ?? '',
      initiated: timeOf(childText(upload, 'Initiated')) ?? 0,
    }));
  return { uploads, next: childText(root, 'IsTruncated') === 'true' ? childText(root, 'NextUploadIdMarker') : undefined };
}

/** The body of Complete, parts in ascending order. */
export function writeComplete(parts: readonly { number: number; etag: string }[]): string {
  const lines = parts.map(({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escape(etag)}</ETag></Part>`);
  return `<?xml version="1.0" encoding="UTF-8"?><CompleteMultipartUpload>${lines.join('')}</CompleteMultipartUpload>`;
}

function readPart(part: XmlElement): ListedPart | undefined {
  const number = wholeNumber(childText(part, 'PartNumber'));
  const size = wholeNumber(childText(part, 'Size'));
  const etag = childText(part, 'ETag');
  if (!number || size === undefined || !etag) return undefined;
  const crc64 = /^\d{1,20}$/.exec(childText(part, 'HashCrc64ecma') ?? '')?.[0];
  return { number, size, etag, crc64, lastModified: timeOf(childText(part, 'LastModified')) };
}

function parse(xml: string, rootName: string): XmlElement | undefined {
  const root = parseXml(xml);
  return root?.name === rootName ? root : undefined;
}

function childText(parent: XmlElement | undefined, name: string): string | undefined {
  return parent?.children.find((child) => child.name === name)?.text.trim();
}

/** 0..10^15−1, which a number holds exactly. */
export function wholeNumber(text: string | null | undefined): number | undefined {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined;
}

/** Milliseconds since the epoch. */
export function timeOf(text: string | null | undefined): number | undefined {
  return Date.parse(text ?? '') || undefined;
}

/** In URL encoding, `+` may stand for a space. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function escape(text: string): string {
  return text.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
