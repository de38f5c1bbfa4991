/** `<oss-upload>` as a form control. */
import { button, choose, element, heard, row, SLOW, test } from './element.js';
import { expect, MiB, untilAcknowledged } from './fixtures.js';

const entries = (): FormDataEntryValue[] => new FormData(document.querySelector('form')!).getAll('files');
/** Whether the form could be submitted, and with which keys. */
const submission = () => {
  const form = document.querySelector('form')!;
  return { valid: form.checkValidity(), keys: new FormData(form).getAll('files') };
};
const validity = () => {
  const { valid, valueMissing, customError } = window.widget.validity;
  return { valid, valueMissing, customError, message: window.widget.validationMessage };
};

test('its value is the keys of the stored files, under its name', async ({ page, open, makeFile }) => {
  await open((upload) => Object.assign(upload, { multiple: true, name: 'files' }));
  await choose(page, [await makeFile(100, 1, { name: 'a.txt' }), await makeFile(100, 2, { name: 'b.txt' })]);
  await expect(element(page)).toContainText('All 2 files uploaded');
  expect(await page.evaluate(entries)).toEqual(['uploads/a.txt', 'uploads/b.txt']);
  expect(await page.evaluate(() => window.widget.value)).toEqual(['uploads/a.txt', 'uploads/b.txt']);
  // Finished uploads are the form's value: clearing them is not offered.
  await expect(button(page, 'Clear finished')).toBeHidden();
  await button(page, 'Remove: a.txt').click();
  expect(await page.evaluate(entries)).toEqual(['uploads/b.txt']);
  await page.evaluate(() => window.widget.removeAttribute('name'));
  await expect.poll(() => page.evaluate(entries)).toEqual([]);
});

test('the form can be submitted as soon as a success is dispatched', async ({ page, open, makeFile }) => {
  await open((upload) => Object.assign(upload, { name: 'files', required: true }));
  await page.evaluate(() => {
    window.widget.addEventListener('oss-upload-success', () => {
      window.heard.push(['submitted', [window.widget.validity.valid, new FormData(window.widget.form!).getAll('files')]]);
    });
    window.widget.form!.addEventListener('change', ({ target }) => window.heard.push(['native change', (target as Element).id]));
  });
  await choose(page, await makeFile(100, 1, { name: 'a.txt' }));
  await expect(row(page, 'a.txt')).toContainText('Done');
  expect(await page.evaluate(() => window.heard.find(([name]) => name === 'submitted')![1])).toEqual([true, ['uploads/a.txt']]);
  expect(await page.evaluate(() => window.heard.find(([name]) => name === 'native change')![1])).toBe('upload');
});

test('the form is invalid until a file is stored, all uploads are done and none has failed', async ({ page, open, makeFile, oss }) => {
  await open((upload) => Object.assign(upload, { multiple: true, name: 'files', required: true }));
  await expect
    .poll(() => page.evaluate(validity))
    .toEqual({ valid: false, valueMissing: true, customError: false, message: 'Please upload a file' });
  expect(await page.evaluate(() => window.widget.form!.reportValidity())).toBe(false);
  await expect(button(page, 'Choose files')).toBeFocused();

  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, await makeFile(16 * MiB, 1, { name: 'film.bin' }));
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  expect(await page.evaluate(validity)).toMatchObject({ customError: true, message: 'Please wait until all uploads have finished' });
  await oss.control.addFault({ operation: 'UploadPart', times: null, fault: { kind: 'status', status: 403, code: 'AccessDenied' } });
  await expect(row(page, 'film.bin')).toContainText('Failed');
  expect(await page.evaluate(validity)).toMatchObject({ customError: true, message: 'Please retry or remove the failed uploads' });
  await oss.control.removeFault();
  await oss.control.setLink({ bytesPerSecond: null });
  await button(page, 'Retry: film.bin').click();
  await expect(row(page, 'film.bin')).toContainText('Done');
  expect(await page.evaluate(validity)).toEqual({ valid: true, valueMissing: false, customError: false, message: '' });
});

