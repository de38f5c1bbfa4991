/** Applications of every kind, each with the packed package, in Chromium; and TypeScripts old and new. */
import { defineSuite } from '../define-suite.js';

export default defineSuite('consumers', {
  // Bundlers on a busy machine take their time.
  timeout: 120_000,
  expect: { timeout: 20_000 },
});
