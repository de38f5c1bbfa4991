import { isWhole } from '../core/is-whole.js';
import { parseJson } from '../core/parse-json.js';
import { CredentialsError } from '../errors.js';
import { MAX_PART_SIZE, MAX_PARTS } from '../core/plan.js';
import type { OpenUpload } from './authorize.js';
import type { ListedPart } from './xml.js';
import type { RequestSignature, RequestSigner } from '../options/signer-types.js';

/** A handler of `oss-resumable/server`, asked over HTTP. */
export interface HandlerClient {
  sign: RequestSigner;
  /** Open uploads of a key, newest first. */
  openUploads(key: string, signal: AbortSignal): Promise<OpenUpload[]>;
}

/** What a handler says about a refusal. */
interface Refused {
  error?: { code?: string; message?: string };
}

/** @param url may be relative to the page */
export function createHandlerClient(url: string): HandlerClient {
  /** @throws {CredentialsError} when asking again can't help */
  async function ask<T>(body: object, signal: AbortSignal): Promise<T | undefined> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'include',
      cache: 'no-store',
      signal,
    });
    const answer = parseJson(await response.text()) as (T & Refused) | undefined;
    if (response.ok) return answer;
    const { status } = response;
    if (status >= 500 || status === 408 || status === 429) throw new Error(`HTTP ${status}`);
    const { code, message } = answer?.error ?? {};
    if (status === 413 && code === undefined)
      throw new CredentialsError('SignerRefused', 'The signer takes no request of this size: let it read 1 MB.');
    // Parts that have changed are listed again.
    const kind = code === 'PartMismatch' ? code : 'SignerRefused';
    if (typeof code === 'string') throw new CredentialsError(kind, `The signer refused with ${code}: ${message}`);
    throw new CredentialsError('InvalidSignatures', `The signer answered with HTTP ${status}: check its URL.`);
  }

  return {
    async sign(requests, { signal }) {
      const answer = await ask<{ signatures: RequestSignature[] }>({ requests }, signal);
      return answer?.signatures as RequestSignature[];
    },
    async openUploads(key, signal) {
      const answer = await ask<{ uploads: OpenUpload[] }>({ discover: { key } }, signal);
      if (Array.isArray(answer?.uploads) && answer.uploads.every(isOpenUpload)) return answer.uploads;
      throw new CredentialsError('InvalidSignatures', 'The signer answered without a list of uploads.');
    },
  };
}

function isOpenUpload(value: Partial<OpenUpload> | null): boolean {
  const isPart = (part: Partial<ListedPart> | null): boolean => isWhole(part?.number, 1, MAX_PARTS) && isWhole(part.size, 0, MAX_PART_SIZE);
  return typeof value?.uploadId === 'string' && (value.parts === undefined || (Array.isArray(value.parts) && value.parts.every(isPart)));
}
