/** Reads the body of a request, of limited length. */
import { parseJson } from '../core/parse-json.js';
import { Refusal } from './refusal.js';

/** Reads a body of JSON, of limited length. @throws {Refusal} 413 `RequestTooLarge`, 400 `InvalidRequest` */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const value = parseJson(await readText(request, maxBytes));
  if (value === undefined) throw new Refusal(400, 'InvalidRequest', 'The body must be JSON.');
  return value;
}

/** Reads a body, and stops as soon as it is too long. @throws {Refusal} 413 `RequestTooLarge` */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const reader = request.body?.getReader();
  let text = '';
  let read = 0;
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done || !value) return text + decoder.decode();
    read += value.byteLength;
    if (read > maxBytes) {
      await reader?.cancel();
      throw new Refusal(413, 'RequestTooLarge', `The body may have ${maxBytes} bytes.`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
