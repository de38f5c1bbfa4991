/** Bytes and texts, where Node's Buffer isn't available. */
import type { Bytes } from '../ports.js';

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** Number of bytes. */
export function sizeOf(body: Blob | Bytes): number {
  return 'size' in body ? body.size : body.length;
}

/** Lower case. */
export function hex(bytes: ArrayBuffer | Bytes): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
