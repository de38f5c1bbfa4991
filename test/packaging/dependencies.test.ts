import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), 'utf8');

interface LockedPackage {
  version?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
  link?: boolean;
}

const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
const locked = Object.entries((JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> }).packages).filter(
  ([path]) => path !== '',
);

test('an application gets three packages and nothing behind them', () => {
  const runtime = locked.filter(([, { dev }]) => !dev).map(([path]) => path.replace('node_modules/', ''));
  expect(runtime.sort()).toEqual(Object.keys(manifest.dependencies).sort());
  expect(runtime.sort()).toEqual(['idb-keyval', 'ky', 'spark-md5']);
});

test('every package is locked to one version and its checksum', () => {
  const loose = locked.filter(
    ([, { version, integrity, link }]) => !link && (!/^\d/.test(version ?? '') || !/^sha512-/.test(integrity ?? '')),
  );
  expect(loose.map(([path]) => path)).toEqual([]);
});

test('no install script runs: neither ours, nor those of what is installed', () => {
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
  expect(Object.keys(manifest.scripts).filter((name) => hooks.includes(name))).toEqual([]);
  expect(locked.filter(([, { dev, hasInstallScript }]) => !dev && hasInstallScript).map(([path]) => path)).toEqual([]);
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});
