import type { Clock, Network } from '../ports.js';

/** What a request is sent with: `RequestInit` as far as it is used here, and two things fetch can't do. */
export interface TransportInit {
  method: string;
  headers: Record<string, string>;
  /** A Blob is read by the browser while it is sent, never by the page. */
  body?: Blob | string;
  signal: AbortSignal;
  /** Bytes of the body handed to the network so far. */
  onSent?: (bytes: number) => void;
  /** Milliseconds without a byte moving after which the request is given up with a `TimeoutError`; 0 is never. */
  stallTimeout?: number;
}

/** `fetch`, or something shaped like it. */
export type Transport = (url: string, init: TransportInit) => Promise<Response>;

/** A Response can't be built with a body for these. @see Fetch Standard, "null body status" */
const NULL_BODY = new Set([101, 204, 205, 304]);

/** Milliseconds for a part to show life once the network is back: many a connection has died meanwhile without a word. */
const PATIENCE_AFTER_RETURN = 10_000;

/**
 * A fetch made of XMLHttpRequest, the only API of browsers that tells how much of a body has been sent.
 * Rejects like fetch: `TypeError` when no answer can be read, `signal.reason` when aborted.
 */
export function createXhrFetch(clock: Clock, network: Network): Transport {
  return (url, { method, headers, body, signal, onSent, stallTimeout = 0 }) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const xhr = new XMLHttpRequest();
      let cancelTimer = (): void => {};

      const giveUpAfter = (milliseconds: number): void => {
        cancelTimer();
        if (milliseconds > 0) cancelTimer = clock.after(milliseconds, () => stall(milliseconds));
      };
      /** A byte moved, or a phase ended: the stall timer starts anew. */
      const moved = (): void => giveUpAfter(stallTimeout);
      let unsubscribe = (): void => {};
      const end = (): void => {
        cancelTimer();
        unsubscribe();
        signal.removeEventListener('abort', abort);
      };
      const stall = (milliseconds: number): void => {
        end();
        xhr.abort();
        reject(new DOMException(`no byte moved for ${milliseconds} ms`, 'TimeoutError'));
      };
      const abort = (): void => {
        end();
        xhr.abort();
        reject(signal.reason);
      };

      // What can't even be opened throws here, before anything has to be taken back.
      xhr.open(method, url);
      for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
      signal.addEventListener('abort', abort, { once: true });
      // What is no part may take its time to answer: Complete, of thousands of parts.
      unsubscribe = network.subscribe((online) => {
        if (online && body instanceof Blob) giveUpAfter(Math.min(stallTimeout, PATIENCE_AFTER_RETURN));
      });
      if (body !== undefined) {
        xhr.upload.onprogress = ({ loaded }) => {
          moved();
          onSent?.(loaded);
        };
        xhr.upload.onload = moved;
      }
      xhr.onprogress = moved;
      xhr.onload = () => {
        end();
        try {
          resolve(readResponse(xhr));
        } catch {
          // A Response can't be made of every status, reason and header a server may send; fetch rejects such answers, too.
          reject(new TypeError(`Failed to fetch: an answer that can't be read, of status ${xhr.status}`));
        }
      };
      xhr.onerror = () => {
        end();
        reject(new TypeError('Failed to fetch'));
      };
      moved();
      xhr.send(body ?? null);
    });
}

function readResponse(xhr: XMLHttpRequest): Response {
  const { status, statusText, responseText } = xhr;
  return new Response(NULL_BODY.has(status) ? null : responseText, {
    status,
    statusText,
    headers: parseHeaders(xhr.getAllResponseHeaders()),
  });
}

function parseHeaders(text: string): Headers {
  const headers = new Headers();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}
