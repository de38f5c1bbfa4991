import type { TestProject } from 'vitest/node';
import { startTestOss } from '../helpers/embedded-oss.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Origin of the embedded OSS, such as `http://localhost:41234`; a bucket's is `http://demo-bucket.localhost:41234`. */
    ossUrl: string;
    /** Of the random campaign: what its sequences are drawn from, and the one to be run alone. */
    campaign: { seed: number; only: number | undefined };
  }
}

/** One embedded OSS for all browser tests of a run; tests tell their uploads apart by key. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const oss = await startTestOss({ buckets: ['demo-bucket', 'cors-bucket'] });
  project.provide('ossUrl', oss.url);
  const { CAMPAIGN_SEED: seed, CAMPAIGN_ONLY: only } = process.env;
  project.provide('campaign', {
    seed: Number(seed ?? Math.floor(Math.random() * 2 ** 31)),
    only: only === undefined ? undefined : Number(only),
  });
  return () => oss.cleanup();
}
