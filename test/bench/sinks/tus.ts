/** As much of tus 1.0 as tus-js-client's upload needs: Creation, PATCH and Concatenation. */
import type { IncomingMessage } from 'node:http';
import type { KnownFile } from '../../../src/emulator/known-file.js';
import { type Answer, type Arrivals, listen, type Stretch, take } from './sink.js';

interface Upload {
  key: string | undefined;
  length: number;
  offset: number;
  pieces: Stretch[];
}

const header = (request: IncomingMessage, name: string): string => String(request.headers[name] ?? '');

/** `name base64,name base64` */
function keyOf(metadata: string): string | undefined {
  const encoded = /(?:^|,)key ([^,]+)/.exec(metadata)?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
}

/** @returns its port */
export function startTusSink(known: KnownFile, arrivals: Arrivals): Promise<number> {
  const uploads = new Map<string, Upload>();

  function create(request: IncomingMessage): Answer {
    const concat = header(request, 'upload-concat');
    const key = keyOf(header(request, 'upload-metadata'));
    const path = `/files/${uploads.size + 1}`;
    const partial = concat.startsWith('final;')
      ? concat
          .slice('final;'.length)
          .split(' ')
          .map((url) => uploads.get(new URL(url, 'http://tus').pathname))
      : [];
    const pieces = partial.flatMap((upload) => upload?.pieces ?? []);
    uploads.set(path, { key, length: Number(header(request, 'upload-length')), offset: 0, pieces });
    if (pieces.length > 0 && key !== undefined) arrivals.set(key, pieces);
    return { status: 201, headers: { Location: path } };
  }

  async function append(request: IncomingMessage): Promise<Answer> {
    const upload = uploads.get(request.url ?? '');
    if (upload === undefined) return { status: 404 };
    if (Number(header(request, 'upload-offset')) !== upload.offset) return { status: 409 };
    const piece = await take(request, known);
    upload.pieces.push(piece);
    upload.offset += piece.size;
    if (upload.offset === upload.length && upload.key !== undefined) arrivals.set(upload.key, upload.pieces);
    return { status: 204, headers: { 'Upload-Offset': String(upload.offset) } };
  }

  return listen('Location, Upload-Offset, Upload-Length, Tus-Resumable', async (request) => {
    const answer = request.method === 'POST' ? create(request) : await append(request);
    return { ...answer, headers: { 'Tus-Resumable': '1.0.0', ...answer.headers } };
  });
}
