import { expect, test } from 'vitest';
import { guardUnload } from '../../src/browser/unload-guard.js';

/** Whether the browser would ask before it leaves. */
const asks = (): boolean => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));

test('asks before the page is left until every guard is lifted', () => {
  expect(asks()).toBe(false);
  const lifts = [guardUnload(), guardUnload()];
  expect(asks()).toBe(true);
  lifts[0]!();
  lifts[0]!();
  expect(asks()).toBe(true);
  lifts[1]!();
  expect(asks()).toBe(false);
});
