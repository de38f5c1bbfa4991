import type { ListedPart } from '../oss/xml.js';
import { checkKeyInPrefix } from './object-key.js';
import { record } from './read-requests.js';
import { Refusal } from './refusal.js';
import type { OpenUpload, Service } from './service.js';
import type { Grant } from './types.js';

/** An open upload with its parts. */
export interface DiscoveredUpload extends OpenUpload {
  /** Ascending by number. */
  parts: ListedPart[];
}

const NEWEST = 5;

/**
 * The newest open uploads of exactly one key.
 * @throws {Refusal} 403 `DiscoveryNotAllowed`, 403 `KeyNotAllowed`, 502 `ServiceFailed`
 */
export async function discover(value: unknown, grant: Grant, service: Service): Promise<DiscoveredUpload[]> {
  if (!grant.discover) throw new Refusal(403, 'DiscoveryNotAllowed', 'Open uploads may not be listed.');
  const key = checkKeyInPrefix(record(value, 'discover')['key'], grant.prefix);
  const uploads = (await service.listUploads(key)).slice(0, NEWEST);
  const found = await Promise.all(
    uploads.map(async (upload) => {
      const parts = await service.listParts(key, upload.uploadId);
      // Completed or aborted in the meantime.
      return parts && { ...upload, parts };
    }),
  );
  return found.filter((upload) => upload !== undefined);
}
