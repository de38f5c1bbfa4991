/** Base64, where Node's Buffer isn't available. */
import { utf8 } from './bytes.js';

/** Base64 of a text in UTF-8. */
export function toBase64(text: string): string {
  return btoa(Array.from(utf8(text), (byte) => String.fromCharCode(byte)).join(''));
}

/** The text in UTF-8 behind base64; empty if a text is no base64. */
export function textOfBase64(text: string): string {
  return new TextDecoder().decode(fromBase64(text));
}

/** `undefined` if a text is no base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
