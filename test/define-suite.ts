/** The configuration of Playwright that all suites share: the browsers, and what machines of two cores need. */
import { fileURLToPath } from 'node:url';
import { defineConfig, type PlaywrightTestConfig } from '@playwright/test';
import { CHROMIUM_ARGS, FIREFOX_CHANNEL, findChromium, findFirefox, keepTemporaryFilesInMemory } from './browsers.mjs';

type Browser = 'chromium' | 'firefox';
type Project = NonNullable<PlaywrightTestConfig['projects']>[number];

export interface SuiteOptions extends Omit<PlaywrightTestConfig, 'projects'> {
  /** The browsers it runs in, each with what is different there. @default { chromium: {} } */
  browsers?: Partial<Record<Browser, Project>>;
}

/** A suite in `test/<name>`. What `options` name replaces the defaults. */
export function defineSuite(name: string, { browsers = { chromium: {} }, ...options }: SuiteOptions): PlaywrightTestConfig {
  keepTemporaryFilesInMemory();
  const folder = fileURLToPath(new URL(`./${name}`, import.meta.url));
  const available = { chromium: inChromium(), firefox: inFirefox() };
  return defineConfig({
    testDir: folder,
    testMatch: '**/*.spec.ts',
    outputDir: `${folder}/../../test-results/${name}`,
    globalSetup: `${folder}/global-setup.ts`,
    // Two cores: more would only make the timings of the tests depend on each other.
    workers: 2,
    // See run.mjs.
    retries: process.env.CI ? 1 : 0,
    forbidOnly: Boolean(process.env.CI),
    reporter: 'list',
    use: { headless: true, trace: 'off' },
    projects: Object.entries(browsers).flatMap(([browser, project]) => {
      const common = available[browser as Browser];
      return common ? [{ ...common, ...project }] : [];
    }),
    ...options,
  });
}

function inChromium(): Project {
  const executablePath = findChromium();
  return {
    name: 'chromium',
    grepInvert: /@firefox/,
    use: { browserName: 'chromium', launchOptions: { ...(executablePath ? { executablePath } : {}), args: CHROMIUM_ARGS } },
  };
}

/** Undefined where there is no Firefox: `run.mjs` says so. */
function inFirefox(): Project | undefined {
  const executablePath = findFirefox();
  if (!executablePath) return undefined;
  return {
    name: 'firefox',
    // What Firefox doesn't have isn't tested there, nor reported as skipped. Killing needs Linux's list of processes.
    grepInvert: process.platform === 'linux' ? /@chromium/ : /@chromium|@kill/,
    use: {
      browserName: 'firefox',
      channel: FIREFOX_CHANNEL,
      // It keeps processes ready for pages that nobody opens: with them, tests on two cores take a quarter longer.
      launchOptions: { executablePath, firefoxUserPrefs: { 'dom.ipc.processPrelaunch.enabled': false } },
    },
  };
}
