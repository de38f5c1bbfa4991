/** PostObject: an upload by HTML form, whose fields take the place of headers. */
import { createHash, type Hash } from 'node:crypto';
import { readCallback } from '../callback.js';
import { FormReader, formBoundary, type FormPart } from '../form-reader.js';
import type { Received } from '../hashed-file.js';
import { invalidArgument, invalidObjectName, OssError } from '../oss-error.js';
import { checkKey, encodeStrict } from '../parse-request.js';
import { entityTooLarge, entityTooSmall, fieldItemTooLong, incorrectNumberOfFiles } from '../post-errors.js';
import type { PostPolicy } from '../post-policy.js';
import { xmlDocument } from '../xml.js';
import { answerWithCallback, checkContentMd5 } from './answer-with-callback.js';
import { forbidsOverwrite, readAcl, readAttributes } from './attributes.js';
import { quoted, xmlReply, type OperationContext, type Reply } from './operation.js';
import { storeObject } from './store-object.js';

type Fields = ReadonlyMap<string, string>;

export interface PostedForm {
  /** By lower-case name. */
  fields: Fields;
  /** The same as the headers that they stand for. */
  headers: Fields;
  key: string;
  /** The type that the file's part names. */
  fileType: string | undefined;
}

/** Bytes of one field's value, and of all names and values together, which bounds the memory that a form takes. */
const MAX_VALUE = 2 * 1024 * 1024;
const MAX_FIELDS = 4 * MAX_VALUE;
/** What a field costs besides. */
const PER_FIELD = 100;

/**
 * @param admit verifies signature and policy, and that the key's owner may do this
 * @throws {OssError}
 */
export async function postObject(context: OperationContext, admit: (form: PostedForm) => Promise<PostPolicy>): Promise<Reply> {
  const boundary = formBoundary(context.headers.get('content-type'));
  if (boundary === undefined) {
    throw new OssError(400, 'MalformedPOSTRequest', 'The Content-Type of a POST must be multipart/form-data with a boundary.');
  }
  const claimed = context.headers.get('content-md5');
  const whole = claimed === undefined ? undefined : createHash('md5');
  const reader = new FormReader(
    tap(context.chunks(), (chunk) => whole?.update(chunk)),
    boundary,
  );
  try {
    return await postForm(context, reader, whole, admit);
  } finally {
    await reader.close();
  }
}

async function postForm(
  context: OperationContext,
  reader: FormReader,
  whole: Hash | undefined,
  admit: (form: PostedForm) => Promise<PostPolicy>,
): Promise<Reply> {
  const { fields, file } = await readFields(reader);
  const template = fields.get('key') ?? '';
  if (template === '') {
    throw invalidArgument(
      "The bucket POST must contain the specified 'key'. If it is specified, please check the order of the fields",
      'key',
    );
  }
  // The policy is about the field as it was sent.
  const key = template.replaceAll('${filename}', () => file.filename ?? '');
  const headers = objectFields(fields, context.headers, file);
  const { size } = await admit({ fields, headers, key, fileType: file.contentType });
  checkKey(key);
  // Bytes that are no UTF-8 have been read as this character.
  if (key.includes('\ufffd')) throw invalidObjectName(key);

  const callback = readCallback(fields.get('callback'), customVariables(fields));
  const answer = successAnswer(fields);
  const object = { key, attributes: readAttributes(headers), acl: readAcl(headers), forbidOverwrite: forbidsOverwrite(headers) };
  const { record, stored } = await storeObject(context, object, async (path) => {
    const body = await receiveFile(context, reader, path, size);
    if (whole !== undefined) checkContentMd5(context.headers, whole.digest('hex'));
    return body;
  });
  if (callback !== undefined) return answerWithCallback(context, callback, record, 'PostObject', stored);
  return answer(stored, {
    bucket: context.bucket.name,
    key,
    location: `${context.location}/${key.split('/').map(encodeStrict).join('/')}`,
  });
}

