/** The built library in whole pages, in Chromium and Firefox. */
import { defineSuite } from '../define-suite.js';

/** What `npm test` leaves to `npm run test:e2e`: the demo's guide and layout, big plans, and discovery, once more in Firefox. */
const CHROMIUM_IS_ENOUGH = ['**/demo-guide.spec.ts', '**/demo-layout.spec.ts', '**/scale.spec.ts', '**/discover.spec.ts'];

export default defineSuite('e2e', {
  browsers: { chromium: {}, firefox: process.env.REPETITIONS === 'few' ? { testIgnore: CHROMIUM_IS_ENOUGH } : {} },
  timeout: 120_000,
  // A patience, not a measure: a machine whose disk is busy may stand still for seconds.
  expect: { timeout: 60_000 },
});
