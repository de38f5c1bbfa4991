/** A header's value as Node writes it, which is one byte a character: its UTF-8 bytes, without the characters that no header may hold. */
export function headerBytes(value: string): string {
  return Buffer.from(String(value).replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, ' ')).toString('latin1');
}
