/**
 * The adapters in their real widgets, and `<oss-upload>`: the demo's gallery and the pages here, in Chromium; the element also in Firefox.
 * What only DevTools can do (drops from outside, pastes, forced colours, reduced motion) is tested in Chromium alone, and so are keys.
 */
import { defineSuite } from '../define-suite.js';

/** `npm test` leaves to `npm run test:widgets` what is the same in every browser: rows, batches, what is refused, what axe finds. */
const IN_FIREFOX =
  process.env.REPETITIONS === 'few'
    ? /\/element(-(form|life|unfinished|uploads))?\.spec\.ts$/
    : /\/element(-(access|batches|form|life|rows|rules|unfinished|uploads))?\.spec\.ts$/;

/** Of older versions of the widgets, it plays that files arrive, and that uploads resume after a reload. */
const IN_CHROMIUM =
  process.env.REPETITIONS === 'few'
    ? { grepInvert: [/@firefox/, /(antd 5|React 18|Dashboard of Uppy 5) (?!.*(arrive|after a reload))/] }
    : {};

export default defineSuite('widgets', {
  browsers: { chromium: IN_CHROMIUM, firefox: { testMatch: IN_FIREFOX } },
  // One file tests three widgets: two workers share it.
  fullyParallel: true,
  timeout: 60_000,
  expect: { timeout: 20_000 },
});
