import { defineConfig } from '@playwright/test';
import { CHROMIUM_ARGS, FIREFOX_CHANNEL, findChromium, findFirefox, keepTemporaryFilesInMemory } from '../browsers.mjs';

keepTemporaryFilesInMemory();

const chromium = findChromium();
const firefox = findFirefox();

/** It keeps processes ready for pages that nobody opens: with them, tests on two cores take a quarter longer. */
const FIREFOX_PREFS = { 'dom.ipc.processPrelaunch.enabled': false };

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: '../../test-results',
  globalSetup: './global-setup.ts',
  // Two cores: more would only make the timings of the tests depend on each other.
  workers: 2,
  fullyParallel: false,
  // See run.mjs.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 120_000,
  // A patience, not a measure: a machine whose disk is busy may stand still for seconds.
  expect: { timeout: 60_000 },
  reporter: 'list',
  use: { headless: true, trace: 'off' },
  projects: [
    {
      name: 'chromium',
      grepInvert: /@firefox/,
      use: { browserName: 'chromium', launchOptions: { ...(chromium ? { executablePath: chromium } : {}), args: CHROMIUM_ARGS } },
    },
    // Where there is none, `test/run.mjs` says so.
    ...(firefox
      ? [
          {
            name: 'firefox',
            // What Firefox doesn't have isn't tested there, nor reported as skipped. Killing needs Linux's list of processes.
            grepInvert: process.platform === 'linux' ? /@chromium/ : /@chromium|@kill/,
            use: {
              browserName: 'firefox' as const,
              channel: FIREFOX_CHANNEL,
              launchOptions: { executablePath: firefox, firefoxUserPrefs: FIREFOX_PREFS },
            },
          },
        ]
      : []),
  ],
});
