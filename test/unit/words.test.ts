/** Unnatural phrases that must not come back, in code, comments, titles and pages. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Write "resume", "continue", "unavailable", "is reported" instead. */
const PHRASES = /go(es|ne|ing)? on with|goes on|can't be had|is told|taken up again/i;

/** What has no text of ours, and this file. */
const SKIPPED = /^(node_modules|dist|vectors|words\.test\.ts|package-lock\.json)$/;

/** Text files below a folder, as paths relative to the root. */
function textsBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (SKIPPED.test(entry.name)) return [];
    if (entry.isDirectory()) return textsBelow(path);
    return /\.(ts|tsx|mjs|js|vue|svelte|html|css|md)$/.test(entry.name) ? [path] : [];
  });
}

/** Lines with such a phrase, as `src/index.ts:3: …`. */
function hitsIn(files: readonly string[]): string[] {
  return files.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (PHRASES.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}

it.each(['src', 'demo', 'test'])('%s uses none of them', (folder) => {
  const files = textsBelow(folder);
  expect(files.length).toBeGreaterThan(50);
  expect(hitsIn(files)).toEqual([]);
});

it('the pages at the top use none of them', () => {
  expect(hitsIn(readdirSync(ROOT).filter((name) => name.endsWith('.md')))).toEqual([]);
});
