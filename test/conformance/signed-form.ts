import type { Wire } from './wire.js';

/** Sends a form as a page does, with the fields that a handler has signed, and returns the status. */
export async function sendForm(wire: Wire, fields: Record<string, string>, content: string): Promise<number> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([content], { type: fields['content-type'] ?? '' }), 'f');
  const encoded = new Response(form);
  const headers = { 'content-type': encoded.headers.get('content-type') ?? '' };
  return (await wire.send('POST', null, { sign: false, headers, body: Buffer.from(await encoded.arrayBuffer()) })).status;
}
