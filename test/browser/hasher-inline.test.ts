import { expect, onTestFinished, test, vi } from 'vitest';
import { createClock } from '../../src/browser/clock.js';
import { createNetwork } from '../../src/browser/network.js';
import { createHasher } from '../../src/hash/hasher.js';

// Stands for the script that the build puts there.
vi.mock('../../src/hash/worker-source.js', () => ({
  workerSource: `
    onmessage = ({ data: { type, id } }) => type === 'digest' && postMessage({ type: 'done', id, result: { crc64: 'inlined' } });
    postMessage({ type: 'hello' });`,
}));

test('uses the inlined worker when the worker file is missing', async () => {
  const revoked = vi.spyOn(URL, 'revokeObjectURL');
  const hash = createHasher(createClock(), createNetwork(), () => new Worker('/no-such-file/hash.worker.js', { type: 'module' }));
  onTestFinished(() => hash.dispose());
  expect(await hash.digest(new Blob(['1']), { crc64: true, md5: false })).toEqual({ crc64: 'inlined' });
  expect(revoked).toHaveBeenCalledTimes(1);
});
