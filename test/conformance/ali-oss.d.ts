/** As much of ali-oss 6.23.0 as the conformance tests use; the package ships no types. */
declare module 'ali-oss' {
  export interface Checkpoint {
    file: unknown;
    name: string;
    fileSize: number;
    partSize: number;
    uploadId: string;
    doneParts: { number: number; etag: string }[];
  }
  interface Result {
    res: { status: number; headers: Record<string, string> };
  }
  export default class OSS {
    constructor(options: Record<string, unknown>);
    static STS: new (
      options: Record<string, unknown>,
    ) => {
      assumeRole(
        role: string,
        policy?: object | string,
        expiration?: number,
        session?: string,
      ): Promise<{ credentials: Record<string, string> }>;
    };
    put(name: string, file: unknown, options?: object): Promise<Result & { name: string; data?: unknown }>;
    get(name: string, options?: object): Promise<Result & { content: Buffer }>;
    head(name: string, options?: object): Promise<Result & { status: number; meta: Record<string, string> | null }>;
    delete(name: string): Promise<Result>;
    listV2(query: object): Promise<Result & { objects?: { name: string; size: number; etag: string }[]; isTruncated: boolean }>;
    list(query: object): Promise<Result & { objects?: { name: string }[]; prefixes?: string[] | null }>;
    multipartUpload(
      name: string,
      file: unknown,
      options?: object,
    ): Promise<Result & { etag: string; data?: unknown; bucket: string; name: string }>;
    initMultipartUpload(name: string, options?: object): Promise<Result & { uploadId: string }>;
    uploadPart(
      name: string,
      uploadId: string,
      partNo: number,
      file: unknown,
      start: number,
      end: number,
    ): Promise<Result & { etag: string }>;
    completeMultipartUpload(name: string, uploadId: string, parts: { number: number; etag: string }[]): Promise<Result & { etag: string }>;
    listParts(
      name: string,
      uploadId: string,
      query?: object,
    ): Promise<
      Result & {
        parts: { PartNumber: string; ETag: string; Size: string }[] | { PartNumber: string };
        isTruncated: string;
        nextPartNumberMarker: string;
      }
    >;
    listUploads(
      query: object,
    ): Promise<
      Result & { uploads: { name: string; uploadId: string }[]; isTruncated: boolean; nextKeyMarker: string; nextUploadIdMarker: string }
    >;
    abortMultipartUpload(name: string, uploadId: string): Promise<Result>;
    cancel(abort?: { name: string; uploadId: string }): void;
    signPostObjectPolicyV4(policy: object | string, date: Date): string;
    signatureUrlV4(method: string, expires: number, request?: object, name?: string, additional?: string[]): Promise<string>;
  }
}
