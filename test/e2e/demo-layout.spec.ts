/** The layout of the demo's first page, from a phone to a wide screen. */
import type { Page } from '@playwright/test';
import { MiB } from '../helpers/sizes.js';
import { chooseFiles, expect, test, waitForParts } from './demo.js';

async function expectNoOverflow(page: Page): Promise<void> {
  // Firefox's scroll bar takes some of the width.
  const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  expect(needed).toBe(there);
}

for (const width of [360, 768, 1440]) {
  test(`fits ${width} pixels, and nothing moves while an upload runs`, async ({ page, demo, makeFile }) => {
    await page.setViewportSize({ width, height: 900 });
    await demo.control.setLink({ bytesPerSecond: 8 * MiB });
    await chooseFiles(page, await makeFile(64 * MiB, 15, { name: `${'a long name '.repeat(12)}.bin` }));
    await waitForParts(demo.control, 1);
    await page.evaluate(() => {
      const shifts: string[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { value: number; sources: { node: Node | null }[] })[]) {
          const sources = entry.sources.map(({ node }) => (node as Element | null)?.className ?? String(node));
          // The log grows until it is full; only what is below it moves.
          shifts.push(`${entry.value.toFixed(4)} ${sources.join(' ')}`);
        }
      }).observe({ type: 'layout-shift' });
    });
    await waitForParts(demo.control, 6);
    const shifts = await page.evaluate(() => (window as unknown as { shifts: string[] }).shifts);
    expect(shifts.filter((shift) => /row|figure|bar|status|summary/.test(shift))).toEqual([]);
    await expectNoOverflow(page);
  });
}

for (const guided of [true, false]) {
  test.describe(guided ? 'with the guide' : 'without the guide', () => {
    test.use({ guided, viewport: { width: 360, height: 740 } });

    test('on a phone, the panels open above a bar at the bottom, however long the list is', async ({ page, demo, makeFile }) => {
      await demo.control.setLink({ bytesPerSecond: MiB });
      const files = await Promise.all(Array.from({ length: 12 }, (_, index) => makeFile(4 * MiB, index, { name: `film ${index}.bin` })));
      await chooseFiles(page, files);
      await expect(page.locator('oss-upload').getByRole('listitem').first()).toBeVisible();
      expect(await page.evaluate(() => scrollY)).toBe(0);
      await expect(page.getByLabel('Offline')).toBeHidden();

      const network = page.getByRole('button', { name: 'Network' });
      await expect(network).toBeInViewport({ ratio: 1 });
      await network.click();
      await expect(network).toHaveAttribute('aria-expanded', 'true');
      await expect(page.getByLabel('Offline')).toBeInViewport({ ratio: 1 });
      // Offline, nothing would ever come to the log of requests below.
      await expect.poll(async () => (await demo.control.log()).some(({ operation }) => operation !== 'Preflight')).toBe(true);
      await page.getByLabel('Offline').check();
      await expect.poll(async () => (await demo.control.link()).offline).toBe(true);

      await page.getByRole('button', { name: 'On the wire' }).click();
      await expect(page.getByLabel('Offline')).toBeHidden();
      await expect(page.locator('.wire tbody tr').first()).toBeInViewport();
      await page.getByRole('button', { name: 'Settings' }).click();
      await expect(page.getByLabel('Part size')).toBeInViewport({ ratio: 1 });
      await page.keyboard.press('Escape');
      await expect(page.getByLabel('Part size')).toBeHidden();
      await expect(page.getByRole('button', { name: 'Settings' })).toBeFocused();
      expect(await page.evaluate(() => scrollY)).toBe(0);
      await expectNoOverflow(page);
    });

    test('on a phone, everything that can be touched is 44 pixels high', async ({ page, demo }) => {
      for (const name of ['Network', 'Settings']) {
        await page.getByRole('button', { name }).click();
        const low = await page.evaluate(() => {
          const inElement = document.querySelector('oss-upload')!.shadowRoot!.querySelectorAll<HTMLElement>('button');
          const outside = document.querySelectorAll<HTMLElement>('button, select, label.check, .choices a');
          return [...outside, ...inElement]
            .filter((control) => control.checkVisibility() && control.getBoundingClientRect().height < 44)
            .map((control) => `${control.textContent} ${control.getBoundingClientRect().height}`);
        });
        expect(low).toEqual([]);
      }
      expect(demo.complaints).toEqual([]);
    });
  });
}
