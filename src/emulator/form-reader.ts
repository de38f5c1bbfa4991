/** Reads `multipart/form-data` part by part while it arrives, in bounded memory. */
import { fieldItemTooLong, malformedPost } from './post-errors.js';

export interface FormPart {
  name: string;
  /** Of `filename="…"`; OSS doesn't read `filename*`. */
  filename?: string;
  contentType?: string;
}

/** Bytes of a part's headers, which hold the field's name. */
const MAX_HEAD = 8 * 1024;
const NOTHING = Buffer.alloc(0);

export class FormReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #delimiter: Buffer;
  /** What has arrived and isn't read yet. The first boundary may stand at the very beginning, without a line end. */
  #held: Buffer = Buffer.from('\r\n');
  /** Whether the position is in the body of a part, or in front of the first one. */
  #inBody = true;
  #ended = false;

  constructor(chunks: AsyncIterable<Buffer>, boundary: string) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  /**
   * Skips what is left of the last part. Undefined after the last one.
   *
   * @throws {OssError} if the body ends before its last boundary, or a part doesn't say its name
   */
  async next(): Promise<FormPart | undefined> {
    if (this.#ended) return undefined;
    // Skipped without keeping it.
    for await (const _ of this.body());
    await this.#need(2);
    if (this.#held.toString('latin1', 0, 2) === '--') {
      this.#ended = true;
      return undefined;
    }
    const part = parseHead(await this.#head());
    this.#inBody = true;
    return part;
  }

  /** The bytes of the part that `next` has returned, up to its boundary. */
  async *body(): AsyncGenerator<Buffer> {
    while (this.#inBody) {
      const end = this.#held.indexOf(this.#delimiter);
      if (end < 0) {
        // A boundary may have begun at the end of what has arrived.
        const safe = Math.max(0, this.#held.length - this.#delimiter.length + 1);
        const piece = this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
        if (piece.length > 0) yield piece;
        await this.#more();
        continue;
      }
      const piece = this.#held.subarray(0, end);
      this.#held = this.#held.subarray(end + this.#delimiter.length);
      this.#inBody = false;
      if (piece.length > 0) yield piece;
    }
  }

  /** Reads and drops what follows the last boundary. */
  async finish(): Promise<void> {
    this.#held = NOTHING;
    while ((await this.#chunks.next()).done !== true);
  }

  /** Lets go of the body. Must be called in any case, also after a failure: whoever drains the request needs it. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** The lines behind a boundary, up to the empty one. */
  async #head(): Promise<string> {
    for (let from = 0; ; ) {
      const end = this.#held.indexOf('\r\n\r\n', from);
      if (end > MAX_HEAD || (end < 0 && this.#held.length > MAX_HEAD + 4)) {
        throw fieldItemTooLong('name', MAX_HEAD, end < 0 ? this.#held.length : end);
      }
      if (end >= 0) {
        const head = this.#held.toString('utf8', 0, end);
        this.#held = this.#held.subarray(end + 4);
        return head;
      }
      from = Math.max(0, this.#held.length - 3);
      await this.#more();
    }
  }

  async #need(bytes: number): Promise<void> {
    while (this.#held.length < bytes) await this.#more();
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (done === true) throw malformedPost('0006-00000104');
    this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value]);
  }
}

/** The boundary in a Content-Type; undefined for another type, or without a boundary. */
export function formBoundary(contentType: string | undefined): string | undefined {
  const match = /^multipart\/form-data\s*;(?:[^;]*;)*?\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType ?? '');
  return match?.[1] ?? match?.[2];
}

function parseHead(head: string): FormPart {
  // The rest of the boundary's line may hold blanks.
  const line = head.indexOf('\r\n');
  const lines = line < 0 || head.slice(0, line).trim() !== '' ? undefined : head.slice(line + 2).split('\r\n');
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/is.exec(lines?.[0] ?? '')?.[1];
  const name = parameter(disposition, 'name');
  if (lines === undefined || name === undefined) throw malformedPost('0006-00000109');
  const filename = parameter(disposition, 'filename');
  const type = lines.map((text) => /^content-type:\s*(.*)$/is.exec(text)?.[1]?.trim()).find((text) => text !== undefined && text !== '');
  return { name, ...(filename !== undefined && { filename }), ...(type !== undefined && { contentType: type }) };
}

function parameter(disposition: string | undefined, name: string): string | undefined {
  const match = new RegExp(`(?:^|;)\\s*${name}=(?:"([^"]*)"|([^\\s;"]+))`, 'i').exec(disposition ?? '');
  return match?.[1] ?? match?.[2];
}
