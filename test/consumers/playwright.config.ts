/** Applications of every kind, each with the packed package, in Chromium; and TypeScripts old and new. */
import { defineConfig } from '@playwright/test';
import { CHROMIUM_ARGS, findChromium, keepTemporaryFilesInMemory } from '../browsers.mjs';

keepTemporaryFilesInMemory();

const chromium = findChromium();

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../../test-results',
  globalSetup: './global-setup.ts',
  workers: 2,
  fullyParallel: false,
  // See run.mjs.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: Boolean(process.env.CI),
  // Bundlers on a busy machine take their time.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
  use: { headless: true, trace: 'off' },
  projects: [
    {
      name: 'chromium',
      use: { browserName: 'chromium', launchOptions: { ...(chromium ? { executablePath: chromium } : {}), args: CHROMIUM_ARGS } },
    },
  ],
});
