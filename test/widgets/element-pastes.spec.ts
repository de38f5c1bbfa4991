/** Which `<oss-upload>` takes pasted files, and how it names them. */
import type { Page } from '@playwright/test';
import { button, element, row, test } from './element.js';
import { expect } from './fixtures.js';
import type {} from './pages/element/main.js';

/** A paste as the browser dispatches it, at the selection: by default the body. */
async function paste(page: Page, names = ['pasted.txt'], selector = 'body'): Promise<boolean> {
  return page.evaluate(
    ([files, target]) => {
      const clipboardData = new DataTransfer();
      files.forEach((name, index) => {
        clipboardData.items.add(new File([`pasted ${index} ${performance.now()}`], name));
      });
      const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true, composed: true });
      const deepest = (root: Document | ShadowRoot): Element | null =>
        root.activeElement?.shadowRoot ? deepest(root.activeElement.shadowRoot) : root.activeElement;
      (target === 'focus' ? deepest(document) : document.querySelector(target))!.dispatchEvent(event);
      return event.defaultPrevented;
    },
    [names, selector] as const,
  );
}

/** The number of files that each element of the page has taken. */
const counts = (page: Page): Promise<number[]> =>
  page.evaluate(() => [...document.querySelectorAll('oss-upload')].map(({ tasks }) => tasks.length));

/** Adds two more elements after the page's own. */
const addElements = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const id of ['second', 'third']) {
      const upload = Object.assign(document.createElement('oss-upload'), { id, multiple: true, options: window.library.options });
      upload.keyPrefix = `${id}/`;
      document.body.append(upload);
    }
  });

for (const where of ['body', 'focus']) {
  test(`with the focus in the second of three elements, a paste dispatched on the ${where} goes to that one only`, async ({
    page,
    open,
  }) => {
    await open();
    await addElements(page);
    await page.locator('#second').getByRole('button', { name: 'Choose files' }).focus();
    expect(await paste(page, ['pasted.txt'], where)).toBe(true);
    await expect(page.locator('#second').getByRole('listitem')).toContainText('Done');
    expect(await counts(page)).toEqual([0, 1, 0]);
  });
}

test('if none has the focus, the first visible and enabled one takes it', async ({ page, open }) => {
  await open();
  await addElements(page);
  expect(await paste(page)).toBe(true);
  await expect.poll(() => counts(page)).toEqual([1, 0, 0]);
  await page.evaluate(() => (window.widget.disabled = true));
  await paste(page);
  await expect.poll(() => counts(page)).toEqual([1, 1, 0]);
});

const hidings: [how: string, hide: () => void][] = [
  ['by a tab panel that is not displayed', () => (document.querySelector<HTMLElement>('#form')!.style.display = 'none')],
  ['by the attribute hidden', () => (window.widget.hidden = true)],
  ['by visibility', () => (document.querySelector<HTMLElement>('#form')!.style.visibility = 'hidden')],
  ['in a closed dialog', () => document.body.appendChild(document.createElement('dialog')).append(document.querySelector('#form')!)],
  ['in closed details', () => document.body.appendChild(document.createElement('details')).append(document.querySelector('#form')!)],
  ['in an inert part', () => document.querySelector('#form')!.toggleAttribute('inert', true)],
];
for (const [how, hide] of hidings) {
  test(`hidden ${how}, it takes no paste`, async ({ page, open }) => {
    await open();
    await page.evaluate(hide);
    expect(await paste(page)).toBe(false);
    expect(await counts(page)).toEqual([0]);
  });
}

test('behind a modal dialog, an element takes no paste; one in the dialog does', async ({ page, open }) => {
  await open();
  await addElements(page);
  await page.evaluate(() => {
    const dialog = document.body.appendChild(document.createElement('dialog'));
    dialog.append(document.querySelector('#third')!, document.createElement('button'));
    dialog.showModal();
    dialog.querySelector('button')!.focus();
  });
  expect(await paste(page)).toBe(true);
  await expect.poll(() => counts(page)).toEqual([0, 0, 1]);
  await page.evaluate(() => document.querySelector('#third')!.remove());
  expect(await paste(page)).toBe(false);
  expect(await counts(page)).toEqual([0, 0]);
});

