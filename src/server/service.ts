/** The handler's own requests to OSS: lists what is there, and aborts what is too big. */
import { objectUrl, queryText } from '../oss/address.js';
import { listAllParts } from '../oss/list-all-parts.js';
import { parseXml, type XmlElement } from '../oss/parse-xml.js';
import type { Query, Signer, SigningCredentials } from '../oss/sign.js';
import { type ListedPart, readError, readListParts } from '../oss/xml.js';
import type { Endpoint } from '../options/types.js';
import { Refusal } from './refusal.js';

/** An upload that is neither complete nor aborted. */
export interface OpenUpload {
  uploadId: string;
  /** ISO 8601, by OSS's clock. */
  initiated: string;
}

export interface Service {
  /** All parts, ascending by number; `undefined` if there is no such upload. */
  listParts(key: string, uploadId: string): Promise<ListedPart[] | undefined>;
  /** Uploads of exactly this key, newest first. */
  listUploads(key: string): Promise<OpenUpload[]>;
  abort(key: string, uploadId: string): Promise<void>;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Milliseconds that OSS may take for one answer. */
const PATIENCE = 15_000;
/** Of a thousand uploads each. The uploads of a key come before those of longer keys, so the first page nearly always suffices. */
const MAX_PAGES = 10;

/** Its methods throw a {@link Refusal} 502 `ServiceFailed` when OSS refuses or can't be reached. */
export function createService(endpoint: Endpoint, bucket: string, signer: Signer, keys: SigningCredentials, fetch: Fetch): Service {
  /** The body; `undefined` for 404. @param key '' for the bucket itself */
  async function send(operation: string, method: string, key: string, query: Query): Promise<string | undefined> {
    const headers = await signer.sign({ method, bucket, key, query, headers: {} }, keys, Date.now());
    let status = 0;
    let body = '';
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      const response = await fetch(objectUrl(endpoint, bucket, key) + queryText(query), { method, headers, signal, redirect: 'manual' });
      status = response.status;
      body = await response.text();
    } catch {
      // What went wrong may quote the request.
    }
    if (status === 404 && readError(body)?.code === 'NoSuchUpload') return undefined;
    if (status < 200 || status > 299) throw failed(operation, readError(body)?.code ?? (status ? `status ${status}` : 'no answer'));
    return body;
  }

  return {
    async listParts(key, uploadId) {
      let isThere = true;
      const parts = await listAllParts(
        async ({ query }) => {
          const body = await send('ListParts', 'GET', key, query);
          if (body === undefined) isThere = false;
          const page = body === undefined ? { parts: [], next: undefined } : readListParts(body);
          if (!page) throw failed('ListParts', 'an unreadable answer');
          return page;
        },
        key,
        uploadId,
        1,
      );
      return isThere ? parts : undefined;
    },
    async listUploads(key) {
      const found: OpenUpload[] = [];
      let marker: Query = {};
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const query = { uploads: '', prefix: key, 'max-uploads': '1000', 'encoding-type': 'url', ...marker };
        const root = parseXml((await send('ListMultipartUploads', 'GET', '', query)) ?? '');
        if (root?.name !== 'ListMultipartUploadsResult') throw failed('ListMultipartUploads', 'an unreadable answer');
        const uploads = root.children.filter(({ name }) => name === 'Upload').map(readUpload);
        found.push(...uploads.filter((upload) => upload.key === key));
        const isMore = childText(root, 'IsTruncated') === 'true' && uploads.at(-1)?.key === key;
        if (!isMore) break;
        marker = { 'key-marker': key, 'upload-id-marker': childText(root, 'NextUploadIdMarker') };
      }
      return found
        .map(({ uploadId, initiated }) => ({ uploadId, initiated }))
        .sort((a, b) => Date.parse(b.initiated) - Date.parse(a.initiated));
    },
    async abort(key, uploadId) {
      await send('AbortMultipartUpload', 'DELETE', key, { uploadId });
    },
  };
}

/** One page's upload; the key was asked for URL-encoded. */
function readUpload(element: XmlElement): OpenUpload & { key: string } {
  return {
    key: decode(childText(element, 'Key')),
    uploadId: childText(element, 'UploadId'),
    initiated: childText(element, 'Initiated'),
  };
}

function childText(parent: XmlElement, name: string): string {
  return parent.children.find((child) => child.name === name)?.text.trim() ?? '';
}

/** In URL encoding, `+` may stand for a space. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function failed(operation: string, what: string): Refusal {
  return new Refusal(502, 'ServiceFailed', `${operation} failed with ${what}. Try again.`);
}
