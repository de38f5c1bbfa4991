/** The languages of `<oss-upload>` in the built library, where the names of their texts are stored once. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const LOCALES = readdirSync(path('../../dist/element/locales')).filter((file) => file.endsWith('.js'));

it.each(LOCALES)('%s has all texts of its source', async (file) => {
  const source = await import(path(`../../src/element/locales/${file.replace('.js', '.ts')}`));
  const built = await import(path(`../../dist/element/locales/${file}`));
  expect(built.default).toEqual(source.default);
  expect(Object.keys(built.default)).toEqual(Object.keys(source.default));
});
