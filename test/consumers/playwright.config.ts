/** Applications of every kind with the packed package, in Chromium; and old and new versions of TypeScript. */
import { defineSuite } from '../define-suite.js';

export default defineSuite('consumers', {
  // Bundlers are slow on a busy machine.
  timeout: 120_000,
  expect: { timeout: 20_000 },
});
