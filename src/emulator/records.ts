/** What a bucket keeps about its objects, uploads and parts. Types only. */

/** Headers that are set at Initiate or Put and returned at Head: name (lower case) → value. */
export type Attributes = Record<string, string>;

export interface Piece {
  file: string;
  size: number;
}

export interface ObjectRecord {
  key: string;
  size: number;
  /** Without quotes. */
  etag: string;
  crc64: string;
  /** Base64; only for Normal objects. */
  contentMd5?: string;
  type: 'Normal' | 'Multipart';
  lastModified: number;
  acl: string;
  attributes: Attributes;
  /** On a bucket that keeps versions, or has kept some. */
  versionId?: string;
  /** Grows with each object and version of the bucket. */
  order?: number;
  /** Stands in the place of a deleted object. */
  deleteMarker?: true;
  folder: string;
  pieces: Piece[];
}

export interface PartRecord {
  number: number;
  sequence: number;
  modified: number;
  size: number;
  etag: string;
  crc64: string;
  file: string;
}

export interface Upload {
  id: string;
  key: string;
  initiated: number;
  sequential: boolean;
  attributes: Attributes;
  parts: Map<number, PartRecord>;
  sequence: number;
}
