/** The adapters and `<oss-upload>`, each in the real widget: the demo's gallery and the pages here, in Chromium. */
import { defineConfig } from '@playwright/test';
import { CHROMIUM_ARGS, findChromium, keepTemporaryFilesInMemory } from '../browsers.mjs';

keepTemporaryFilesInMemory();

const chromium = findChromium();

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: '../../test-results',
  globalSetup: './global-setup.ts',
  workers: 2,
  // One file has the tests of three widgets: two workers share them.
  fullyParallel: true,
  // See run.mjs.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
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
