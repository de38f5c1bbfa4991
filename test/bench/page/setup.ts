/** What the benchmark tells the page, and what the page tells it. Plain values only. */
import type { AssumeRoleCredentials } from 'oss-resumable';

export interface Setup {
  /** Origins as the link under test shows them. */
  endpoint: string;
  /** The same, not through the link: for what is not to be measured. */
  directEndpoint: string;
  s3Endpoint: string;
  tusEndpoint: string;
  /** An application's server that signs, behind a round trip of 50 ms. Its path is the prefix of the keys. */
  signerUrl: string;
  region: string;
  bucket: string;
  /** Signs ahead what a back end would sign: for rivals that work with presigned URLs. */
  account: { accessKeyId: string; accessKeySecret: string };
  sts: AssumeRoleCredentials;
  /** One for each file selected. */
  keys: string[];
  /** Bytes; 'auto' is this library's only; 'whole' sends each file in one request. */
  partSize: number | 'auto' | 'whole';
  /** Requests in flight: as many as HTTP/1.1 has connections to a host. */
  parallel: number;
  /** What sets apart the rivals that share a module. */
  variant: Record<string, boolean>;
}

/** Does everything that is not to be measured; what it returns is measured, from its call until it resolves. */
export type Prepare = (files: File[], setup: Setup) => Promise<() => Promise<void>>;

export interface PageMeasurement {
  milliseconds: number;
  /** Bytes of JavaScript heap over what there was before. */
  heapGrowth: number;
  /** Milliseconds of the main thread in tasks of 50 ms and more. */
  longTasks: { total: number; longest: number };
}
