/** Brings each widget into each state, and takes its pictures there. */
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import de from '../../../src/element/locales/de.js';
import { test } from '../fixtures.js';
import { makeSamples, type Samples } from './samples.js';
import { STATES } from './states.js';
import { WIDGETS } from './widgets.js';

export interface Wishes {
  out: string;
  states: string[];
  widgets: string[];
  widths: string[];
  themes: ('light' | 'dark')[];
  directions: string[];
  languages: string[];
}

const wishes = JSON.parse(process.env.PICTURES ?? 'null') as Wishes | null;
if (!wishes) throw new Error('PICTURES is not set: run take.mjs.');

/** Of a long page only the top, as users see it. */
const MAX_HEIGHT = 1200;
/** Above the widget. */
const MARGIN = 12;

let samples: Samples;

test.beforeAll(async ({ browser }) => {
  samples = await makeSamples(browser);
});
test.afterAll(() => samples.remove());

for (const name of wishes.widgets) {
  const widget = WIDGETS[name];
  if (!widget) throw new Error(`There is no widget ${name}`);
  for (const state of wishes.states) {
    const reach = STATES[state];
    if (!reach) throw new Error(`There is no state ${state}`);
    if (widget.lacks?.includes(state)) continue;
    test(`${name}, ${state}`, async ({ page, oss, widgetsUrl }) => {
      // A test can operate an input's file chooser, but not Chromium's own picker.
      await page.addInitScript(() => Reflect.deleteProperty(window, 'showOpenFilePicker'));
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.setViewportSize({ width: 1440, height: MAX_HEIGHT });
      await page.goto(widgetsUrl + widget.path);
      await page.waitForSelector(widget.dropTarget);
      const hold = await reach({ page, oss, widget, samples });
      for (const language of widget.isTranslated ? wishes.languages : ['en']) {
        for (const direction of wishes.directions) {
          await speak(page, language, direction);
          for (const theme of wishes.themes) {
            await page.emulateMedia({ colorScheme: theme });
            for (const width of wishes.widths) {
              await page.setViewportSize({ width: Number(width), height: MAX_HEIGHT });
              await hold?.();
              await settle(page);
              await takePicture(page, join(wishes.out, `${[state, name, language, direction, theme, width].join('.')}.png`));
            }
          }
        }
      }
    });
  }
}

async function speak(page: Page, language: string, direction: string): Promise<void> {
  await page.evaluate(
    ([lang, dir, messages]) => {
      Object.assign(document.documentElement, { lang, dir });
      const upload = document.querySelector('oss-upload');
      // Its own language wins, so that it needn't notice that the page's has changed.
      upload?.setAttribute('lang', lang);
      if (upload) upload.messages = messages;
    },
    [language, direction, language === 'de' ? de : {}] as const,
  );
}

/** Until everything that depends on the width has been laid out and painted. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve)), 250)));
}

async function takePicture(page: Page, path: string): Promise<void> {
  await page.evaluate(() => scrollTo(0, 0));
  const box = (await page.locator('main').boundingBox())!;
  const y = Math.max(0, box.y - MARGIN);
  const clip = { x: 0, y, width: page.viewportSize()!.width, height: Math.min(box.height + MARGIN, MAX_HEIGHT - y) };
  await page.screenshot({ path, clip });
}
