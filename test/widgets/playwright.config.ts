/** The adapters and `<oss-upload>`, each in the real widget: the demo's gallery and the pages here, in Chromium. */
import { defineSuite } from '../define-suite.js';

export default defineSuite('widgets', {
  // One file has the tests of three widgets: two workers share them.
  fullyParallel: true,
  timeout: 60_000,
  expect: { timeout: 20_000 },
});
