/** Shared by the tests of `<oss-upload>`: locators, its page, and ways to add files. */
import type { Locator, Page } from '@playwright/test';
import { dropOn, MiB, test as base } from './fixtures.js';
import type {} from './pages/element/main.js';

export const element = (page: Page): Locator => page.locator('oss-upload');
export const row = (page: Page, name: string): Locator => element(page).getByRole('listitem').filter({ hasText: name });
export const button = (page: Page, name: string): Locator => element(page).getByRole('button', { name, exact: true });

/** `open` loads the bare page and sets the element up; `gallery` is the example's page. */
export const test = base.extend<{ open(setUp?: (element: HTMLElementTagNameMap['oss-upload']) => void): Promise<void>; gallery: string }>({
  page: async ({ page }, use) => {
    // A test can operate an input's file chooser, but not Chromium's own picker.
    await page.addInitScript(() => Reflect.deleteProperty(window, 'showOpenFilePicker'));
    await use(page);
  },
  open: async ({ page, widgetsUrl }, use) => {
    await use(async (setUp = (upload) => Object.assign(upload, { multiple: true })) => {
      await page.goto(`${widgetsUrl}pages/element/`);
      await page.waitForFunction(() => 'widget' in window);
      await page.evaluate(() => Object.assign(window.widget, { options: window.library.options }));
      await element(page).evaluate(setUp);
    });
  },
  gallery: async ({ widgetsUrl }, use) => use(`${widgetsUrl}gallery/element/`),
});

export async function choose(page: Page, files: string | string[], by: Locator = button(page, 'Choose files')): Promise<void> {
  if (page.context().browser()?.browserType().name() === 'firefox') {
    // Its first chooser never ends for the browser, so there is no second one.
    await by.click();
    await element(page).locator('input').setInputFiles(files);
    return;
  }
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), by.click()]);
  await chooser.setFiles(files);
}

/** Drops files or folders of the disk on the element, as a user does with the mouse. */
export const drop = (page: Page, files: string[]): Promise<void> => dropOn(element(page), files);

/** The names of the dispatched events, without progress. */
export const heard = (page: Page): Promise<string[]> =>
  page.evaluate(() => window.heard.map(([name]) => name).filter((name) => name !== 'progress'));

export const SLOW = 8 * MiB;
