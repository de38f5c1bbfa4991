/** The adapters in their real widgets, and `<oss-upload>`: the demo's gallery and the pages here, in Chromium; the element also in Firefox. */
import { defineSuite } from '../define-suite.js';

export default defineSuite('widgets', {
  browsers: { chromium: {}, firefox: { testMatch: /\/element(-(?!plus)\w+)?\.spec\.ts$/ } },
  // One file tests three widgets: two workers share it.
  fullyParallel: true,
  timeout: 60_000,
  expect: { timeout: 20_000 },
});
