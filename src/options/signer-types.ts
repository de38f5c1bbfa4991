/** What pages without keys ask a server to sign, and what it answers. */

/** A request that a signer signs: exactly this one, with these headers and this number of bytes. */
export interface RequestToSign {
  /** Such as `UploadPart`. */
  operation: string;
  /** The HTTP method. */
  method: string;
  /** The object's key; empty for `ListMultipartUploads`, which concerns the bucket. */
  key: string;
  /** Parameters, decoded; an empty value is a bare name. */
  query: Record<string, string>;
  /** Headers that will be sent, by lower-case name: all of `Content-Type`, `Content-MD5` and `x-oss-*` have to be signed. */
  headers: Record<string, string>;
  /** Bytes of the file in its body; of `InitiateMultipartUpload`, of the whole file; `undefined` for other requests. */
  size: number | undefined;
  /** Of `CompleteMultipartUpload`: what the object will consist of. */
  parts: readonly { number: number; etag: string }[] | undefined;
}

/** The answer to one {@link RequestToSign}: headers to add, or a presigned URL. */
export interface RequestSignature {
  /** `Authorization`, `x-oss-date`, `x-oss-security-token` and what else the server signs. Needed unless there is a `url`. */
  headers?: Record<string, string> | undefined;
  /** The presigned URL, query included. */
  url?: string | undefined;
  /** Of `PostObject`, which only the protocol of `oss-resumable/server` knows: the fields of the form, before `file`. */
  fields?: Record<string, string> | undefined;
  /** Of requests that begin an object: its key, if the server has chosen another one. @default the one that was asked for */
  key?: string | undefined;
}

/**
 * Has requests signed by your server: 1..100 of them, answered in the same order, once for all. Signatures are used for up to 12
 * minutes after that, and asked for anew when OSS refuses them. If it throws, it is called again with increasing delays while uploads
 * wait. Throw a {@link CredentialsError} to fail at once.
 */
export type RequestSigner = (
  requests: readonly RequestToSign[],
  context: { signal: AbortSignal },
) => readonly RequestSignature[] | Promise<readonly RequestSignature[]>;
