/** The handler's own requests to OSS: lists what is there, and aborts what is too big. */
import { objectUrl, queryText } from '../oss/address.js';
import { listAllParts } from '../oss/list-all-parts.js';
import { listUploads } from '../oss/list-uploads.js';
import type { Query, Signer, SigningCredentials } from '../oss/sign.js';
import { type ListedPart, readListParts, readListUploads } from '../oss/xml.js';
import type { Endpoint } from '../options/endpoint.js';
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

/** Its methods throw a {@link Refusal}: 403 `ServiceRefused` when OSS refuses these keys, 502 `ServiceFailed` when it fails or can't be reached. */
export function createService(endpoint: Endpoint, bucket: string, signer: Signer, keys: SigningCredentials, fetch: Fetch): Service {
  /** What the answer says; `undefined` if there is no such upload. @param key '' for the bucket itself */
  async function send<T>(
    operation: string,
    method: string,
    key: string,
    query: Query,
    read: (body: string) => T | undefined,
  ): Promise<T | undefined> {
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
    const isFine = status > 199 && status < 300;
    const found = isFine ? read(body) : undefined;
    const code = /<Code>(\w{1,60})<\/Code>/.exec(body)?.[1];
    if (found !== undefined || (!isFine && code === 'NoSuchUpload')) return found;
    const what = isFine ? 'an unreadable answer' : (code ?? (status ? `status ${status}` : 'no answer'));
    if (status > 399 && status < 500 && status !== 408 && status !== 429) {
      throw new Refusal(403, 'ServiceRefused', `OSS refused ${operation} with ${what}: this server's role may lack a permission.`);
    }
    throw new Refusal(502, 'ServiceFailed', `${operation} failed with ${what}. Try again.`);
  }

  return {
    async listParts(key, uploadId) {
      let isThere = true;
      const parts = await listAllParts(
        async ({ query }) => {
          const page = await send('ListParts', 'GET', key, query, readListParts);
          isThere &&= page !== undefined;
          return page ?? { parts: [], next: undefined };
        },
        key,
        uploadId,
        1,
      );
      return isThere ? parts : undefined;
    },
    async listUploads(key) {
      const uploads = await listUploads(
        async ({ query }) => (await send('ListMultipartUploads', 'GET', '', query, readListUploads)) ?? { uploads: [], next: undefined },
        key,
      );
      return uploads.map(({ uploadId, initiated }) => ({ uploadId, initiated: new Date(initiated).toISOString() }));
    },
    async abort(key, uploadId) {
      await send('AbortMultipartUpload', 'DELETE', key, { uploadId }, () => true);
    },
  };
}
