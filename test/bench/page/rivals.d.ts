/**
 * As much of the rivals as the benchmark uses. They are installed by the benchmark, not by the project's `npm ci`, and the
 * type check has to do without them. ali-oss ships no types.
 */
declare module 'ali-oss/dist/aliyun-oss-sdk.min.js' {
  export default class OSS {
    constructor(options: Record<string, unknown>);
    put(key: string, file: File): Promise<unknown>;
    multipartUpload(key: string, file: File, options: { partSize: number | 'auto'; parallel: number }): Promise<unknown>;
  }
}

declare module '@uppy/core' {
  export class BasePlugin<Options> {
    opts: Options;
  }
  export default class Uppy {
    use<Options>(plugin: new (uppy: Uppy, options: Options) => BasePlugin<Options>, options: Options): this;
    addFiles(files: { name: string; data: Blob; meta: Record<string, unknown> }[]): void;
    upload(): Promise<{ failed?: { error?: unknown }[] } | undefined>;
  }
}

declare module '@uppy/aws-s3' {
  import Uppy, { BasePlugin } from '@uppy/core';
  export interface SignableRequest {
    method: string;
    key: string;
    uploadId?: string;
    partNumber?: number;
    contentType?: string;
  }
  export interface AwsS3Options {
    limit: number;
    shouldUseMultipart: boolean;
    getChunkSize?: () => number;
    generateObjectKey(file: { meta: Record<string, unknown> }): string;
    signRequest(request: SignableRequest): Promise<{ url: string }>;
  }
  export default class AwsS3 extends BasePlugin<AwsS3Options> {
    constructor(uppy: Uppy, options: AwsS3Options);
  }
}

declare module 'tus-js-client' {
  export class Upload {
    constructor(file: Blob, options: Record<string, unknown>);
    start(): void;
  }
}

declare module '@aws-sdk/client-s3' {
  export class S3Client {
    constructor(options: Record<string, unknown>);
  }
}

declare module '@aws-sdk/lib-storage' {
  export class Upload {
    constructor(options: { client: object; params: object; queueSize: number; partSize: number });
    done(): Promise<unknown>;
  }
}