/** Reads the fields up to the file, which counts as the last one. */
async function readFields(reader: FormReader): Promise<{ fields: Fields; file: FormPart }> {
  const fields = new Map<string, string>();
  let total = 0;
  for (;;) {
    const part = await reader.next();
    if (part === undefined) throw incorrectNumberOfFiles();
    const name = part.name.toLowerCase();
    if (name === 'file') return { fields, file: part };
    const pieces: Buffer[] = [];
    let size = 0;
    total += Buffer.byteLength(name) + PER_FIELD;
    for await (const piece of reader.body()) {
      size += piece.length;
      total += piece.length;
      if (size > MAX_VALUE) throw fieldItemTooLong('value', MAX_VALUE, size);
      if (total > MAX_FIELDS) throw fieldItemTooLong('value', MAX_FIELDS, total);
      pieces.push(piece);
    }
    fields.set(name, Buffer.concat(pieces).toString('utf8'));
  }
}

/** Stores the file's bytes, and reads the body to its end. */
async function receiveFile(
  context: OperationContext,
  reader: FormReader,
  path: string,
  { min, max }: PostPolicy['size'],
): Promise<Received> {
  let size = 0;
  const counted = tap(reader.body(), (piece) => {
    size += piece.length;
    if (size > max) throw entityTooLarge(max, size);
  });
  const body = await context.store(counted, path);
  if (size < min) throw entityTooSmall(min, size);
  // A submit button may follow; anything else behind the file is ignored.
  for (let part = await reader.next(); part !== undefined; part = await reader.next()) {
    if (part.name.toLowerCase() === 'file') throw incorrectNumberOfFiles();
  }
  await reader.finish();
  return body;
}

/** The fields as the headers that they stand for. */
function objectFields(fields: Fields, requestHeaders: Fields, file: FormPart): Fields {
  if (fields.has('x-oss-tagging'))
    throw invalidArgument('x-oss-tagging cannot be used in PostObject.', 'x-oss-tagging', fields.get('x-oss-tagging'));
  const headers = new Map(fields);
  const type = fields.get('x-oss-content-type') || fields.get('content-type') || file.contentType || requestHeaders.get('content-type');
  if (type !== undefined) headers.set('content-type', type);
  const acl = fields.get('x-oss-object-acl') ?? requestHeaders.get('x-oss-object-acl');
  if (acl !== undefined) headers.set('x-oss-object-acl', acl);
  return headers;
}

/** Callback variables have a field each: `x:name`. */
function customVariables(fields: Fields): Record<string, string> {
  return Object.fromEntries([...fields].filter(([name]) => name.startsWith('x:')));
}

type Answer = (stored: Record<string, string>, where: { bucket: string; key: string; location: string }) => Reply;

/** What success is answered, decided before anything is stored. How the service redirects isn't known: 303, and nothing added to the URL. */
function successAnswer(fields: Fields): Answer {
  const redirect = fields.get('success_action_redirect');
  if (redirect !== undefined && redirect !== '') {
    if (!URL.canParse(redirect) || !/^https?:$/.test(new URL(redirect).protocol)) {
      throw invalidArgument('success_action_redirect must be a URL.', 'success_action_redirect', redirect);
    }
    return (stored) => ({ status: 303, headers: { ...stored, Location: new URL(redirect).href } });
  }
  switch (fields.get('success_action_status')) {
    case '200':
      return (stored) => ({ status: 200, headers: stored });
    case '201':
      return (stored, { bucket, key, location }) => {
        const nodes: [string, string][] = [
          ['Bucket', bucket],
          ['Location', location],
          ['Key', key],
          ['ETag', stored['ETag'] ?? quoted('')],
        ];
        return { ...xmlReply(xmlDocument(['PostResponse', nodes]), stored), status: 201 };
      };
    default:
      return (stored) => ({ status: 204, headers: stored });
  }
}

async function* tap(chunks: AsyncIterable<Buffer>, see: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    see(chunk);
    yield chunk;
  }
}
