import { defineConfig } from '@playwright/test';
import e2e from '../e2e/playwright.config.js';

/**
 * `npm test` leaves to `npm run test:faults` what is the same in every browser, because nothing but this library decides it:
 * what the service answers, and the credentials. And the twelve kills at random moments, beside which there are eight at
 * chosen ones.
 */
const isReduced = process.env.FAULTS === 'reduced';
const CHROMIUM_IS_ENOUGH = ['**/service.spec.ts', '**/credentials.spec.ts', '**/kills.spec.ts'];

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
  projects: (e2e.projects ?? []).map((project) =>
    isReduced && project.name === 'firefox' ? { ...project, testIgnore: CHROMIUM_IS_ENOUGH } : project,
  ),
});
