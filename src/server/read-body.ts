/** Reads the body of a request, of limited length. */
import { parseJson } from '../core/parse-json.js';
import { Refusal, refuseAsInvalid } from './refusal.js';

/** Reads a body of JSON, of limited length. @throws {Refusal} 413 `RequestTooLarge`, 400 `InvalidRequest` */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  return parseJson(await readText(request, maxBytes)) ?? refuseAsInvalid('The body must be JSON.');
}

/** Reads a body, and stops as soon as it is too long. @throws {Refusal} 413 `RequestTooLarge` */
export async function readText({ body }: Request, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let text = '';
  let read = 0;
  // Leaving the loop cancels the body. The types of browsers don't know yet that it can be iterated.
  for await (const chunk of (body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    read += chunk.byteLength;
    if (read > maxBytes) throw new Refusal(413, 'RequestTooLarge', `The body may have ${maxBytes} bytes.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
