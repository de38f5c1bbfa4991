/** As much of S3 as lib-storage's multipart upload needs. Signatures are not looked at. */
import { randomUUID } from 'node:crypto';
import type { KnownFile } from '../../../src/emulator/known-file.js';
import { xmlDocument } from '../../../src/emulator/xml.js';
import { type Arrivals, listen, readText, type Stretch, take } from './sink.js';

/** @returns its port */
export function startS3Sink(known: KnownFile, arrivals: Arrivals): Promise<number> {
  const uploads = new Map<string, Map<number, Stretch>>();
  return listen('ETag', async (request) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3');
    const [, bucket = '', ...segments] = pathname.split('/').map(decodeURIComponent);
    const key = segments.join('/');
    const xml = (root: string, fields: Record<string, string>) => ({
      status: 200,
      headers: { 'Content-Type': 'application/xml' },
      body: xmlDocument([root, Object.entries({ Bucket: bucket, Key: key, ...fields })]),
    });
    if (request.method === 'POST' && searchParams.has('uploads')) {
      const id = randomUUID();
      uploads.set(id, new Map());
      return xml('InitiateMultipartUploadResult', { UploadId: id });
    }
    const id = searchParams.get('uploadId') ?? '';
    const parts = uploads.get(id);
    if (parts === undefined) return { status: 404, body: 'No such upload.' };
    if (request.method === 'PUT') {
      const number = Number(searchParams.get('partNumber'));
      parts.set(number, await take(request, known));
      return { status: 200, headers: { ETag: `"${id}-${number}"` } };
    }
    const listed = [...(await readText(request)).matchAll(/<PartNumber>(\d+)</g)].map(([, number]) => parts.get(Number(number)));
    if (!listed.every((part) => part !== undefined)) return { status: 400, body: 'A part that was listed is not there.' };
    arrivals.set(key, listed);
    uploads.delete(id);
    return xml('CompleteMultipartUploadResult', { Location: `http://localhost${pathname}`, ETag: `"${id}"` });
  });
}
