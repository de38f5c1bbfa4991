/** The runs of a task: at most one at a time, whatever is wanted meanwhile. */
import { expect, test } from 'vitest';
import { createPool } from '../../../src/core/pool.js';
import { createTaskRuns } from '../../../src/upload/task-runs.js';
import { settlePromises } from '../../helpers/turns.js';
import { gate } from '../../helpers/waits.js';

/** Runs that end when they are aborted or when the test opens their gate. */
function setup(turns = createPool(1)) {
  const world = { wanted: 0, begun: [] as { signal: AbortSignal; end(): void }[] };
  const runs = createTaskRuns(
    () => world.wanted > 0,
    (begin) => turns.enter(world, begin),
    async (signal, endTurn) => {
      world.wanted -= 1;
      const { opened, open } = gate();
      signal.addEventListener('abort', open, { once: true });
      world.begun.push({ signal, end: open });
      await opened;
      endTurn();
    },
  );
  return { runs, world };
}

test('a run begins after the caller’s turn, and only if one is wanted', async () => {
  const { runs, world } = setup();
  runs.drive();
  await settlePromises();
  expect(world.begun).toHaveLength(0);
  world.wanted = 1;
  runs.drive();
  expect(world.begun).toHaveLength(0);
  await settlePromises();
  expect(world.begun).toHaveLength(1);
});

test('a run that is wanted while another is under way begins when that one has ended', async () => {
  const { runs, world } = setup();
  world.wanted = 1;
  runs.drive();
  await settlePromises();
  world.wanted = 1;
  runs.drive();
  await settlePromises();
  expect(world.begun).toHaveLength(1);
  world.begun[0]?.end();
  await settlePromises();
  expect(world.begun).toHaveLength(2);
});

test('stop() aborts the run under way with its reason, and returns its end', async () => {
  const { runs, world } = setup();
  expect([runs.stop('nothing'), runs.ended()]).toEqual([undefined, undefined]);
  world.wanted = 1;
  runs.drive();
  await settlePromises();
  const ending = runs.stop('paused');
  expect(world.begun[0]?.signal.reason).toBe('paused');
  await ending;
  await settlePromises();
  expect(runs.ended()).toBeUndefined();
});

test('a stop between two runs doesn’t reach the next one', async () => {
  const { runs, world } = setup();
  world.wanted = 1;
  runs.drive();
  await settlePromises();
  world.begun[0]?.end();
  await settlePromises();
  runs.stop('late');
  world.wanted = 1;
  runs.drive();
  await settlePromises();
  expect(world.begun[1]?.signal.aborted).toBe(false);
});

test('a run waits for its turn, unless it is stopped meanwhile', async () => {
  const turns = createPool(1);
  const { runs, world } = setup(turns);
  const release = await turns.acquire({}, new AbortController().signal);
  world.wanted = 1;
  runs.drive();
  await settlePromises();
  expect([world.begun.length, runs.ended()]).toEqual([0, undefined]);
  world.wanted = 0;
  runs.stop();
  release();
  await settlePromises();
  expect([world.begun.length, turns.busy]).toEqual([0, 0]);
  world.wanted = 1;
  runs.drive();
  await settlePromises();
  expect(world.begun).toHaveLength(1);
});

test('a run that is stopped and wanted again within a turn waits for its turn once', async () => {
  const turns = createPool(1);
  const { runs, world } = setup(turns);
  const release = await turns.acquire({}, new AbortController().signal);
  world.wanted = 1;
  runs.drive();
  await settlePromises();
  runs.stop();
  runs.drive();
  release();
  await settlePromises();
  expect([world.begun.length, turns.busy]).toEqual([1, 1]);
});
