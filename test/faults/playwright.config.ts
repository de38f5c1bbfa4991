/** The fault campaign, in Chromium and Firefox. */
import { fileURLToPath } from 'node:url';
import { defineSuite } from '../define-suite.js';

/**
 * `npm test` plays a sample of the service's and the network's faults, and in Firefox of the browser's and the file's, too. In Firefox, where each
 * takes several times as long, it leaves out what is the same in every browser, because nothing but this library decides it (what the service
 * answers, the credentials, what the bytes are, the mess of everything), and what is random: the schedules, and the twelve kills, beside which
 * there are two at chosen moments.
 * `npm run test:faults` plays all.
 */
const isReduced = process.env.REPETITIONS === 'few';
const CHROMIUM_IS_ENOUGH = ['service', 'credentials', 'bytes', 'schedules', 'kills', 'mess'].map((name) => `**/${name}.spec.ts`);

export default defineSuite('faults', {
  browsers: { chromium: {}, firefox: isReduced ? { testIgnore: CHROMIUM_IS_ENOUGH } : {} },
  globalSetup: fileURLToPath(new URL('../e2e/global-setup.ts', import.meta.url)),
  reporter: [['list'], ['./matrix-reporter.ts']],
  timeout: 120_000,
  expect: { timeout: 60_000 },
  // Rows of one table share nothing, and mostly wait: for timeouts, links and clocks.
  fullyParallel: true,
  workers: 3,
});
