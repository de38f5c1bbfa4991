import { combineCrc64 } from '../core/crc64-combine.js';
import { yieldToPage } from '../core/yield-to-page.js';

/**
 * The CRC-64 of all parts together, unsigned decimal text; `undefined` where one of a part is not known.
 * @param parts ascending by number, all of them
 */
export async function wholeCrc64(
  parts: readonly { number: number; size: number; crc64?: string | undefined }[],
): Promise<string | undefined> {
  let whole = '0';
  for (const { number, crc64, size } of parts) {
    if (crc64 === undefined) return undefined;
    whole = combineCrc64(whole, crc64, size);
    // Some 7 µs each: 10,000 at once would hold up the page.
    if (number % 200 === 0) await yieldToPage();
  }
  return whole;
}
