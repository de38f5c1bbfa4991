/** The four operations of a multipart upload that change something. */
import { createHash } from 'node:crypto';
import { parseCallback } from '../callback.js';
import { fileAlreadyExists, headerNotImplemented, invalidArgument, malformedXml, noSuchUpload, OssError } from '../oss-error.js';
import { encodeStrict } from '../parse-request.js';
import type { PartRecord, Upload } from '../bucket-store.js';
import { parseCompleteBody, xmlDocument, type ListedPart, type XmlNode } from '../xml.js';
import { encryptionHeaders, forbidsOverwrite, readAcl, readAttributes, refuseEncryption } from './attributes.js';
import { quoted, xmlReply, type Operation, type OperationContext, type Reply } from './operation.js';
import { wantsUrlEncoding } from './listing.js';
import { isProtected, storedHeaders } from './store-object.js';
import { answerWithCallback, checkContentMd5 } from './answer-with-callback.js';

const MIN_PART = 102_400;
const EC_ABORT = '0042-00000002';
const EC_UPLOAD_PART = '0042-00000104';
const EC_COMPLETE = '0042-00000203';

export const initiateMultipartUpload: Operation = async (context) => {
  const { bucket, key, query, headers } = context;
  const attributes = readAttributes(headers);
  const encoded = wantsUrlEncoding(query);
  if ((await context.bodyToBuffer(0)) === undefined) throw invalidArgument('The body of InitiateMultipartUpload must be empty.');
  if (forbidsOverwrite(headers) && isProtected(bucket, key)) throw fileAlreadyExists();
  const upload = bucket.createUpload(key, attributes, query.has('sequential'), context.now());
  const nodes: XmlNode[] = [
    ['Bucket', bucket.name],
    ['Key', encoded ? encodeStrict(key) : key],
    ['UploadId', upload.id],
  ];
  if (encoded) nodes.unshift(['EncodingType', 'url']);
  return xmlReply(xmlDocument(['InitiateMultipartUploadResult', nodes]), encryptionHeaders(attributes));
};

export const uploadPart: Operation = async (context) => {
  const { bucket, key, query, headers } = context;
  if (headers.has('x-oss-copy-source')) throw headerNotImplemented('x-oss-copy-source');
  const number = partNumberOf(query);
  const id = query.get('uploadId') ?? '';
  const upload = bucket.findUpload(id, key);
  if (upload === undefined) throw noSuchUpload(id, EC_UPLOAD_PART);
  refuseEncryption(headers);
  checkTurn(upload, number);

  const incoming = bucket.incomingFile();
  try {
    const body = await context.bodyToFile(incoming);
    checkContentMd5(headers, body.md5);
    // Two requests for the same turn may have been received at the same time.
    if (bucket.findUpload(id, key) !== undefined) checkTurn(upload, number);
    const part = bucket.commitPart(upload, number, incoming, body, context.now());
    if (part === undefined) throw noSuchUpload(id, EC_UPLOAD_PART);
    return {
      status: 200,
      headers: {
        ETag: quoted(part.etag),
        'Content-MD5': Buffer.from(body.md5, 'hex').toString('base64'),
        'x-oss-hash-crc64ecma': part.crc64,
        ...encryptionHeaders(upload.attributes),
      },
    };
  } catch (error) {
    await bucket.discard(incoming);
    throw error;
  }
};

export const completeMultipartUpload: Operation = async (context) => {
  const { bucket, key, query, headers } = context;
  const id = query.get('uploadId') ?? '';
  if (bucket.findUpload(id, key) === undefined) throw noSuchUpload(id, EC_COMPLETE);
  const acl = readAcl(headers);
  const encoded = wantsUrlEncoding(query);
  const callback = parseCallback(headers, query);
  const requested = await requestedParts(context);

  // Nothing awaits from here to completeUpload: two Completes of one upload can't both succeed.
  const upload = bucket.findUpload(id, key);
  if (upload === undefined) throw noSuchUpload(id, EC_COMPLETE);
  const parts = requested === 'all' ? [...upload.parts.values()].sort((a, b) => a.number - b.number) : selectParts(upload, requested);
  if (parts.length === 0) throw malformedXml();
  checkSizes(parts);
  if (forbidsOverwrite(headers) && isProtected(bucket, key)) throw fileAlreadyExists();
  const record = bucket.completeUpload(upload, parts, acl, context.now());

  const stored = storedHeaders(record);
  if (callback !== undefined) return answerWithCallback(context, callback, record, 'CompleteMultipartUpload', stored);

  const location = encoded ? encodeStrict(key) : key.split('/').map(encodeStrict).join('/');
  const nodes: XmlNode[] = [
    ['Location', `${context.location}/${location}`],
    ['Bucket', bucket.name],
    ['Key', encoded ? encodeStrict(key) : key],
    ['ETag', quoted(record.etag)],
  ];
  if (encoded) nodes.unshift(['EncodingType', 'url']);
  return xmlReply(xmlDocument(['CompleteMultipartUploadResult', nodes]), stored);
};