test('a reset empties it; uploads in progress can be resumed', async ({ page, open, makeFile, oss }) => {
  await open((upload) => Object.assign(upload, { multiple: true, name: 'files' }));
  await oss.control.setLink({ bytesPerSecond: SLOW });
  await choose(page, [await makeFile(32 * MiB, 1, { name: 'film.bin' }), await makeFile(100, 2, { name: 'a.txt' })]);
  await expect(row(page, 'a.txt')).toContainText('Done');
  await untilAcknowledged(oss.url, 'uploads/film.bin', 1);
  const atOnce = await page.evaluate(() => {
    window.widget.form!.reset();
    return [window.widget.value, window.widget.tasks.length, window.widget.validity.valid];
  });
  expect(atOnce).toEqual([[], 0, true]);
  expect(await page.evaluate(entries)).toEqual([]);
  await expect(page.getByText('Unfinished uploads')).toBeVisible();
  await expect(row(page, 'a.txt')).toHaveCount(0);
  await expect(row(page, 'film.bin')).toHaveCount(1);
  expect(await oss.control.uploads()).toHaveLength(1);
});

test('disabled by itself or by its fieldset, it accepts nothing', async ({ page, open, makeFile }) => {
  await open();
  const buttons = element(page).getByRole('button');
  const file = await makeFile(100, 1, { name: 'a.txt' });
  const dropped = (): void => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['x'], 'dropped.txt'));
    const zone = window.widget.shadowRoot!.querySelector('.dropzone')!;
    zone.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true, composed: true }));
  };
  for (const disable of [
    (isDisabled: boolean) => void (window.widget.disabled = isDisabled),
    (isDisabled: boolean) => void (document.querySelector<HTMLFieldSetElement>('#fieldset')!.disabled = isDisabled),
  ]) {
    await page.evaluate(disable, true);
    await expect(buttons.first()).toBeDisabled();
    await page.evaluate(dropped);
    await page.evaluate(disable, false);
    await expect(buttons.first()).toBeEnabled();
  }
  await choose(page, file);
  await expect(row(page, 'a.txt')).toContainText('Done');
  await expect(row(page, 'dropped.txt')).toHaveCount(0);
  expect(await heard(page)).not.toContain('reject');
});

test('a label names it and focuses it', async ({ page, open }) => {
  await open();
  await expect(element(page).getByRole('group', { name: 'Attachments' })).toBeVisible();
  await page.getByText('Attachments').click();
  await expect(button(page, 'Choose files')).toBeFocused();
});

test('the example submits the keys', async ({ page, gallery, makeFile, complaints }) => {
  await page.goto(gallery);
  await choose(page, await makeFile(100, 1, { name: 'a.txt' }));
  await expect(row(page, 'a.txt')).toContainText('Done');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.locator('output')).toHaveText('attachments: uploads/a.txt');
  expect(complaints).toEqual([]);
});

test('what is set counts for the form at once: required, the name, initialValue, files', async ({ page, open }) => {
  await open((upload) => Object.assign(upload, { multiple: true, name: 'old' }));
  // Nothing is painted meanwhile.
  const seen = await page.evaluate(() => {
    const { widget } = window;
    const form = document.querySelector('form')!;
    const state = () => [form.checkValidity(), ...new FormData(form)].map(String);
    const states = [state()];
    widget.required = true;
    states.push(state());
    widget.initialValue = ['a'];
    states.push(state());
    widget.name = 'new';
    states.push(state());
    void widget.addFiles([new File(['x'], 'b.txt')]);
    states.push([...state(), widget.validationMessage]);
    const made = document.createElement('form');
    made.append(Object.assign(document.createElement('oss-upload'), { required: true }));
    states.push([String(made.checkValidity())]);
    return states;
  });
  expect(seen).toEqual([
    ['true'],
    ['false'],
    ['true', 'old,a'],
    ['true', 'new,a'],
    ['false', 'new,a', 'Please wait until all uploads have finished'],
    ['false'],
  ]);
});

test('the form waits for files that are being looked for', async ({ page, open }) => {
  await open((upload) => Object.assign(upload, { multiple: true, name: 'files' }));
  const valid = await page.evaluate(async () => {
    const slow = { kind: 'file', getAsFile: () => new File(['x'], 'a.txt'), getAsFileSystemHandle: () => new Promise(() => {}) };
    void window.widget.addFiles({ items: [slow] } as unknown as DataTransfer);
    const atOnce = window.widget.validity.valid;
    window.widget.reset();
    return [atOnce, window.widget.validity.valid];
  });
  expect(valid).toEqual([false, true]);
});

