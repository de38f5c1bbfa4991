/** A bucket's uploads and objects, as the control surface shows them. */
import type { ObjectRecord, Upload } from './records.js';
import type { OpenUpload, StoredObject } from './types.js';
import { isShelved } from './versions.js';

interface Bucket {
  name: string;
  uploads: ReadonlyMap<string, Upload>;
  objects: ReadonlyMap<string, ObjectRecord>;
}

export function describeUploads({ name, uploads }: Bucket): OpenUpload[] {
  return [...uploads.values()].map((upload) => ({
    bucket: name,
    key: upload.key,
    uploadId: upload.id,
    initiated: new Date(upload.initiated).toISOString(),
    parts: upload.parts.size,
    bytes: [...upload.parts.values()].reduce((sum, part) => sum + part.size, 0),
  }));
}

/** Without older versions. */
export function describeObjects({ name, objects }: Bucket): StoredObject[] {
  return [...objects.values()]
    .filter((record) => !isShelved(record))
    .map(({ key, size, etag, crc64, type, lastModified, attributes, versionId }) => ({
      bucket: name,
      key,
      size,
      etag,
      crc64,
      type,
      lastModified: new Date(lastModified).toISOString(),
      contentType: attributes['content-type'] ?? '',
      ...(versionId !== undefined && { versionId }),
    }));
}
