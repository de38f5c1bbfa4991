import { readFileSync } from 'node:fs';
import { folderOf, expect, PACKAGES, run, test } from './consumer.js';

for (const compiler of ['typescript-5', 'typescript-6', 'typescript-7']) {
  const { version } = JSON.parse(readFileSync(`${PACKAGES}/${compiler}/package.json`, 'utf8')) as { version: string };
  for (const resolution of ['bundler', 'nodenext']) {
    test(`TypeScript ${version} checks every declaration of the package under moduleResolution ${resolution}`, async () => {
      await run('types', `${PACKAGES}/${compiler}/bin/tsc`, '-p', `${resolution}.json`);
    });
  }
}

test('every subpath is among what is checked', () => {
  const { exports } = JSON.parse(readFileSync(`${PACKAGES}/oss-resumable/package.json`, 'utf8')) as { exports: object };
  const checked = readFileSync(`${folderOf('types')}/subpaths.ts`, 'utf8');
  const subpaths = Object.keys(exports).filter((subpath) => subpath !== './package.json');
  expect(subpaths.filter((subpath) => !checked.includes(`from 'oss-resumable${subpath.slice(1)}'`))).toEqual([]);
});