test('its message is in the language of the page before anything is painted', async ({ page, open }) => {
  await open();
  const message = await page.evaluate(() => {
    document.documentElement.lang = 'zh-CN';
    const upload = Object.assign(document.createElement('oss-upload'), { required: true });
    document.body.append(upload);
    return upload.validationMessage;
  });
  expect(message).toBe('请至少上传 1 个文件');
});

test('fewer files than min-files: rangeUnderflow, and valueMissing only without any', async ({ page, open }) => {
  await open((upload) => Object.assign(upload, { multiple: true, minFiles: 3 }));
  const flags = await page.evaluate(() =>
    [[], ['a', 'b'], ['a', 'b', 'c']].map((keys) => {
      window.widget.initialValue = keys;
      const { valueMissing, rangeUnderflow, valid } = window.widget.validity;
      return { valueMissing, rangeUnderflow, valid };
    }),
  );
  expect(flags).toEqual([
    { valueMissing: true, rangeUnderflow: false, valid: false },
    { valueMissing: false, rangeUnderflow: true, valid: false },
    { valueMissing: false, rangeUnderflow: false, valid: true },
  ]);
});

/** Uploads two small files beside a big one, and acts as soon as both are done: their successes may still wait for each other. */
const afterTwo = async (act: string): Promise<void> => {
  const { widget } = window;
  widget.addEventListener('oss-upload-success', ({ detail }) => window.heard.push(['in value', widget.value.includes(detail.result.key)]));
  const names = ['one.txt', 'two.txt', 'big.bin'];
  const tasks = await widget.addFiles(names.map((name) => new File([name === 'big.bin' ? new Uint8Array(64 << 20) : name], name)));
  await Promise.all(tasks.slice(0, 2).map(({ result }) => result));
  if (act === 'reset') widget.reset();
  else void tasks[2]!.abort();
};

test('an upload is cancelled just after others were stored: the form is not valid without their keys', async ({ page, open, oss }) => {
  await open((upload) => Object.assign(upload, { multiple: true, name: 'files', required: true }));
  await oss.control.setLink({ bytesPerSecond: 4 * MiB });
  await page.evaluate(() => {
    // Each time the element says what keeps the form from being submitted, and at the end.
    const { setValidity } = ElementInternals.prototype;
    ElementInternals.prototype.setValidity = function (...given) {
      setValidity.apply(this, given);
      const keys = new FormData(document.querySelector('form')!).getAll('files').length;
      window.heard.push(['validity', [window.widget.validity.valid, keys]]);
    };
  });
  await page.evaluate(afterTwo, 'abort');
  await expect.poll(() => page.evaluate(submission)).toEqual({ valid: true, keys: ['uploads/one.txt', 'uploads/two.txt'] });
  const seen = await page.evaluate(() => window.heard.filter(([name]) => name === 'validity').map(([, detail]) => String(detail)));
  expect(seen.filter((state) => state.startsWith('true'))).toEqual(['true,2']);
});

test('a reset just after files were stored comes after their successes, which are in the value then', async ({ page, open, oss }) => {
  await open((upload) => Object.assign(upload, { multiple: true, name: 'files' }));
  await oss.control.setLink({ bytesPerSecond: 4 * MiB });
  await page.evaluate(afterTwo, 'reset');
  await page.waitForTimeout(300);
  expect(await page.evaluate(() => window.heard.filter(([name]) => name === 'in value').map(([, isIn]) => isIn))).toEqual([true, true]);
  expect(await page.evaluate(submission)).toEqual({ valid: true, keys: [] });
});

test('a reset by the listener of one success loses none of the others', async ({ page, open }) => {
  await open((upload) => Object.assign(upload, { multiple: true, name: 'files' }));
  const saved = await page.evaluate(async () => {
    const { widget } = window;
    const keys: string[] = [];
    widget.addEventListener('oss-upload-success', ({ detail }) => {
      keys.push(detail.result.key);
      if (widget.tasks.every((task) => task.getSnapshot().status === 'done')) widget.reset();
    });
    const tasks = await widget.addFiles(['a.txt', 'b.txt', 'c.txt'].map((name) => new File([name], name)));
    await Promise.all(tasks.map(({ result }) => result));
    await new Promise((resolve) => setTimeout(resolve, 300));
    return keys.sort();
  });
  expect(saved).toEqual(['uploads/a.txt', 'uploads/b.txt', 'uploads/c.txt']);
});
