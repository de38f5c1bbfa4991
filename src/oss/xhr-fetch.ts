import { sizeOf } from '../core/bytes.js';
/** The used members of `RequestInit`, and two that fetch lacks. */
import type { Bytes } from '../ports.js';

export interface TransportInit {
  method: string;
  headers: Record<string, string>;
  /** The browser reads a Blob while it is sent; the page never does. */
  body?: Blob | string | Bytes;
  /** Whoever listens to the progress of its body pays with a preflight. */
  isSimple?: boolean;
  /** `no-store` for requests whose answer must come from the service, not from the browser's HTTP cache. */
  cache?: 'no-store';
  signal: AbortSignal;
  /** Bytes of the body handed to the network so far. */
  onSent?: (bytes: number) => void;
  /** The answer has begun, or more of it has arrived. */
  onAnswer?: () => void;
}

/** `fetch`, or something shaped like it. */
export type Transport = (url: string, init: TransportInit) => Promise<Response>;

/**
 * XMLHttpRequest where a body's progress matters. `fetch` where the HTTP cache does, which only fetch can bypass without a header; and
 * for forms.
 */
export const browserFetch: Transport = (url, init) =>
  init.cache || init.isSimple || typeof XMLHttpRequest === 'undefined' ? fetch(url, init) : xhrFetch(url, init);

/**
 * A fetch made of XMLHttpRequest, the only browser API that reports how much of a body has been sent.
 * Rejects like fetch: `TypeError` when no answer can be read, `signal.reason` when aborted.
 */
export const xhrFetch: Transport = (url, { method, headers, body, signal, onSent, onAnswer }) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const xhr = new XMLHttpRequest();
    const abort = (): void => {
      reject(signal.reason);
      xhr.abort();
    };
    const end = (): void => signal.removeEventListener('abort', abort);
    const fail = (): void => {
      end();
      reject(new TypeError('Failed to fetch'));
    };

    // An invalid request throws here, before there is anything to clean up.
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    signal.addEventListener('abort', abort, { once: true });
    if (body !== undefined && xhr.upload) {
      xhr.upload.onprogress = ({ loaded }) => onSent?.(loaded);
      // Firefox counts the headers as well: only this shows that the body was sent completely.
      if (typeof body !== 'string') xhr.upload.onload = () => onSent?.(sizeOf(body));
    }
    // Fires at the headers, and at each piece of the body.
    xhr.onreadystatechange = () => xhr.readyState < 4 && onAnswer?.();
    xhr.onload = () => {
      end();
      try {
        resolve(readResponse(xhr));
      } catch {
        // Not every status, reason and header that a server may send fits a Response; fetch rejects such answers, too.
        fail();
      }
    };
    // A page may stop its requests without an error, by window.stop() for example.
    xhr.onerror = xhr.onabort = fail;
    xhr.send(body ?? null);
  });

/** A Response with one of these can't have a body. @see https://fetch.spec.whatwg.org/#null-body-status */
const NULL_BODY = new Set([101, 204, 205, 304]);

function readResponse(xhr: XMLHttpRequest): Response {
  const { status, statusText, responseText } = xhr;
  const fields = xhr.getAllResponseHeaders().matchAll(/^([^:\r\n]+):(.*)$/gm);
  const headers = Array.from(fields, ([, name = '', value = '']): [string, string] => [name, value.trim()]);
  // An empty text is a body, too: reading it takes a turn, in which the request ends before the next one replaces it.
  return new Response(NULL_BODY.has(status) ? null : responseText, { status, statusText, headers });
}
