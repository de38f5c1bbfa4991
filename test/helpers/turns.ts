/** Letting pending work run in Node, without waiting for time. */

/** Runs everything that only waits for a later turn of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await nextTurn();
}

/** Runs pending promise callbacks within this turn, in which no rejection counts as unhandled yet. */
export async function settlePromises(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
}

/** Runs pending work until `check` holds. By time, not by turns: what runs on other threads, as signing does, is slow on a busy machine. */
export async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (performance.now() < end) {
    if (await check()) return;
    await nextTurn();
  }
  throw new Error('it did not happen');
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
