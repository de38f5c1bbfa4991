/** The built library in whole pages, in Chromium and Firefox. */
import { defineSuite } from '../define-suite.js';

export default defineSuite('e2e', {
  browsers: { chromium: {}, firefox: {} },
  timeout: 120_000,
  // A patience, not a measure: a machine whose disk is busy may stand still for seconds.
  expect: { timeout: 60_000 },
});
