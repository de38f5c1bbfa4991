/** How a widget is brought into each state: as users get there, over HTTP to the embedded OSS. */
import { copyFile, rm } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import type { TestOss } from '../../helpers/embedded-oss.js';
import { dropOn, expect, KiB, MiB } from '../fixtures.js';
import type { Samples } from './samples.js';
import type { Widget } from './widgets.js';

export interface Scene {
  page: Page;
  oss: TestOss;
  widget: Widget;
  samples: Samples;
}

/** What must be done again before each picture, if anything. */
type Hold = () => Promise<void>;

/** Slow enough that nothing ends while pictures are taken, and fast enough not to look like a stall. */
const CRAWL = 1.5 * MiB;

export const STATES: Record<string, (scene: Scene) => Promise<Hold | undefined>> = {
  empty: async () => {},

  dragging: async ({ page, widget, samples }) => {
    const session = await page.context().newCDPSession(page);
    const files = [samples.of('IMG'), samples.of('report'), samples.of('mp4')];
    return async () => {
      const { x, y, width, height } = (await page.locator(widget.dropTarget).first().boundingBox())!;
      const at = { x: x + width / 2, y: y + height / 2, data: { items: [], files, dragOperationsMask: 1 } };
      for (const type of ['dragEnter', 'dragOver'] as const) await session.send('Input.dispatchDragEvent', { type, ...at });
    };
  },

  busy: async (scene) => {
    const { oss, samples } = scene;
    await oss.control.setLink({ bytesPerSecond: 4 * MiB });
    await add(scene, ['IMG', 'report', 'mp4', 'Sunset', 'zip', 'mp3'].map(samples.of));
    await untilStored(oss, 2);
    await untilParts(oss, 1);
    await oss.control.setLink({ bytesPerSecond: CRAWL });
  },

  many: async (scene) => {
    const { oss, samples } = scene;
    for (const number of ['003', '011', '012', '027']) await refuse(oss, `scan-${number}.jpg`);
    await oss.control.setLink({ bytesPerSecond: 1 * MiB });
    await add(scene, samples.many);
    await untilStored(oss, 30);
    await oss.control.setLink({ bytesPerSecond: 256 * KiB });
  },

  paused: async (scene) => {
    const { page, widget } = scene;
    await startThree(scene);
    const buttons = page.locator(widget.pause!).filter({ visible: true });
    // The last upload may be paused between the two looks.
    while ((await buttons.count()) > 0)
      await buttons
        .first()
        .click({ timeout: 5_000 })
        .catch(() => {});
    await page.waitForTimeout(500);
  },

  offline: async (scene) => {
    const { oss, page } = scene;
    await startThree(scene);
    await page.context().setOffline(true);
    // What the browser is sending it would still send.
    await oss.control.setLink({ offline: true });
    await page.waitForTimeout(8_000);
  },

  stalled: async (scene) => {
    const { oss, page } = scene;
    await startThree(scene);
    // The connections stay open, and nothing moves any more.
    await oss.control.setLink({ bytesPerSecond: 1 });
    await page.waitForTimeout(15_000);
  },

  failed: async (scene) => {
    const { oss, samples } = scene;
    const moved = samples.of('mp3').replace('Interview', 'Interview (draft)');
    await copyFile(samples.of('mp3'), moved);
    await refuse(oss, 'IMG_2041.jpg');
    await oss.control.setLink({ bytesPerSecond: 1 * MiB });
    await add(scene, [samples.of('IMG'), moved, samples.of('report'), samples.of('budget')]);
    await untilParts(oss, 1);
    await rm(moved);
    await oss.control.setLink({ bytesPerSecond: null });
    await untilStored(oss, 2);
    await scene.page.waitForTimeout(2_000);
  },

  refused: async (scene) => {
    const { page, samples, widget } = scene;
    await page.locator('oss-upload').evaluate((upload) => {
      for (const [name, value] of [
        ['accept', 'image/*,.pdf'],
        ['max-size', '4 MB'],
        ['max-files', '5'],
      ] as const) {
        upload.setAttribute(name, value);
      }
    });
    await dropOn(page.locator(widget.dropTarget), ['IMG', 'setup', 'Sunset', 'report', 'budget', 'zip'].map(samples.of));
    await untilStored(scene.oss, 2);
    await page.waitForTimeout(500);
  },

  unfinished: async (scene) => {
    const { oss, page, samples, widget } = scene;
    await oss.control.setLink({ bytesPerSecond: 2 * MiB });
    // A chosen file has no handle, a dropped one has.
    await add(scene, [samples.of('zip')]);
    await dropOn(page.locator(widget.dropTarget).first(), [samples.of('mp4')]);
    if (widget.start) await page.locator(widget.start).click();
    const partsOfEach = async () => (await oss.control.uploads()).map(({ parts }) => parts);
    await expect.poll(async () => (await partsOfEach()).filter((parts) => parts > 0).length, { intervals: [100] }).toBe(2);
    await page.reload();
    await page.waitForSelector(widget.dropTarget);
    await page.waitForTimeout(2_000);
  },

  done: async (scene) => {
    const { oss, samples } = scene;
    await add(scene, ['IMG', 'Sunset', 'report', 'mp3', 'budget'].map(samples.of));
    await untilStored(oss, 5);
    await scene.page.waitForTimeout(1_000);
  },
};

/** Three files on a slow line: one is stored, the others have begun. */
async function startThree(scene: Scene): Promise<void> {
  const { oss, samples } = scene;
  await oss.control.setLink({ bytesPerSecond: 4 * MiB });
  await add(scene, ['budget', 'mp4', 'zip'].map(samples.of));
  await untilStored(oss, 1);
  await untilParts(oss, 2);
}

async function add({ page, widget }: Scene, files: string[]): Promise<void> {
  if (widget.choose) {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator(widget.choose).click()]);
    await chooser.setFiles(files);
  } else {
    await page.locator('input[type=file]:not([webkitdirectory])').first().setInputFiles(files);
  }
  if (widget.start) await page.locator(widget.start).click();
}

function untilStored(oss: TestOss, least: number): Promise<void> {
  return expect.poll(async () => (await oss.control.objects()).length, { intervals: [100] }).toBeGreaterThanOrEqual(least);
}

/** Until an unfinished upload has this many parts. */
function untilParts(oss: TestOss, least: number): Promise<void> {
  return expect
    .poll(async () => Math.max(0, ...(await oss.control.uploads()).map(({ parts }) => parts)), { intervals: [100] })
    .toBeGreaterThanOrEqual(least);
}

/** Every request for this file is answered as by a policy that forbids its key. */
async function refuse(oss: TestOss, name: string): Promise<void> {
  await oss.control.addFault({
    key: `uploads/${name}`,
    times: null,
    fault: { kind: 'status', status: 403, code: 'AccessDenied', message: 'You have no right to access this object because of bucket acl.' },
  });
}