export const abortMultipartUpload: Operation = async ({ bucket, key, query }): Promise<Reply> => {
  const id = query.get('uploadId') ?? '';
  const upload = bucket.findUpload(id, key);
  if (upload === undefined) throw noSuchUpload(id, EC_ABORT);
  bucket.abortUpload(upload);
  return { status: 204 };
};

function partNumberOf(query: ReadonlyMap<string, string>): number {
  const text = query.get('partNumber');
  if (text === undefined) throw invalidArgument('Unexpected query string parameter', 'ResourceType', 'uploadId', '0017-00000219');
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > 10_000) {
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive.', 'PartNumber', text, '0017-00000220');
  }
  return number;
}

/** In sequential mode parts come one after the other, and none twice. */
function checkTurn(upload: Upload, number: number): void {
  if (!upload.sequential) return;
  const existing = upload.parts.get(number);
  if (existing !== undefined) {
    throw new OssError(409, 'PartAlreadyExist', "For sequential multipart upload, you can't overwrite uploaded parts.", {
      ec: '0042-00000108',
      extra: { PartEtag: quoted(existing.etag), PartNumber: String(number) },
    });
  }
  if (number !== upload.parts.size + 1) {
    throw new OssError(
      400,
      'PartNotSequential',
      'For sequential multipart upload, you must upload or complete parts with sequential part number.',
      { extra: { PartNumber: String(number) } },
    );
  }
}

/** The parts that the request names. Called before anything is changed. @throws {OssError} if the request is invalid */
async function requestedParts(context: OperationContext): Promise<ListedPart[] | 'all'> {
  const { headers } = context;
  const body = await context.bodyToBuffer(2 * 1024 * 1024);
  if (body === undefined) throw malformedXml();
  checkContentMd5(headers, createHash('md5').update(body).digest('hex'));
  const all = headers.get('x-oss-complete-all');
  if (all === undefined) {
    const listed = parseCompleteBody(body.toString('utf8'));
    if (listed === undefined) throw malformedXml();
    return listed;
  }
  if (all.toLowerCase() !== 'yes') throw invalidArgument('x-oss-complete-all must be yes.', 'x-oss-complete-all', all);
  if (body.length > 0) {
    throw invalidArgument('Should not speficy both complete all header and http body.', 'x-oss-complete-all', all, '0042-00000216');
  }
  return 'all';
}

/** Finds the stored parts that the client's list names. */
function selectParts(upload: Upload, listed: readonly ListedPart[]): PartRecord[] {
  let previous = 0;
  for (const { number } of listed) {
    if (number <= previous) {
      throw new OssError(
        400,
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts list must specified in order by part number.',
        { ec: '0042-00000209', extra: { UploadId: upload.id } },
      );
    }
    previous = number;
  }
  return listed.map(({ number, etag }) => {
    const part = upload.parts.get(number);
    if (part === undefined || part.etag !== etag.toUpperCase()) {
      throw new OssError(
        400,
        'InvalidPart',
        "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.",
        { extra: { ETag: etag, PartNumber: String(number), UploadId: upload.id } },
      );
    }
    return part;
  });
}

function checkSizes(parts: readonly PartRecord[]): void {
  // The last part of the list may be of any size.
  const small = parts.slice(0, -1).find((part) => part.size < MIN_PART);
  if (small === undefined) return;
  throw new OssError(400, 'EntityTooSmall', 'Your proposed upload smaller than the minimum allowed size.', {
    ec: '0042-00000213',
    extra: {
      ETag: quoted(small.etag),
      MinSizeAllowed: String(MIN_PART),
      ProposedSize: String(small.size),
      PartNumber: String(small.number),
    },
  });
}