/** What is around an element may be in other shadow trees than its own. */
const surroundings: [how: string, isTaken: boolean, surround: () => void][] = [
  [
    'in a shadow tree in an inert part',
    false,
    () => {
      const host = document.body.appendChild(Object.assign(document.createElement('div'), { inert: true }));
      host.attachShadow({ mode: 'open' }).append(window.widget);
    },
  ],
  [
    'in a slot in an inert part',
    false,
    () => {
      const host = document.body.appendChild(document.createElement('div'));
      host.attachShadow({ mode: 'open' }).innerHTML = '<div inert><slot></slot></div>';
      host.append(window.widget);
    },
  ],
  [
    'behind a modal dialog in a shadow tree in a shadow tree',
    false,
    () => {
      const outer = document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'open' });
      const inner = outer.appendChild(document.createElement('div')).attachShadow({ mode: 'open' });
      inner.appendChild(document.createElement('dialog')).showModal();
    },
  ],
  [
    'in a slot in a modal dialog',
    true,
    () => {
      const host = document.body.appendChild(document.createElement('div'));
      const root = host.attachShadow({ mode: 'open' });
      root.innerHTML = '<dialog><slot></slot></dialog>';
      host.append(window.widget);
      root.querySelector('dialog')!.showModal();
      (document.activeElement as HTMLElement).blur();
    },
  ],
];
for (const [how, isTaken, surround] of surroundings) {
  test(`${how}, it takes ${isTaken ? 'a paste and a drop' : 'neither a paste nor a drop'} beside it`, async ({ page, open }) => {
    await open((upload) => Object.assign(upload, { multiple: true, dropAnywhere: true }));
    await page.evaluate(surround);
    expect(await paste(page)).toBe(isTaken);
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['dropped'], 'dropped.txt'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    });
    await page.waitForTimeout(300);
    expect(await element(page).evaluate((upload: HTMLElementTagNameMap['oss-upload']) => upload.tasks.length)).toBe(isTaken ? 2 : 0);
  });
}

test('with no-paste it takes none, not even when focused, and doesn’t mention pasting', async ({ page, open }) => {
  await open();
  await addElements(page);
  await expect(element(page).first()).toContainText('Or paste them.');
  await page.evaluate(() => window.widget.toggleAttribute('no-paste', true));
  await expect(element(page).first()).not.toContainText('paste');
  await element(page).first().getByRole('button', { name: 'Choose files' }).focus();
  expect(await paste(page, ['a.txt'], 'focus')).toBe(false);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  expect(await paste(page)).toBe(true);
  await expect.poll(() => counts(page)).toEqual([0, 1, 0]);
});

test('a removed element takes none', async ({ page, open }) => {
  await open();
  await page.evaluate(() => window.widget.remove());
  expect(await paste(page)).toBe(false);
  expect(await page.evaluate(() => window.widget.tasks.length)).toBe(0);
});

test('pasted pictures, all called image.png by browsers, get different names from their time', async ({ page, open, oss }) => {
  await open();
  await paste(page, ['image.png', 'image.png']);
  await paste(page, ['image.png']);
  await expect(element(page)).toContainText('All 3 files uploaded');
  const keys = (await oss.control.objects()).map(({ key }) => key);
  expect(keys).toHaveLength(3);
  for (const key of keys) expect(key).toMatch(/^uploads\/image-\d{4}-\d\d-\d\d-\d{6}( \(\d\))?\.png$/);
  expect(await page.evaluate(() => new Set(window.widget.value).size)).toBe(3);
});

test('a file copied in the file manager keeps its name, and so does a chosen image.png', async ({ page, open }) => {
  await open();
  await paste(page, ['holiday.png']);
  await expect(row(page, 'holiday.png')).toContainText('Done');
  await page.evaluate(() => void window.widget.addFiles([new File(['chosen'], 'image.png')]));
  await expect(row(page, 'image.png')).toContainText('Done');
  await expect(button(page, 'Remove: image.png')).toBeVisible();
  expect(await page.evaluate(() => window.widget.value)).toEqual(['uploads/holiday.png', 'uploads/image.png']);
});
