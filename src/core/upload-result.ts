/** The result of an upload. */
export interface UploadResult {
  /** The bucket it is in. */
  readonly bucket: string;
  /** The object's key; for an upload resumed within a scope, the key it was started with. */
  readonly key: string;
  /** Address of the object, unsigned: readable only if the bucket's rules allow it. */
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** As OSS sent it, in quotes. For a multipart object it is not an MD5. */
  readonly etag: string;
  /** CRC-64/XZ as unsigned decimal text: the local file's, or OSS's when hashing is off; `undefined` when neither is known. */
  readonly crc64: string | undefined;
  /** Whether the CRC-64 of the local file and of the stored object were compared and are equal. */
  readonly verified: boolean;
  /** With `skipExisting`: an equal object was there already, and nothing was sent. */
  readonly instant?: true | undefined;
  /** On versioned buckets, when the bucket exposes `x-oss-version-id`. */
  readonly versionId: string | undefined;
  /**
   * The application server's answer to OSS's callback: parsed if it is JSON, text otherwise. `undefined` without a callback,
   * and when the answer was lost (warning `callback-unknown`): then it is unknown whether the server accepted.
   */
  readonly callbackBody: unknown;
}
