/** Run by take.mjs: pictures instead of tests, with the fixtures of the widgets' tests. */
import { fileURLToPath } from 'node:url';
import { defineSuite } from '../../define-suite.js';

export default defineSuite('widgets', {
  testDir: fileURLToPath(new URL('.', import.meta.url)),
  testMatch: 'pictures.ts',
  // One state has up to 36 pictures.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  workers: 1,
  reporter: 'line',
});
