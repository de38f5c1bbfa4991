import { defineConfig } from '@playwright/test';
import e2e from '../e2e/playwright.config.js';

/** The fault campaign runs in the browsers that the end-to-end tests run in. */
export default defineConfig({
  ...e2e,
  testDir: '.',
  globalSetup: '../e2e/global-setup.ts',
  outputDir: '../../test-results/faults',
  reporter: [['list'], ['./matrix-reporter.ts']],
  // Rows of one table share nothing, and mostly wait: for timeouts, links and clocks.
  fullyParallel: true,
  workers: 3,
});
