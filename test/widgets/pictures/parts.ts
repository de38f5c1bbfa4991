/** Draws the pictures in the README of `<oss-upload>`: which part is where, and what each custom property colours. */
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { test } from '../element.js';
import { expect, KiB, MiB } from '../fixtures.js';
import { makeSamples } from './samples.js';

/** Pixels: of the element, and of the names beside it. */
const [WIDTH, MARGIN] = [640, 190];
/** Pixels between two names in the legend. */
const LINE = 20;

/** What a name points at: the selector of an element in the shadow tree, and where in it, as shares of its width and height. */
type Target = [name: string, selector: string, across?: number, down?: number];

const PARTS: Target[] = [
  ['dropzone', '.dropzone', 0.44, 0],
  ['title', '.title', 0, 0],
  ['button choose-files', '.choose-files', 0, 0],
  ['button choose-folder', '.choose-folder', 0, 0],
  ['problem', '.problem', 0.45],
  ['button close', '.close', 0],
  ['section', '.section:has(.summary-head)', 1, 0.02],
  ['heading', '.summary-head .heading', 0, 0],
  ['alarm', '.summary-head .alarm', 0.5, 0],
  ['button toggle', '.toggle', 0],
  ['button pause-all', '.pause-all', 0, 1],
  ['row failed', '.row.failed', 0.8, 0.2],
  ['icon, thumbnail', '.row.failed .icon', 0, 0],
  ['name', '.row.failed .name .end', 1.1],
  ['status', '.row.failed .status', -0.15],
  ['figure', '.row.failed .figure', 1.03],
  ['details', '.row.failed .summary', 1.2],
  ['button retry', '.row.failed .retry', 0],
  ['line', '.row.uploading .line', 1, 0],
  ['bar', '.row.uploading .bar', 0.9],
  ['fill', '.row.uploading .fill', 0.1],
  ['button pause', '.row.uploading .pause', 0],
  ['row done', '.row.done', 0.45],
];
const PROPERTIES: Target[] = [
  ['surface', '.dropzone', 0.44],
  ['radius', '.dropzone', 1, 0.02],
  ['accent', '.choose-files', 0, 0],
  ['line', '.section:has(.summary-head)', 1, 0.05],
  ['bad', '.summary-head .alarm', 0.5, 0],
  ['text', '.row.failed .name .end', 1.1],
  ['soft', '.row.uploading .figure', 1.2],
  ['accent', '.row.uploading .fill', 0.1],
  ['track', '.row.uploading .bar', 0.95],
  ['warn', '.row.paused .status', -0.15],
  ['good', '.row.done .status', -0.15],
];

test('pictures of the parts and of the custom properties', async ({ page, oss, widgetsUrl }) => {
  const samples = await makeSamples(page.context().browser()!);
  await page.setViewportSize({ width: WIDTH + MARGIN, height: 900 });
  await page.goto(`${widgetsUrl}pages/element/`);
  await page.waitForFunction(() => 'widget' in window);
  await page.evaluate((width) => {
    Object.assign(window.widget, { options: window.library.options, multiple: true, directory: true, accept: 'image/*,video/*,.pdf,.zip' });
    document.body.replaceChildren(window.widget);
    document.body.style.cssText = `margin: 12px; inline-size: ${width - 24}px; font-family: system-ui, sans-serif; background: #fff`;
  }, WIDTH);
  await oss.control.addFault({ key: 'uploads/IMG_2041.jpg', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  await oss.control.setLink({ bytesPerSecond: 4 * MiB });
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('oss-upload .choose-files').click()]);
  await chooser.setFiles(['IMG', 'report', 'mp4', 'zip', 'setup'].map(samples.of));
  const rows = page.locator('oss-upload .row');
  await expect(rows.filter({ hasText: '.pdf' })).toContainText('Verified');
  await expect(rows.filter({ hasText: '.zip' }).locator('.figure').nth(2)).not.toBeEmpty();
  await rows.filter({ hasText: '.zip' }).locator('.pause').click();
  await oss.control.setLink({ bytesPerSecond: 512 * KiB });
  await expect(page.locator('oss-upload .row.failed')).toBeVisible();
  await page.mouse.move(0, 0);
  await draw(page, PARTS, 'parts.png');
  await draw(page, PROPERTIES, 'custom-properties.png');
  await samples.remove();
});

async function draw(page: Page, targets: Target[], file: string): Promise<void> {
  await page.evaluate(
    ({ targets, width, line }) => {
      document.querySelector('svg')?.remove();
      const make = (tag: string, attributes: Record<string, string | number>): SVGElement => {
        const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
        return element;
      };
      const svg = make('svg', {
        style: 'position: absolute; inset: 0; inline-size: 100%; block-size: 100%; font: 600 12px ui-monospace, monospace',
      });
      const points = targets.flatMap(([name, selector, across = 1, down = 0.5]) => {
        const element = window.widget.shadowRoot!.querySelector(selector);
        if (!element) throw new Error(`There is no ${selector}`);
        const box = element.getBoundingClientRect();
        return [{ name, x: box.x + across * box.width, y: box.y + down * box.height }];
      });
      points.sort((one, other) => one.y - other.y || other.x - one.x);
      for (const [index, { name, x, y }] of points.entries()) {
        const place = 24 + index * line;
        for (const [cx, cy] of [
          [x, y],
          [width + 12, place],
        ]) {
          svg.append(make('circle', { cx: cx!, cy: cy!, r: 8, fill: '#8a1c6e', stroke: '#fff' }));
          const number = make('text', { x: cx!, y: cy! + 3.5, fill: '#fff', 'font-size': 10, 'text-anchor': 'middle' });
          number.textContent = String(index + 1);
          svg.append(number);
        }
        const text = make('text', { x: width + 26, y: place + 4, fill: '#8a1c6e' });
        text.textContent = name;
        svg.append(text);
      }
      document.body.append(svg);
    },
    { targets, width: WIDTH, line: LINE },
  );
  const { height } = (await page.locator('oss-upload').boundingBox())!;
  const path = fileURLToPath(new URL(`../../../src/element/${file}`, import.meta.url));
  await page.screenshot({ path, clip: { x: 0, y: 0, width: WIDTH + MARGIN, height: height + 24 } });
}
