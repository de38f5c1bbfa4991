/** `npx playwright test -c test/widgets/measure`, after `npm run build`: figures instead of tests, with the fixtures of the widgets' tests. */
import { fileURLToPath } from 'node:url';
import { defineSuite } from '../../define-suite.js';

export default defineSuite('widgets', {
  testDir: fileURLToPath(new URL('.', import.meta.url)),
  testMatch: 'rows.ts',
  timeout: 300_000,
  workers: 1,
  reporter: 'line',
});
