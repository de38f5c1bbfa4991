import type { Digests, WantedDigests } from '../ports.js';

/** What the page asks of the hash worker. A Blob is cloned by reference: no byte is copied. */
export type HashRequest =
  | { readonly type: 'digest' | 'fingerprint'; readonly id: number; readonly blob: Blob; readonly wanted: WantedDigests | undefined }
  | { readonly type: 'abort'; readonly id: number }
  /** Is anybody still there? Answered by `hello`. */
  | { readonly type: 'ping' };

/** What the worker says. It says `hello` unasked once it runs. */
export type HashReply =
  | { readonly type: 'hello' }
  | { readonly type: 'done'; readonly id: number; readonly result: Digests | string }
  | { readonly type: 'failed'; readonly id: number; readonly name: string; readonly message: string };
