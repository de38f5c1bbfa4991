/** What can go wrong with a request. A type only. */

/** What goes wrong with a request. */
export type Fault =
  /** An error reply as the service writes it: XML, or `x-oss-err` on HEAD. */
  | {
      kind: 'status';
      status: number;
      code?: string;
      message?: string;
      ec?: string;
      headers?: Record<string, string>;
      extra?: Record<string, string>;
    }
  /** Any body under any status: truncated XML, a proxy's HTML, nothing at all. */
  | { kind: 'raw'; status: number; contentType?: string; body: string; headers?: Record<string, string> }
  /** RST after this many bytes of the request body (default 0: at once). */
  | { kind: 'reset'; afterBytes?: number }
  /** Stops reading and never answers, until the client leaves or the time is over (then: RST). */
  | { kind: 'stall'; afterBytes?: number; milliseconds?: number }
  /** A page in HTML, as captive portals and proxies send it (default: 200), in place of the answer; with `afterWork` the work is done first. */
  | { kind: 'html'; status?: number; afterWork?: boolean }
  /** 200 and the service's marks, with an error document as the body; with `afterWork` the work is done first. */
  | { kind: 'error-in-200'; code?: string; message?: string; afterWork?: boolean }
  /** Waits before the work, and after it, with the answer ready. */
  | { kind: 'delay'; milliseconds?: number; afterMilliseconds?: number }
  /** Does the work, then closes the connection without an answer. */
  | { kind: 'drop-response' }
  /** Does the work, then sends the answer byte by byte, head and body, over this many milliseconds. */
  | { kind: 'trickle'; milliseconds: number }
  /** Flips one bit of the body; the answer describes the bytes that were stored. */
  | { kind: 'corrupt' }
  /** Does the work and answers with a wrong ETag, or with a weak one (`W/"…"`), as proxies that compress do. */
  | { kind: 'etag'; form: 'wrong' | 'weak' }
  /** Does the work and answers with headers added, replaced or removed. */
  | { kind: 'response-headers'; set?: Record<string, string>; remove?: string[] }
  /** Does the work and answers without CORS headers: a page can't read the answer. */
  | { kind: 'no-cors' };
