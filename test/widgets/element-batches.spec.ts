/** Thousands of files given to `<oss-upload>` at once are taken bit by bit: what the user or the page does meanwhile counts. */
import type { Page } from '@playwright/test';
import { element, test } from './element.js';
import { expect } from './fixtures.js';
import type {} from './pages/element/main.js';

const COUNT = 2_000;

/** Gives thousands of files at once, and calls `then` when some of them were taken. The promise of `addFiles` is left in `window.added`. */
async function addMany(page: Page, then: () => unknown): Promise<void> {
  await page.evaluate(
    async ([count, act]) => {
      const files = Array.from({ length: count as number }, (_, index) => new File(['x'], `photo-${index}.jpg`));
      const added = window.widget.addFiles(files);
      Object.assign(window, { added });
      while (window.widget.tasks.length === 0) await new Promise((resolve) => setTimeout(resolve));
      // biome-ignore lint/security/noGlobalEval: a function of the test.
      await (0, eval)(`(${act})`)();
    },
    [COUNT, String(then)] as const,
  );
}

const added = (page: Page): Promise<number> => page.evaluate(async () => (await (window as any).added).length);
const tasks = (page: Page): Promise<string[]> => page.evaluate(() => window.widget.tasks.map(({ path }) => path));
const names = Array.from({ length: COUNT }, (_, index) => `photo-${index}.jpg`);

test.beforeEach(async ({ open, oss }) => {
  // Nothing ends meanwhile.
  await oss.control.addFault({ times: null, fault: { kind: 'stall' } });
  await open((upload) => Object.assign(upload, { multiple: true, name: 'files' }));
});

test('all are listed in their order, each with its event; the form is busy from the first to the last', async ({ page }) => {
  await addMany(page, () => {
    Object.assign(window, { during: [window.widget.tasks.length, window.widget.validity.customError] });
  });
  expect(await added(page)).toBe(COUNT);
  expect(await tasks(page)).toEqual(names);
  const [length, isBusy] = await page.evaluate(() => (window as any).during);
  expect(length).toBeLessThan(COUNT);
  expect(isBusy).toBe(true);
  expect(await page.evaluate(() => window.heard.filter(([name]) => name === 'start').map(([, { task }]) => task.path))).toEqual(names);
  const last = await page.evaluate(() => window.heard.filter(([name]) => name === 'progress').at(-1)?.[1].files);
  await expect.poll(() => page.evaluate(() => window.heard.filter(([name]) => name === 'progress').at(-1)?.[1].files.total)).toBe(COUNT);
  expect(last.failed).toBe(0);
});

test('a form is not valid while further files may come, even if those so far are done', async ({ page, oss }) => {
  await oss.control.clearFaults();
  const valid = await page.evaluate(async () => {
    let isEnded = false;
    /** The second file comes when the first is done. */
    const files = {
      *[Symbol.iterator]() {
        yield new File(['x'], 'first.txt');
        yield new File(['y'], 'second.txt');
      },
    };
    const seen: boolean[] = [];
    window.widget.addEventListener('oss-upload-success', () => seen.push(isEnded || !window.widget.checkValidity()));
    await window.widget.addFiles(files);
    isEnded = true;
    return seen;
  });
  expect(valid).not.toContain(false);
  await expect.poll(() => page.evaluate(() => window.widget.checkValidity())).toBe(true);
});

test('a reset takes no further file, empties the list at once, and stops those that were taken', async ({ page, oss }) => {
  await addMany(page, () => {
    const { tasks } = window.widget;
    window.widget.reset();
    Object.assign(window, { tasks, after: [window.widget.tasks.length, window.widget.validity.valid, window.widget.value.length] });
  });
  expect(await page.evaluate(() => (window as any).after)).toEqual([0, true, 0]);
  const taken = await added(page);
  expect(taken).toBeLessThan(COUNT);
  await expect
    .poll(() => page.evaluate(() => [...new Set((window as any).tasks.map((task: any) => task.getSnapshot().status))]))
    .toEqual(['aborted']);
  expect(await tasks(page)).toEqual([]);
  await expect(element(page).getByRole('listitem')).toHaveCount(0);
  // The same files can be uploaded at once, under the same keys.
  await oss.control.clearFaults();
  await page.evaluate(() => window.widget.addFiles([new File(['x'], 'photo-0.jpg')]));
  await expect.poll(() => page.evaluate(() => window.widget.value)).toEqual(['uploads/photo-0.jpg']);
});

test('a reset of thousands begins none of those that wait for their turn', async ({ page, oss }) => {
  await addMany(page, () => {});
  await added(page);
  const requests = async (): Promise<number> => (await oss.control.log()).length;
  await expect.poll(requests).toBeGreaterThan(0);
  await page.waitForTimeout(300);
  const before = await requests();
  await page.evaluate(() => window.widget.reset());
  await page.waitForTimeout(1_000);
  expect(await requests()).toBe(before);
});

test('cancelling all takes no further file', async ({ page }) => {
  await addMany(page, () => window.widget.cancelAll());
  expect(await added(page)).toBeLessThan(COUNT);
  await expect.poll(() => tasks(page)).toEqual([]);
});

test('pausing all pauses the files that are still to come, too', async ({ page }) => {
  await addMany(page, () => window.widget.pauseAll());
  expect(await added(page)).toBe(COUNT);
  expect(await page.evaluate(() => [...new Set(window.widget.tasks.map((task) => task.getSnapshot().status))])).toEqual(['paused']);
});

test('disabled or removed from the page meanwhile, it still takes the files that it was given', async ({ page }) => {
  await addMany(page, () => {
    window.widget.disabled = true;
    window.widget.remove();
  });
  expect(await added(page)).toBe(COUNT);
  await page.evaluate(() => document.querySelector('form')!.append(window.widget));
  expect(await tasks(page)).toEqual(names);
  await expect(element(page).locator('.heading').last()).toHaveText(`0 of ${COUNT.toLocaleString('en')} done`);
});
