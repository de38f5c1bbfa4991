/** The embedded OSS of this run: its address, its control surface, and what it holds. */
import { inject } from 'vitest';
import { createControl, type OpenUpload, type OperationName } from '../../helpers/oss-control.js';

export const ossUrl: string = inject('ossUrl');
export const control = createControl(ossUrl);

/** Delays every request of one operation about this key. */
export function slow(key: string, operation: OperationName, milliseconds: number): Promise<{ id: string }> {
  return control.addFault({ key, operation, times: null, fault: { kind: 'delay', milliseconds } });
}

/** Removes all faults about one key. */
export async function removeFaults(key: string): Promise<void> {
  for (const fault of await control.faults()) if (fault.key === key) await control.removeFault(fault.id);
}

/** The object as the service has it. */
export async function storedObject(key: string): Promise<{ size: number; crc64: string } | undefined> {
  return (await control.objects()).find((object) => object.key === key);
}

/** Multipart uploads of this key that are neither completed nor aborted. */
export async function openUploads(key: string): Promise<OpenUpload[]> {
  return (await control.uploads()).filter((upload) => upload.key === key);
}
