/** `<oss-upload>` with forced colours, and with reduced motion. */
import type { Page } from '@playwright/test';
import type { TestOss } from '../helpers/embedded-oss.js';
import { button, choose, element, row, SLOW, test } from './element.js';
import { expect, KiB, MiB, untilAcknowledged } from './fixtures.js';

/** Selectors of everything visible. */
const setUp = (upload: HTMLElementTagNameMap['oss-upload']): void =>
  void Object.assign(upload, { multiple: true, directory: true, accept: '.bin,.txt' });

type MakeFile = (size: number, seed: number, options: { name: string }) => Promise<string>;

/** Rows in every state: left.bin is unfinished, broken.bin failed, note.txt done, song.bin paused, film.bin uploading. */
async function showEveryState(page: Page, open: () => Promise<void>, makeFile: MakeFile, oss: TestOss): Promise<void> {
  await open();
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(16 * MiB, 1, { name: 'left.bin' }));
  await untilAcknowledged(oss.url, 'uploads/left.bin', 1);
  await open();
  await expect(row(page, 'left.bin')).toContainText('of 16 MB uploaded');

  await oss.control.addFault({ key: 'uploads/broken.bin', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  const names = ['broken.bin', 'song.bin', 'film.bin'];
  const files = await Promise.all(names.map((name, index) => makeFile(16 * MiB, index + 2, { name })));
  await choose(page, [...files, await makeFile(100, 5, { name: 'note.txt' }), await makeFile(100, 6, { name: 'tool.exe' })]);
  await expect(row(page, 'broken.bin')).toContainText('Failed');
  await expect(row(page, 'note.txt')).toContainText('Done');
  await button(page, 'Pause: song.bin').click();
  await expect(row(page, 'song.bin')).toContainText('Paused');
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  await oss.control.setLink({ bytesPerSecond: 64 * KiB });
}

const STATES = { 'left.bin': 'unfinished', 'broken.bin': 'failed', 'song.bin': 'paused', 'film.bin': 'uploading', 'note.txt': 'done' };

type Pairs = Record<string, [mark: string, ground: string]>;

/** The painted colours of everything that has to stand out from its background. */
function pairsOfColours(): Pairs {
  const pairs: Pairs = {};
  const seen = (selector: string): HTMLElement[] =>
    [...window.widget.shadowRoot!.querySelectorAll<HTMLElement>(selector)].filter(({ offsetParent }) => offsetParent);
  for (const bar of seen('.bar')) {
    const { backgroundColor, outlineColor, outlineStyle } = getComputedStyle(bar);
    pairs[`fill: ${bar.ariaLabel}`] = [getComputedStyle(bar.firstElementChild!).backgroundColor, backgroundColor];
    pairs[`edge: ${bar.ariaLabel}`] = [outlineStyle === 'solid' ? outlineColor : backgroundColor, backgroundColor];
  }
  for (const part of seen('.button, .dropzone, .section, .problems')) {
    const { backgroundColor, borderTopColor, color } = getComputedStyle(part);
    const name = part.ariaLabel ?? (part.localName === 'button' ? part.textContent : part.className);
    pairs[`border: ${name}`] = [borderTopColor, backgroundColor];
    pairs[`text: ${name}`] = [color, backgroundColor];
  }
  return pairs;
}

/** Everything whose contrast to its background is below 3 to 1, the minimum of WCAG 2.2. */
const faintOnes = (pairs: Pairs): string[] =>
  Object.entries(pairs).flatMap(([name, pair]) => (contrastOf(...pair) >= 3 ? [] : `${name}: ${pair.join(' on ')}`));

function contrastOf(mark: string, ground: string): number {
  const [below, above] = [rgbOf(ground), rgbOf(mark)];
  const [, , , opacity = 1] = above;
  const mixed = below.map((value, index) => value + (above[index]! - value) * opacity);
  const [darker, lighter] = [luminanceOf(below), luminanceOf(mixed)].sort((a, b) => a - b);
  return (lighter! + 0.05) / (darker! + 0.05);
}

/** Three numbers, or four with the opacity. */
const rgbOf = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);

