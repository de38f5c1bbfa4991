import type { Digests, Place, WantedDigests } from '../ports.js';

/** A slice, as its place and its size in bytes. */
export interface Stretch extends Place {
  size: number;
  /** What tells the file from others: in a worker each message brings another Blob of it. */
  fileId: unknown;
}

/** What the page asks of the hash worker. A Blob is cloned by reference: no byte is copied. */
export type HashRequest =
  | { readonly type: 'digest'; readonly id: number; readonly stretch: Stretch; readonly wanted: WantedDigests }
  | { readonly type: 'fingerprint'; readonly id: number; readonly file: Blob }
  | { readonly type: 'abort'; readonly id: number }
  /** Is anybody still there? Answered by `hello`. */
  | { readonly type: 'ping' };

/** What the worker says. It says `hello` unasked once it runs. */
export type HashReply =
  | { readonly type: 'hello' }
  | { readonly type: 'done'; readonly id: number; readonly result: Digests | string }
  | { readonly type: 'failed'; readonly id: number; readonly name: string; readonly message: string };
