/** What Put and Complete share after the bytes have been received. */
import type { CallbackRequest } from '../callback.js';
import { invalidDigest, OssError } from '../oss-error.js';
import type { ObjectRecord } from '../bucket-store.js';
import type { OperationContext, Reply } from './operation.js';

/**
 * Replaces the usual answer by the application server's. If the callback fails, the reply is 203 with an
 * Error document, although the object is stored.
 */
export async function answerWithCallback(
  context: OperationContext,
  callback: CallbackRequest,
  record: ObjectRecord,
  operation: string,
  headers: Record<string, string>,
): Promise<Reply> {
  const outcome = await context.callBack({
    ...callback,
    values: {
      bucket: context.bucket.name,
      object: record.key,
      etag: record.etag,
      size: record.size,
      mimeType: record.attributes['content-type'] ?? '',
      crc64: record.crc64,
      contentMd5: record.contentMd5 ?? '',
      'imageInfo.height': '',
      'imageInfo.width': '',
      'imageInfo.format': '',
      vpcId: '',
      clientIp: context.clientIp,
      reqId: context.requestId,
      operation,
    },
  });
  if (outcome.ok) return { status: 200, headers: { 'Content-Type': outcome.contentType, ...headers }, body: outcome.body };
  throw new OssError(203, 'CallbackFailed', outcome.message, { ec: '0007-00000203', headers });
}

export function checkContentMd5(headers: ReadonlyMap<string, string>, md5Hex: string): void {
  const claimed = headers.get('content-md5');
  if (claimed !== undefined && claimed !== Buffer.from(md5Hex, 'hex').toString('base64')) throw invalidDigest();
}
