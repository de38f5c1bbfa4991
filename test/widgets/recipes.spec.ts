/** `demo/recipes`: each matches the types of its widget, and each with a page uploads there. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { count, expect, fileSha256, MiB, storedSha256, test, transcript } from './fixtures.js';
import { RECIPES, recipeFiles, scriptOf } from './recipes.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** TypeScript's errors in the recipes, and in further files. */
function complaintsOfTypes(more: Record<string, string> = {}): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'oss-resumable-recipes-'));
  try {
    const components = recipeFiles().filter((name) => /\.(vue|svelte)$/.test(name));
    const scripts = Object.fromEntries(components.map((name) => [`${name}.ts`, scriptOf(name)]));
    mkdirSync(join(folder, 'recipes'));
    for (const [name, code] of Object.entries({ ...scripts, ...more })) writeFileSync(join(folder, 'recipes', name), code);
    // Resolved as if the scripts were in `demo/recipes`.
    const compilerOptions = { rootDirs: [join(ROOT, 'demo'), folder], typeRoots: [join(ROOT, 'node_modules/@types')], types: ['node'] };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: join(RECIPES, 'tsconfig.json'), compilerOptions, include: ['recipes', RECIPES] }),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout, stderr } = spawnSync(process.execPath, [tsc, '--pretty', 'false', '-p', folder], { cwd: ROOT, encoding: 'utf8' });
    // Continuation lines are indented.
    return (stdout + stderr).split('\n').filter((line) => /^\S/.test(line));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("recipes keep to the types of their widgets, and those would notice if they didn't", () => {
  const wrong = `
    import type { UploadCustomRequestOptions } from 'naive-ui';
    import type { UploadProps } from '@arco-design/web-react';
    import type { UploaderFileListItem } from 'vant';
    import type { RequestMethodResponse } from 'tdesign-vue-next';
    import type { DropzoneOptions } from 'react-dropzone';
    import { createSubscriber } from 'svelte/reactivity';
    import OSS from 'ali-oss';
    export const naive = (options: UploadCustomRequestOptions) => options.onProgress(50);
    export const arco: UploadProps['customRequest'] = ({ onProgress }) => onProgress({ percent: 50 });
    export const vant: UploaderFileListItem = { status: 'success' };
    export const tdesign: RequestMethodResponse = { status: 'done', response: {} };
    export const dropzone: DropzoneOptions = { onDrop: (name: string) => name };
    export const svelte = createSubscriber('update');
    export const aliOss = (client: OSS) => client.multipartUpload(1, new File([], ''));
  `;
  const complaints = complaintsOfTypes({ 'wrong.ts': wrong });
  expect(complaints.filter((line) => !line.includes('wrong.ts'))).toEqual([]);
  for (const name of ['naive', 'arco', 'vant', 'tdesign', 'dropzone', 'svelte', 'aliOss']) {
    const number = wrong.split('\n').findIndex((line) => line.includes(`const ${name}`)) + 1;
    expect(complaints.join('\n'), name).toContain(`wrong.ts(${number},`);
  }
});

/** How each recipe shows that a file is stored, and the button that removes an upload in progress. */
const WIDGETS: Record<string, { success: string; cancel: string }> = {
  'naive-ui': { success: '.n-upload-file--success-status', cancel: '.n-upload-file-info__action button' },
  arco: { success: '.arco-upload-list-item-done', cancel: '.arco-upload-list-remove-icon' },
  tdesign: { success: '.t-upload__file-flow-success', cancel: '.t-upload__delete' },
  vant: { success: '.progress:has-text("✓")', cancel: '.van-uploader__preview-delete' },
  'react-dropzone': { success: 'li:has-text("done")', cancel: 'button:has-text("Cancel")' },
  svelte: { success: 'li:has-text("done")', cancel: 'button:has-text("Cancel")' },
};

for (const [recipe, { success, cancel }] of Object.entries(WIDGETS)) {
  test.describe(recipe, () => {
    test.beforeEach(({ page, widgetsUrl }) => page.goto(`${widgetsUrl}pages/recipes/?${recipe}`));

    test('a chosen file arrives, and the widget says so', async ({ page, makeFile, oss, complaints }) => {
      const path = await makeFile(3 * MiB, 1);
      await page.setInputFiles('input[type=file]', path);
      await expect(page.locator(success)).toHaveCount(1);
      expect(await storedSha256(oss.url, 'uploads/random-1.bin')).toBe(await fileSha256(path));
      expect(complaints).toEqual([]);
    });

    test('an upload that is removed from the list is aborted on the server', async ({ page, makeFile, oss }) => {
      const path = await makeFile(24 * MiB, 1);
      await oss.control.setLink({ bytesPerSecond: 4 * MiB });
      await page.setInputFiles('input[type=file]', path);
      await expect.poll(async () => count(await transcript(oss.url, 'uploads/random-1.bin'), 'UploadPart')).toBeGreaterThan(0);
      await page.locator(cancel).click({ force: true });
      await expect.poll(() => oss.control.uploads()).toEqual([]);
    });
  });
}
