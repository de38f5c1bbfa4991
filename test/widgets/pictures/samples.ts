/** Files to upload, with names, types and sizes as people have them. */
import { appendFile, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from '@playwright/test';
import { KiB, MiB } from '../fixtures.js';

/** Not a temporary folder: Chromium returns no handle for a dropped file in `/dev/shm`. */
const FOLDER = fileURLToPath(new URL('../../../node_modules/.pictures', import.meta.url));

const FILES: [name: string, size: number][] = [
  ['IMG_2041.jpg', 3.4 * MiB],
  ['Sunset over the harbour, seen from the lighthouse at the end of the northern pier.png', 5.1 * MiB],
  ['Quarterly report 2026.pdf', 1.2 * MiB],
  ['产品演示视频（最终版）.mp4', 256 * MiB],
  ['sources.zip', 48 * MiB],
  ['Interview.mp3', 9 * MiB],
  ['budget.xlsx', 48 * KiB],
  ['setup.exe', 2 * MiB],
];

export interface Samples {
  /** The path of the first file whose name contains this. */
  of(part: string): string;
  /** 300 pictures of 60 KiB. */
  many: string[];
  remove(): Promise<void>;
}

export async function makeSamples(browser: Browser): Promise<Samples> {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(join(FOLDER, 'many'), { recursive: true });
  const pictures = await drawPictures(browser, 12);
  const paths = FILES.map(([name]) => join(FOLDER, name));
  for (const [index, [name, size]] of FILES.entries()) {
    const path = paths[index]!;
    // Decoders ignore what follows a picture; the rest are names only.
    await writeFile(path, /\.(jpg|png)$/.test(name) ? pictures[index]! : name);
    await truncate(path, Math.round(size));
    await appendFile(path, String(index));
  }
  const many = Array.from({ length: 300 }, (_, index) => join(FOLDER, 'many', `scan-${String(index + 1).padStart(3, '0')}.jpg`));
  for (const [index, path] of many.entries()) {
    await writeFile(path, pictures[index % pictures.length]!);
    await truncate(path, 60 * KiB);
    await appendFile(path, String(index));
  }
  return {
    of: (part) => {
      const path = paths.find((path) => path.includes(part));
      if (!path) throw new Error(`No sample is called ${part}`);
      return path;
    },
    many,
    remove: () => rm(FOLDER, { recursive: true, force: true }),
  };
}

/** Landscapes in different colours, as JPEG. */
async function drawPictures(browser: Browser, count: number): Promise<Buffer[]> {
  const page = await browser.newPage();
  const urls = await page.evaluate((count) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
    const context = canvas.getContext('2d')!;
    const draw = (index: number): string => {
      const sky = context.createLinearGradient(0, 0, 0, 480);
      sky.addColorStop(0, `hsl(${200 + index * 33} 70% 45%)`);
      sky.addColorStop(1, `hsl(${20 + index * 33} 80% 75%)`);
      context.fillStyle = sky;
      context.fillRect(0, 0, 640, 480);
      context.fillStyle = '#fff8d0';
      context.beginPath();
      context.arc(120 + index * 35, 150, 50, 0, 7);
      context.fill();
      context.fillStyle = `hsl(${140 + index * 20} 40% 25%)`;
      context.beginPath();
      context.moveTo(0, 480);
      for (let x = 0; x <= 640; x += 20) context.lineTo(x, 350 + 60 * Math.sin(x / 90 + index));
      context.lineTo(640, 480);
      context.fill();
      return canvas.toDataURL('image/jpeg', 0.7);
    };
    return Array.from({ length: count }, (_, index) => draw(index));
  }, count);
  await page.close();
  return urls.map((url) => Buffer.from(url.split(',')[1]!, 'base64'));
}
