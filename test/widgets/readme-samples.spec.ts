/** The samples of `<oss-upload>` in the pages, as they stand there: built, opened, and a file uploaded. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAndServe, type PageServer } from '../e2e/page-server.js';
import { codeBlocks } from '../helpers/samples.js';
import { choose, element, row, test } from './element.js';
import { expect, fileSha256, MiB, storedSha256 } from './fixtures.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The first sample of a page that is of this language and contains this text. */
function sample(page: string, language: string, content: string): string {
  const found = codeBlocks(readFileSync(join(ROOT, page), 'utf8')).find(
    (block) => block.language === language && block.code.includes(content),
  );
  if (!found) throw new Error(`${page} has no sample in ${language} with ${content}`);
  return found.code;
}

const SAMPLES: Record<string, Record<string, string>> = {
  'README.md': { 'index.html': sample('README.md', 'html', '<oss-upload') },
  'src/element/README.md': {
    'index.html': `${sample('src/element/README.md', 'html', '<oss-upload')}<script type="module" src="./sample.ts"></script>`,
    'sample.ts': sample('src/element/README.md', 'ts', "import 'oss-resumable/element'"),
  },
  'src/element/README.md in TSX': {
    'index.html': '<main></main><script type="module" src="./main.tsx"></script>',
    'main.tsx': `
      import { createRoot } from 'react-dom/client';
      import { Attachments } from './sample';
      createRoot(document.querySelector('main')!).render(<Attachments setKeys={(keys) => (document.title = keys.join())} />);
    `,
    'sample.tsx': sample('src/element/README.md', 'tsx', '<oss-upload'),
  },
};

/** The samples find React where the gallery has it. */
const gallery = {
  name: 'packages-of-the-gallery',
  enforce: 'pre' as const,
  resolveId(this: { resolve(source: string, importer: string): Promise<unknown> }, source: string) {
    return source.startsWith('react') ? this.resolve(source, join(ROOT, 'demo/gallery/react/main.tsx')) : null;
  },
};

async function serveSample(files: Record<string, string>, folder: string): Promise<PageServer> {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return buildAndServe(join(ROOT, 'dist/index.js'), {
    root: folder,
    logLevel: 'warn',
    plugins: [gallery],
    oxc: { jsx: { runtime: 'automatic' } },
  });
}

for (const [name, files] of Object.entries(SAMPLES)) {
  test(`${name}: its <oss-upload> uploads a file`, async ({ page, oss, makeFile, makeFolder, complaints }) => {
    const server = await serveSample(files, await makeFolder());
    await page.route('**/sts', async (route) => route.fulfill({ json: (await oss.control.assumeRole()).Credentials }));
    await page.goto(server.url);
    // All that differs from the sample: where the bucket is.
    await element(page).evaluate((upload, { endpoint, bucket }) => Object.assign(upload, { endpoint, bucket }), {
      endpoint: oss.url,
      bucket: oss.buckets[0],
    });
    const file = await makeFile(20 * MiB, 1, { name: 'film.bin' });
    await choose(page, file);
    await expect(row(page, 'film.bin')).toContainText('Done');
    expect(await storedSha256(oss.url, 'uploads/user-42/film.bin')).toBe(await fileSha256(file));
    if (name.endsWith('TSX')) await expect(page).toHaveTitle('uploads/user-42/film.bin');
    expect(complaints).toEqual([]);
    await server.close();
  });
}
