/** The operations that pages may have signed, and everything that such a request may contain. */

/** Tests the value of a query parameter or a header. */
type Rule = RegExp;

/** One operation of uploads. */
export interface OperationRules {
  method: string;
  /** Parameters that must be there. */
  query: Readonly<Record<string, Rule>>;
  /** Parameters that may be there. */
  optional: Readonly<Record<string, Rule>>;
  /** Names of headers that the page may send. */
  headers: Rule;
  /** It creates an object: limits on types, metadata and callbacks apply. */
  creates: boolean;
  /** The page sends bytes of the file: their number is signed. */
  sized: boolean;
}

const UPLOAD_ID = { uploadId: /^[\w.~-]{1,256}$/ };
const ENCODING = { 'encoding-type': /^url$/ };
const PAYER = 'x-oss-request-payer';
const OBJECT = [
  'content-(type|disposition|encoding|language)|cache-control|expires',
  'x-oss-(meta-[\\w-]+|storage-class|forbid-overwrite|server-side-(data-)?encryption(-key-id)?)',
].join('|');
const BYTES = 'content-(type|md5)|x-oss-traffic-limit';

const only = (...names: string[]): RegExp => new RegExp(`^(${names.join('|')})$`);

const OF_OBJECT = only(PAYER, OBJECT, BYTES);

/** By name. */
export const OPERATIONS: Readonly<Record<string, OperationRules>> = {
  InitiateMultipartUpload: rules('POST', { uploads: /^$/ }, ENCODING, only(PAYER, OBJECT), true),
  UploadPart: rules('PUT', { ...UPLOAD_ID, partNumber: /^([1-9]\d{0,3}|10000)$/ }, {}, only(PAYER, BYTES), false, true),
  ListParts: rules(
    'GET',
    UPLOAD_ID,
    { ...ENCODING, 'max-parts': /^([1-9]\d{0,2}|1000)$/, 'part-number-marker': /^(\d{1,4}|10000)$/ },
    only(PAYER),
  ),
  CompleteMultipartUpload: rules('POST', UPLOAD_ID, ENCODING, only(PAYER, 'content-(type|md5)|x-oss-forbid-overwrite')),
  AbortMultipartUpload: rules('DELETE', UPLOAD_ID, {}, only(PAYER)),
  PutObject: rules('PUT', {}, {}, OF_OBJECT, true, true),
  // A form, which its signature covers: it is checked like a PutObject.
  PostObject: rules('POST', {}, {}, OF_OBJECT, true, true),
  HeadObject: rules('HEAD', {}, {}, only(PAYER)),
};

function rules(
  method: string,
  query: OperationRules['query'],
  optional: OperationRules['optional'],
  headers: Rule,
  creates = false,
  sized = false,
): OperationRules {
  return { method, query, optional, headers, creates, sized };
}
