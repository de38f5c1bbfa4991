/** How long it takes to tell the selected file from others: in a page that has hashed nothing yet, and again. */
import { createClock } from '../../../../src/browser/clock.js';
import { createNetwork } from '../../../../src/browser/network.js';
import { createHasher } from '../../../../src/hash/hasher.js';

export async function probe(): Promise<{ first: number; again: number }> {
  const file = document.querySelector<HTMLInputElement>('#files')!.files![0]!;
  const hasher = createHasher(createClock(), createNetwork());
  const time = async (): Promise<number> => {
    const start = performance.now();
    await hasher.fingerprint(file);
    return performance.now() - start;
  };
  return { first: await time(), again: await time() };
}
