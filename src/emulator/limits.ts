/** How long the server waits for clients that send nothing, and what it reads of bodies that nobody needs. */

export interface Limits {
  /** Milliseconds in which the headers of a request, and a TLS handshake, must be complete. @default 60_000 */
  headerMilliseconds: number;
  /** Milliseconds without a byte after which a body is given up. @default 300_000 */
  silentMilliseconds: number;
}

export const DEFAULT_LIMITS: Limits = { headerMilliseconds: 60_000, silentMilliseconds: 300_000 };

/** Bytes of the largest body that OSS takes. */
export const MAX_BODY: number = 5 * 1024 ** 3;
/** Bytes of headers: OSS allows 8 KB of metadata, and 5 KB each for a callback and its variables. */
export const MAX_HEADER_BYTES: number = 64 * 1024;
/** Bytes of a body without a length that are still read when its request has been refused. */
export const MAX_UNKNOWN_BYTES: number = 64 * 1024 * 1024;
/** Seconds that a token may live: 30 years, which every format of a date can hold. */
export const MAX_SECONDS = 1e9;
