/** The name of a part's file, which is the part's whole record. */
import type { PartRecord } from './records.js';

export function partFile(part: Omit<PartRecord, 'file'>): string {
  const number = String(part.number).padStart(5, '0');
  return [number, part.sequence, part.modified, part.size, part.etag, part.crc64].join('.');
}

export function readPartFile(file: string): PartRecord | undefined {
  const match = /^(\d{5})\.(\d+)\.(-?\d+)\.(\d+)\.([0-9A-F]{32})\.(\d+)$/.exec(file);
  if (match === null) return undefined;
  const [number, sequence, modified, size] = match.slice(1, 5).map(Number) as [number, number, number, number];
  return { number, sequence, modified, size, etag: match[5] as string, crc64: match[6] as string, file };
}
