import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { createPool } from '../../../src/core/pool.js';

test('a signal that lasts for ten thousand parts collects no listeners', async () => {
  const pool = createPool(1);
  const { signal } = new AbortController();
  const owner = {};
  const release = await pool.acquire(owner, signal);
  const next = pool.acquire(owner, signal);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  release();
  (await next)();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
