/** The embedded OSS and the files that the browser tests of a run share. */
import type { TestProject } from 'vitest/node';
import { startTestOss } from '../helpers/embedded-oss.js';
import { writeOddNames } from './helpers/odd-names.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Origin of the embedded OSS, such as `http://localhost:41234`; a bucket's is `http://demo-bucket.localhost:41234`. */
    ossUrl: string;
    /** Paths of the files in `node_modules/.drop-test/odd`, whose names directory handles omit. */
    oddNames: string[];
    /** The random campaign: the seed of its sequences, the index of the only one to run, and whether it is a short one. */
    campaign: { seed: number; only: number | undefined; isShort: boolean };
  }
}

/** One embedded OSS for all browser tests of a run; each test uses keys of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const oss = await startTestOss({ buckets: ['demo-bucket', 'cors-bucket'] });
  project.provide('ossUrl', oss.url);
  project.provide('oddNames', writeOddNames(`${project.config.root}/node_modules/.drop-test/odd`));
  const { CAMPAIGN_SEED: seed, CAMPAIGN_ONLY: only, REPETITIONS } = process.env;
  project.provide('campaign', {
    seed: Number(seed ?? Math.floor(Math.random() * 2 ** 31)),
    only: only === undefined ? undefined : Number(only),
    isShort: REPETITIONS === 'few',
  });
  return () => oss.cleanup();
}
