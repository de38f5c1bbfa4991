/** The built library in whole pages, in Chromium and Firefox. */
import { defineSuite } from '../define-suite.js';

/**
 * What `npm test` leaves to `npm run test:e2e`, once more in Firefox: the demo, big plans, slow lines, and what this library alone decides:
 * discovery, endpoints, signers, clocks, what a carried part is worth.
 */
const CHROMIUM_IS_ENOUGH = [
  'demo',
  'demo-guide',
  'demo-layout',
  'scale',
  'interruption',
  'unseen-progress',
  'clocks',
  'discover',
  'endpoints',
  'signer',
  'splice',
].map((name) => `**/${name}.spec.ts`);

export default defineSuite('e2e', {
  browsers: { chromium: {}, firefox: process.env.REPETITIONS === 'few' ? { testIgnore: CHROMIUM_IS_ENOUGH } : {} },
  timeout: 120_000,
  // A patience, not a measure: a machine whose disk is busy may stand still for seconds.
  expect: { timeout: 60_000 },
});
