import { describe, expect, test, vi } from 'vitest';
import { makeFile } from '../../helpers/make-file.js';
import { ossError } from '../../helpers/scripted-faults.js';
import { PART } from '../../helpers/sizes.js';
import { failureOf } from '../../helpers/waits.js';
import { holdElsewhere, leaveUnfinished } from '../upload/scenes.js';
import { createWorld } from '../upload/world.js';

const FILE = makeFile(4 * PART);

describe('discard', () => {
  test('aborts the upload on the server and removes record, parts and handle', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2);
    await world.fileHandles.save(id, {} as FileSystemFileHandle);
    await world.discard(id);
    expect([world.service.log, world.service.uploads.size]).toEqual([['Abort'], 0]);
    expect([await world.records(), await world.partsOf(id), world.fileHandles.handles.size, world.locks.held.size]).toEqual([[], [], 0, 0]);
  });

  test('leaves a corrupt record alone, and the next upload of the file replaces it', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, uploadId: '' });
    await world.discard(record.id);
    expect(world.service.log).toEqual([]);
    await world.upload(FILE, { key: record.key }).result;
    expect(await world.records()).toEqual([]);
  });

  test('keeps an upload that can’t be aborted, marked as discarded', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    world.service.fault('Abort', { error: ossError('ServiceUnavailable', 503) });
    await world.discard(record.id);
    expect(await world.records()).toMatchObject([{ ...record, discarded: true }]);
  });

  test('ignores handles that can’t be removed', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2);
    vi.spyOn(world.fileHandles, 'remove').mockRejectedValue(new Error('no'));
    await world.discard(id);
    expect(await world.records()).toEqual([]);
  });

  test('rejects with InUse while another tab is uploading, and leaves that upload alone', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2);
    const release = holdElsewhere(world, id);
    const error = await failureOf(world.discard(id));
    expect(error).toMatchObject({ name: 'CheckpointError', code: 'InUse' });
    expect(error.message).toMatch(/Another tab/);
    await release();
    expect([(await world.records()).length, world.service.log]).toEqual([1, []]);
  });

  test('rejects with the error of a failing store', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2);
    vi.spyOn(world.store, 'load').mockRejectedValue(new Error('disk'));
    expect(await failureOf(world.discard(id))).toMatchObject({ message: 'disk' });
  });

  test('rejects with the refusal and changes nothing when the credentials don’t allow the abort', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    world.service.fault('Abort', { error: ossError('AccessDenied', 403) });
    expect(await failureOf(world.discard(record.id))).toMatchObject({ code: 'AccessDenied' });
    expect(await world.records()).toEqual([record]);
  });

  test('with an expected owner discards only an upload that wasn’t taken over since', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.discard(record.id, { ...record, owner: 'another run' });
    expect([await world.records(), world.service.log]).toEqual([[record], []]);
    await world.discard(record.id, record);
    expect([await world.records(), world.service.log]).toEqual([[], ['Abort']]);
  });

  test('removes the record of a finished upload without a request', async () => {
    const world = createWorld();
    const record = await leaveUnfinished(world, FILE, 2);
    await world.store.save({ ...record, outcome: { key: 'dir/a.bin' } });
    await world.discard(record.id);
    expect([await world.store.list(), world.service.log]).toEqual([[], []]);
  });

  test('handles waits of its request that no task shows', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2);
    const abort = world.service.handlers.abort.bind(world.service.handlers);
    vi.spyOn(world.service.handlers, 'abort').mockImplementation((key, uploadId, headers, context) => {
      context.onWait('network')();
      return abort(key, uploadId, headers, context);
    });
    await world.discard(id);
    expect(await world.records()).toEqual([]);
  });

  test('sends the recorded headers about the requester who pays', async () => {
    const world = createWorld();
    const { id } = await leaveUnfinished(world, FILE, 2, { key: 'dir/a.bin', headers: { 'x-oss-request-payer': 'requester' } });
    const record = (await world.records())[0]!;
    await world.store.save({ ...record, headers: { 'x-oss-request-payer': 'requester' } });
    await world.discard(id);
    expect(world.service.sent.map(({ operation, headers }) => [operation, headers])).toEqual([
      ['Abort', { 'x-oss-request-payer': 'requester' }],
    ]);
  });

  test('leaves another bucket’s record alone', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    await world
      .openTab({ bucket: 'another-bucket' })
      .discard(record.id)
      .catch(() => {});
    expect(await world.records()).toEqual([record]);
  });

  test('an upload discarded while the service was unreachable, which these credentials may not abort, is resumed by its owner', async () => {
    const world = createWorld({ parallel: 1 });
    const record = await leaveUnfinished(world, FILE, 2);
    world.service.fault('Abort', { error: ossError('ServiceUnavailable', 503) });
    await world.discard(record.id);
    world.service.fault('Abort', { error: ossError('AccessDenied', 403) });
    await world.sweep();
    // The owner signs in and selects the file.
    await world.openTab().upload(FILE, { key: 'dir/a.bin' }).result;
    expect(world.service.count('Initiate')).toBe(0);
  });
});
