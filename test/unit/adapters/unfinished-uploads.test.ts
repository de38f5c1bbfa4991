import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { unfinishedUploadsOf } from '../../../src/adapters/unfinished-uploads.js';
import type { UnfinishedUpload, Uploader } from '../../../src/index.js';

const INTERVAL = 3_000;

const createPage = () => Object.assign(new EventTarget(), { visibilityState: 'visible' });
let page = createPage();

function setVisibility(state: 'visible' | 'hidden'): void {
  page.visibilityState = state;
  page.dispatchEvent(new Event('visibilitychange'));
}

/** An uploader without tasks; each read of its unfinished uploads is counted. */
function createUploader(isInUse: boolean) {
  const world = { isInUse, reads: 0 };
  const uploader = {
    getSnapshot: () => [],
    subscribe: () => () => {},
    async unfinished() {
      world.reads += 1;
      return [{ id: 'a', isInUse: world.isInUse } as UnfinishedUpload];
    },
  } as unknown as Uploader;
  return { world, store: unfinishedUploadsOf(uploader) };
}

beforeEach(() => {
  vi.useFakeTimers();
  page = createPage();
  vi.stubGlobal('document', page);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('while an upload is in use elsewhere the list is read again and again, until it is not', async () => {
  const { world, store } = createUploader(true);
  store.subscribe(() => {});
  await vi.advanceTimersByTimeAsync(2 * INTERVAL);
  expect(world.reads).toBe(3);
  world.isInUse = false;
  await vi.advanceTimersByTimeAsync(INTERVAL);
  expect([world.reads, vi.getTimerCount()]).toEqual([4, 0]);
});

test('nothing is read again if nothing is in use', async () => {
  const { world, store } = createUploader(false);
  store.subscribe(() => {});
  await vi.advanceTimersByTimeAsync(3 * INTERVAL);
  setVisibility('hidden');
  setVisibility('visible');
  expect([world.reads, vi.getTimerCount()]).toEqual([1, 0]);
});

test('a hidden page reads nothing, and reads at once when it is shown again', async () => {
  const { world, store } = createUploader(true);
  store.subscribe(() => {});
  await vi.advanceTimersByTimeAsync(0);
  setVisibility('hidden');
  await vi.advanceTimersByTimeAsync(10 * INTERVAL);
  expect([world.reads, vi.getTimerCount()]).toEqual([1, 0]);
  // Asked for, it is read all the same, and starts no timer.
  await store.getSnapshot().refresh();
  expect([world.reads, vi.getTimerCount()]).toEqual([2, 0]);
  setVisibility('visible');
  await vi.advanceTimersByTimeAsync(INTERVAL);
  expect(world.reads).toBe(4);
});

test('when nobody listens any more nothing is read, also if a read is under way or the page is shown again', async () => {
  const { world, store } = createUploader(true);
  const unsubscribe = store.subscribe(() => {});
  await vi.advanceTimersByTimeAsync(INTERVAL);
  void store.getSnapshot().refresh();
  unsubscribe();
  setVisibility('hidden');
  setVisibility('visible');
  await vi.advanceTimersByTimeAsync(10 * INTERVAL);
  expect([world.reads, vi.getTimerCount()]).toEqual([3, 0]);
});