function luminanceOf(rgb: number[]): number {
  const [red, green, blue] = rgb.map((value) => (value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

test('in forced colours, light or dark, bars, buttons and boxes stand out in every state', { tag: '@chromium' }, async ({
  page,
  open,
  makeFile,
  oss,
}) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await showEveryState(page, () => open(setUp), makeFile, oss);
  for (const [name, state] of Object.entries(STATES)) await expect(row(page, name)).toHaveClass(`row ${state}`);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const pairs = await page.evaluate(pairsOfColours);
    for (const name of ['left.bin', 'film.bin', 'Uploads']) expect(Object.keys(pairs)).toContain(`fill: ${name}`);
    expect(faintOnes(pairs), colorScheme).toEqual([]);
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`in forced ${colorScheme} colours, the focus, the drop zone under dragged files, and disabled parts stand out`, {
    tag: '@chromium',
  }, async ({ page, open }) => {
    await page.emulateMedia({ forcedColors: 'active', colorScheme });
    await open(setUp);
    const look = (selector: string) =>
      page.evaluate((selector) => {
        const { outlineStyle, outlineColor, backgroundColor, color } = getComputedStyle(window.widget.shadowRoot!.querySelector(selector)!);
        return { outlineStyle, outlineColor, backgroundColor, color };
      }, selector);

    const isOutlined = async (selector: string): Promise<boolean> => {
      const { outlineStyle, outlineColor, backgroundColor } = await look(selector);
      return outlineStyle === 'solid' && contrastOf(outlineColor, backgroundColor) >= 3;
    };
    await page.keyboard.press('Tab');
    await expect(button(page, 'Choose files')).toBeFocused();
    expect(await isOutlined('.choose-files')).toBe(true);
    expect(await isOutlined('.choose-folder')).toBe(false);

    await expect(element(page).locator('.overlay')).toBeHidden();
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['x'], 'held.txt'));
      window.widget.shadowRoot!.querySelector('.title')!.dispatchEvent(new DragEvent('dragenter', { dataTransfer, bubbles: true }));
    });
    await expect(element(page).locator('.overlay')).toBeVisible();
    const { color, backgroundColor } = await look('.overlay');
    expect(contrastOf(color, backgroundColor)).toBeGreaterThanOrEqual(3);

    const parts = ['.title', '.hint', '.choose-files', '.choose-folder'];
    const { color: enabled } = await look('.title');
    await page.evaluate(() => void (window.widget.disabled = true));
    await expect(button(page, 'Choose files')).toBeDisabled();
    const disabled = new Set((await Promise.all(parts.map(look))).map(({ color }) => color));
    expect(disabled.size).toBe(1);
    expect(disabled).not.toContain(enabled);
  });
}

/** Watches the first bar grow twice. Returns the longest transition in seconds, and the number of frames in which something was animated. */
function watchMotion(): Promise<{ longest: number; moving: number }> {
  const { shadowRoot } = window.widget;
  const parts = [window.widget, ...shadowRoot!.querySelectorAll('*')];
  const seconds = (part: Element, property: 'transitionDuration' | 'animationDuration'): number[] =>
    getComputedStyle(part)[property].split(',').map(Number.parseFloat);
  const longest = Math.max(...parts.flatMap((part) => [...seconds(part, 'transitionDuration'), ...seconds(part, 'animationDuration')]));
  const shares = new Set<string>();
  let moving = 0;
  return new Promise((resolve) => {
    const look = (): void => {
      moving += Number(document.getAnimations().length + shadowRoot!.getAnimations().length > 0);
      shares.add(shadowRoot!.querySelector<HTMLElement>('.row .fill')!.style.getPropertyValue('--share'));
      if (shares.size < 3) requestAnimationFrame(look);
      else resolve({ longest, moving });
    };
    look();
  });
}

test('with reduced motion nothing is animated while a bar grows', { tag: '@chromium' }, async ({ page, open, makeFile, oss }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open();
  await oss.control.setLink({ bytesPerSecond: 2 * MiB });
  await choose(page, await makeFile(64 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  expect(await page.evaluate(watchMotion)).toEqual({ longest: 0, moving: 0 });

  await page.emulateMedia({ reducedMotion: 'no-preference' });
  const usual = await page.evaluate(watchMotion);
  expect(usual.longest).toBeGreaterThan(0);
  expect(usual.moving).toBeGreaterThan(0);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });

  test('whatever can be touched is 44 pixels high and wide, in every state @chromium', async ({ page, open, makeFile, oss }) => {
    await showEveryState(page, () => open(setUp), makeFile, oss);
    await row(page, 'broken.bin').getByText('Details').tap();
    const found = await page.evaluate(() => {
      const targets = [...window.widget.shadowRoot!.querySelectorAll<HTMLElement>('button, summary, a, input')];
      const visible = targets.filter((target) => target.checkVisibility() && target.getBoundingClientRect().width > 1);
      return visible.map((target) => {
        const { width, height } = target.getBoundingClientRect();
        return { name: target.ariaLabel ?? target.textContent, width, height };
      });
    });
    // Of all rows, and of the head, the drop zone and the refusals.
    expect(found.length).toBeGreaterThan(15);
    expect(found.filter(({ width, height }) => width < 44 || height < 44)).toEqual([]);
  });
});
