/** Contact sheets: several pictures on one page, with captions. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { CHROMIUM_ARGS, findChromium } from '../../browsers.mjs';

/** Wider pictures are scaled down. */
const MAX_WIDTH = 760;

/**
 * One picture's file name, in its parts.
 *
 * @typedef {{ file: string, state: string, widget: string, language: string, direction: string, theme: string, width: string }} Picture
 */

/** @param {string} file @returns {Picture} */
function pictureOf(file) {
  const [state = '', widget = '', language = '', direction = '', theme = '', width = ''] = file.split('.');
  return { file, state, widget, language, direction, theme, width };
}

/**
 * For each state, the widgets beside each other; and for each widget, state, language and direction, its widths and themes.
 *
 * @param {string} folder with pictures; the sheets go into its folder `sheets`
 */
export async function makeSheets(folder) {
  const pictures = (await readdir(folder))
    .filter((file) => file.endsWith('.png'))
    .sort()
    .map(pictureOf);
  const plain = pictures.filter(({ language, direction }) => language === 'en' && direction === 'ltr');
  const beside = group(plain, ({ state, theme, width }) => ['beside', state, theme, width]);
  const variants = group(pictures, (p) => [p.widget, p.state, p.language, p.direction]);
  await mkdir(join(folder, 'sheets'), { recursive: true });
  const executablePath = findChromium();
  const browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), args: CHROMIUM_ARGS });
  const page = await browser.newPage();
  for (const [name, members] of [...beside, ...variants]) {
    if (members.length > 1) await makeSheet(page, members, folder, join(folder, 'sheets', `${name}.png`));
  }
  await browser.close();
}

/**
 * @param {Picture[]} pictures
 * @param {(picture: Picture) => string[]} partsOf parts of the sheet's name
 * @returns {Map<string, Picture[]>}
 */
function group(pictures, partsOf) {
  const groups = new Map();
  for (const picture of pictures) {
    const name = partsOf(picture).join('.');
    groups.set(name, [...(groups.get(name) ?? []), picture]);
  }
  return groups;
}

/**
 * @param {import('playwright').Page} page
 * @param {Picture[]} pictures
 * @param {string} folder
 * @param {string} path
 */
async function makeSheet(page, pictures, folder, path) {
  const figures = await Promise.all(
    pictures.map(async ({ file }) => {
      const url = `data:image/png;base64,${(await readFile(join(folder, file))).toString('base64')}`;
      return `<figure><figcaption>${file.replace('.png', '')}</figcaption><img src="${url}"></figure>`;
    }),
  );
  const columns = Math.min(pictures.length, pictures[0]?.width === '1440' ? 2 : 3);
  await page.setContent(`<!doctype html><style>
    body { display: inline-grid; grid-template-columns: repeat(${columns}, auto); gap: 24px; margin: 24px; background: #b9b9c4; font: 600 15px sans-serif; align-items: start }
    figure { margin: 0 }
    figcaption { padding-block-end: 6px }
    img { display: block; max-width: ${MAX_WIDTH}px }
  </style>${figures.join('')}`);
  await page.locator('body').screenshot({ path });
}
