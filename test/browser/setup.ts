import type { TestProject } from 'vitest/node';
import { startTestOss } from '../helpers/embedded-oss.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Origin of the embedded OSS, such as `http://localhost:41234`; a bucket's is `http://demo-bucket.localhost:41234`. */
    ossUrl: string;
  }
}

/** One embedded OSS for all browser tests of a run; tests tell their uploads apart by key. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const oss = await startTestOss({ buckets: ['demo-bucket', 'cors-bucket'] });
  project.provide('ossUrl', oss.url);
  return () => oss.cleanup();
}
