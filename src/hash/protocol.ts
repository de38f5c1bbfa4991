/** The messages between the page and the hash worker. */
import type { Bytes, Digests, WantedDigests } from '../ports.js';

/** From the page. A Blob is cloned by reference: no byte is copied. Of bytes there are few. */
export type HashRequest =
  | {
      readonly type: 'digest' | 'fingerprint';
      readonly id: number;
      readonly blob: Blob | Bytes;
      readonly wanted: WantedDigests | undefined;
    }
  | { readonly type: 'abort'; readonly id: number }
  /** Asks for a sign of life, a `hello`. */
  | { readonly type: 'ping' };

/** From the worker. It sends a `hello` once it runs. */
export type HashReply =
  | { readonly type: 'hello' }
  | { readonly type: 'done'; readonly id: number; readonly result: Digests | string }
  | { readonly type: 'failed'; readonly id: number; readonly name: string; readonly message: string };
