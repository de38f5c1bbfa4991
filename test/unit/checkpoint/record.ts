/** A sound record, and the place and identity that it belongs to. */
import type { Identity } from '../../../src/checkpoint/match.js';
import type { Place } from '../../../src/checkpoint/read.js';
import type { Checkpoint } from '../../../src/ports.js';
import { PART } from '../../helpers/sizes.js';

export const PLACE: Place = {
  region: 'cn-hangzhou',
  bucket: 'examplebucket',
  endpoints: [{ origin: 'https://oss-cn-hangzhou.aliyuncs.com', addressing: 'virtual-host' }],
};

export const RECORD: Checkpoint = {
  version: 2,
  id: 'id',
  fingerprint: '1:abc',
  region: 'cn-hangzhou',
  bucket: 'examplebucket',
  key: 'dir/a.bin',
  uploadId: '0004B9894A22E5B1888A1E29F8236E2D',
  file: { name: 'a.bin', size: 3 * PART + 7, lastModified: 1_700_000_000_000, type: '' },
  partSize: PART,
  createdAt: 1_000,
  updatedAt: 2_000,
};

/** By key: of the record, unless something else is wanted. */
export function identity({ key = RECORD.key, fingerprint = RECORD.fingerprint } = {}): Identity {
  return { fingerprint, key };
}
