import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { server } from 'vitest/browser';
import { createClock } from '../../src/browser/clock.js';
import { createNetwork } from '../../src/browser/network.js';
import { Crc64 } from '../../src/hash/crc64.js';
import { createHasher } from '../../src/hash/hasher.js';
import { createLocalHasher } from '../../src/hash/local.js';
import type { HashRequest } from '../../src/hash/protocol.js';
import type { Clock, Hasher } from '../../src/ports.js';
import { ManualClock } from '../helpers/manual-clock.js';
import { MiB } from '../helpers/sizes.js';

const both = { crc64: true, md5: true };
const check = new Blob(['123456789']);
const checkDigests = { crc64: '11051210869376104954', md5: 'JfnnlDI7RTiF9RgfG2JNCw==' };

/** Workers the page tried to start, and those running. */
function spyOnWorkers(): { started: string[]; terminated: number } {
  const seen = { started: [] as string[], terminated: 0 };
  const RealWorker = Worker;
  class CountedWorker extends RealWorker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      seen.started.push(String(url));
    }
    override terminate(): void {
      seen.terminated += 1;
      super.terminate();
    }
  }
  vi.stubGlobal('Worker', CountedWorker);
  onTestFinished(() => void vi.unstubAllGlobals());
  return seen;
}

/** A worker of the test's own making. */
function scripted(script: string): () => Worker {
  return () => new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
}

function realWorker(): Worker {
  return new Worker(new URL('../../src/hash/worker.ts', import.meta.url), { type: 'module' });
}

function hasher(workerFactory?: () => Worker, clock: Clock = createClock()): Hasher {
  const created = createHasher(clock, createNetwork(), workerFactory);
  onTestFinished(() => created.dispose());
  return created;
}

/** `size` bytes that differ from place to place. */
function blobOf(size: number): Blob {
  const block = new Uint8Array(MiB).map((_, index) => index * 31 + (index >> 8));
  return new Blob(Array.from({ length: Math.ceil(size / MiB) }, () => block)).slice(0, size);
}

/** Firefox calls everything that it can't open an abort. */
const isFirefox = server.browser === 'firefox';

/** A file on disk that was deleted or changed after it was selected. */
async function staleFile(spoil: (name: string, folder: FileSystemDirectoryHandle) => Promise<void>): Promise<File> {
  const folder = await navigator.storage.getDirectory();
  const name = `stale-${Math.random()}`;
  const write = async (content: string): Promise<FileSystemFileHandle> => {
    const handle = await folder.getFileHandle(name, { create: true });
    const stream = await handle.createWritable();
    await stream.write(content);
    await stream.close();
    return handle;
  };
  const file = await (await write('before')).getFile();
  await spoil(name, folder);
  return file;
}

describe.each<[string, () => Hasher]>([
  ['in its worker', () => createHasher(createClock(), createNetwork())],
  ["in the host's own worker", () => createHasher(createClock(), createNetwork(), realWorker)],
  ['on the main thread', () => createHasher(createClock(), createNetwork(), scripted('throw new Error("no worker here")'))],
  ['on the thread of the caller', createLocalHasher],
])('a hasher %s', (_, create) => {
  const open = (): Hasher => {
    const created = create();
    onTestFinished(() => created.dispose());
    return created;
  };

  test('gives the digests that were asked for, and no other', async () => {
    const hash = open();
    expect(await hash.digest(check, both)).toEqual(checkDigests);
    expect(await hash.digest(check, { crc64: true, md5: false })).toEqual({ crc64: checkDigests.crc64 });
    expect(await hash.digest(check, { crc64: false, md5: true })).toEqual({ md5: checkDigests.md5 });
    expect(await hash.digest(check, { crc64: false, md5: false })).toEqual({});
  });

  test('hashes an empty slice', async () => {
    expect(await open().digest(new Blob([]), both)).toEqual({ crc64: '0', md5: '1B2M2Y8AsgTpgAmY7PhCfg==' });
  });

  test.each([MiB - 1, MiB, MiB + 1, 3 * MiB + 5])('hashes all %i bytes of a slice that is read in pieces', async (size) => {
    const blob = blobOf(size);
    const { crc64 } = await open().digest(blob, { crc64: true, md5: false });
    expect(crc64).toBe(new Crc64().update(new Uint8Array(await blob.arrayBuffer())).digest());
  });

  test('answers many calls at once, each with its own result', async () => {
    const hash = open();
    const blobs = Array.from({ length: 20 }, (_, index) => new Blob(['123456789'.slice(0, index % 10)]));
    const together = await Promise.all(blobs.map((blob) => hash.digest(blob, both)));
    for (const [index, blob] of blobs.entries()) expect(await hash.digest(blob, both)).toEqual(together[index]);
  });

  test('gives the fingerprint, also while a long slice is hashed', async () => {
    const hash = open();
    const order: string[] = [];
    const slice = hash.digest(blobOf(16 * MiB), both).then(() => order.push('slice'));
    const file = new File(['123456789'], 'a.txt', { lastModified: 12 });
    expect(await hash.fingerprint(file)).toBe('v1:9:12:25f9e794323b453885f5181f1b624d0b');
    order.push('fingerprint');
    await slice;
    expect(order).toEqual(['fingerprint', 'slice']);
  });

  test("rejects an aborted call with the signal's reason, and continues with the others", async () => {
    const hash = open();
    const controller = new AbortController();
    const aborted = hash.digest(blobOf(32 * MiB), both, controller.signal);
    const next = hash.digest(check, both);
    setTimeout(() => controller.abort('paused'), 30);
    await expect(aborted).rejects.toBe('paused');
    expect(await next).toEqual(checkDigests);
  });

  test('rejects at once when aborted before', async () => {
    await expect(open().digest(check, both, AbortSignal.abort('gone'))).rejects.toBe('gone');
  });

  test(`rejects with the browser's DOMException when the file is gone`, async () => {
    const file = await staleFile((name, folder) => folder.removeEntry(name));
    const hash = open();
    for (const call of [() => hash.digest(file, both), () => hash.fingerprint(file)]) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DOMException);
      expect(error).toMatchObject({ name: isFirefox ? 'AbortError' : 'NotFoundError', message: expect.stringMatching(/./) });
    }
    expect(await hash.digest(check, both)).toEqual(checkDigests);
  });

  test(`rejects with the browser's DOMException when the file has changed`, async () => {
    const file = await staleFile(async (name, folder) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const stream = await (await folder.getFileHandle(name)).createWritable();
      await stream.write('quite another content');
      await stream.close();
    });
    const error: unknown = await open()
      .digest(file, both)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: isFirefox ? 'AbortError' : 'NotReadableError' });
  });
});

describe('createLocalHasher', () => {
  test('continues with the others after an aborted call whose read hangs', async () => {
    const hash = createLocalHasher();
    const hanging = { size: 5, stream: () => new ReadableStream() } as unknown as Blob;
    const controller = new AbortController();
    const aborted = hash.digest(hanging, both, controller.signal);
    const next = hash.digest(check, both);
    setTimeout(() => controller.abort('paused'), 10);
    await expect(aborted).rejects.toBe('paused');
    expect(await next).toEqual(checkDigests);
  });
});

describe('createHasher', () => {
  test('starts no worker before the first call, and one for all calls', async () => {
    const seen = spyOnWorkers();
    const hash = hasher();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen.started).toHaveLength(0);
    await Promise.all([hash.digest(check, both), hash.digest(check, both), hash.fingerprint(check)]);
    expect(seen.started).toHaveLength(1);
    expect(seen.started[0]).toContain('/src/hash/worker.ts');
  });

  test.each<[string, () => Worker]>([
    ['its file is missing', () => new Worker('/no-such-file/hash.worker.js', { type: 'module' })],
    ['its script throws', scripted('throw new Error("broken")')],
    [
      'it may not be constructed',
      () => {
        throw new DOMException('Blocked by policy', 'SecurityError');
      },
    ],
  ])('hashes without a worker when %s', async (_, workerFactory) => {
    const reported = vi.fn((event: Event) => event.preventDefault());
    window.addEventListener('error', reported);
    onTestFinished(() => window.removeEventListener('error', reported));
    expect(await hasher(workerFactory).digest(check, both)).toEqual(checkDigests);
    expect(reported).not.toHaveBeenCalled();
  });

  describe('watches its worker:', () => {
    let clock = new ManualClock();
    beforeEach(() => void (clock = new ManualClock()));
    /** Real time for messages to pass, and `count` rounds of the hasher's patience. */
    const rounds = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        clock.pass(5_000);
      }
    };

    /** Rounds until a promise has settled: on a busy machine a worker's hello takes longer than one. */
    const roundsUntil = async (settling: Promise<unknown>): Promise<void> => {
      let isSettled = false;
      void settling.finally(() => (isSettled = true)).catch(() => {});
      while (!isSettled) await rounds(1);
    };

    test('waits two minutes for its script, which a bad line may take, and then hashes elsewhere', async () => {
      const seen = spyOnWorkers();
      const digests = hasher(scripted(''), clock).digest(check, both);
      let settled = false;
      void digests.finally(() => (settled = true));
      await rounds(23);
      expect([settled, seen.started.length, seen.terminated]).toEqual([false, 1, 0]);
      await rounds(1);
      expect(await digests).toEqual(checkDigests);
      expect(seen.terminated).toBe(1);
    });

    test('uses one that says hello after a minute', async () => {
      const seen = spyOnWorkers();
      const slow = scripted(`
        onmessage = ({ data: { type, id } }) => {
          if (type === 'hello please') postMessage({ type: 'hello' });
          if (type === 'digest') postMessage({ type: 'done', id, result: { crc64: 'slow but there' } });
        };`);
      let worker: Worker;
      const digests = hasher(() => (worker = slow()), clock).digest(check, both);
      await rounds(12);
      worker!.postMessage({ type: 'hello please' });
      expect(await digests).toEqual({ crc64: 'slow but there' });
      expect([seen.started.length, seen.terminated]).toEqual([1, 0]);
    });

    test('neither an abort nor a disposal waits for one that has not said hello', async () => {
      const hash = hasher(scripted(''), clock);
      const controller = new AbortController();
      const aborted = hash.digest(check, both, controller.signal);
      controller.abort('paused');
      await expect(aborted).rejects.toBe('paused');
      const pending = hash.fingerprint(check);
      pending.catch(() => {});
      hash.dispose();
      await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
    });

    test.each([
      ['crashes', 'throw new Error("crashed")'],
      ['closes itself without a word', 'close()'],
      ['hangs', 'for (;;);'],
    ])('hashes again, elsewhere, what one had when it %s', async (_, death) => {
      const workerFactory = scripted(`onmessage = () => { ${death} }; postMessage({ type: 'hello' });`);
      const hash = hasher(workerFactory, clock);
      const calls = Promise.all([hash.digest(check, both), hash.digest(check, both), hash.fingerprint(check)]);
      await roundsUntil(calls);
      expect(await calls).toEqual([checkDigests, checkDigests, 'v1:9:0:25f9e794323b453885f5181f1b624d0b']);
      expect(await hash.digest(check, both)).toEqual(checkDigests);
    });

    test('waits as long as it takes for one that shows that it is alive', async () => {
      const workerFactory = scripted(`
        onmessage = ({ data: { type, id } }) => {
          if (type === 'ping') postMessage({ type: 'hello' });
          else setTimeout(() => postMessage({ type: 'done', id, result: { crc64: 'late' } }), 600);
        };
        postMessage({ type: 'hello' });`);
      const digests = hasher(workerFactory, clock).digest(check, both);
      await rounds(5);
      expect(await digests).toEqual({ crc64: 'late' });
    });

    test('only while somebody waits for it', async () => {
      const hash = hasher(undefined, clock);
      await hash.digest(check, both);
      expect(clock.timers.size).toBe(0);
    });
  });

  describe('on the main thread, tries workers again', () => {
    const answering = scripted(`
      onmessage = ({ data: { type, id } }) => type === 'digest' && postMessage({ type: 'done', id, result: { crc64: 'worker' } });
      postMessage({ type: 'hello' });`);
    const broken = scripted('throw new Error("no worker here")');

    test('after a minute, and hashes on itself until one has said hello', async () => {
      const clock = new ManualClock();
      let makeWorker = broken;
      const hash = hasher(() => makeWorker(), clock);
      expect(await hash.digest(check, both)).toEqual(checkDigests);
      makeWorker = answering;
      clock.pass(59_000);
      expect(await hash.digest(check, both)).toEqual(checkDigests);
      clock.pass(1_000);
      // Nobody waits for it: this call began before there was one.
      expect(await hash.digest(check, both)).toEqual(checkDigests);
      await expect.poll(() => hash.digest(check, both)).toEqual({ crc64: 'worker' });
    });

    test('twice as long after each time in vain', async () => {
      const clock = new ManualClock();
      const workerFactory = vi.fn(broken);
      const hash = hasher(workerFactory, clock);
      const started = async (milliseconds: number): Promise<number> => {
        clock.pass(milliseconds);
        expect(await hash.digest(check, both)).toEqual(checkDigests);
        await new Promise((resolve) => setTimeout(resolve, 300));
        return workerFactory.mock.calls.length;
      };
      expect(await started(0)).toBe(1);
      expect(await started(60_000)).toBe(2);
      expect(await started(60_000)).toBe(2);
      expect(await started(60_000)).toBe(3);
      expect(await started(200_000)).toBe(3);
    });

    test('also when one has died', async () => {
      const clock = new ManualClock();
      let makeWorker = scripted(`onmessage = () => { throw new Error('crashed'); }; postMessage({ type: 'hello' });`);
      const hash = hasher(() => makeWorker(), clock);
      expect(await hash.digest(check, both)).toEqual(checkDigests);
      makeWorker = answering;
      clock.pass(60_000);
      await hash.digest(check, both);
      await expect.poll(() => hash.digest(check, both)).toEqual({ crc64: 'worker' });
    });
  });

  test('tells the worker to stop what was aborted', async () => {
    const asked: HashRequest[] = [];
    const hash = hasher(() => {
      const worker = realWorker();
      const post = worker.postMessage.bind(worker) as (message: unknown) => void;
      worker.postMessage = (request: HashRequest) => {
        asked.push(request);
        post(request);
      };
      return worker;
    });
    await hash.digest(check, both);
    const controller = new AbortController();
    const aborted = hash.digest(blobOf(200 * MiB), both, controller.signal);
    setTimeout(() => controller.abort(), 20);
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    expect(asked.at(-1)).toMatchObject({ type: 'abort' });
    expect(await hash.digest(check, both)).toEqual(checkDigests);
  });

  test("leaves no listener on the caller's signal", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, 'addEventListener');
    const remove = vi.spyOn(signal, 'removeEventListener');
    await hasher().digest(check, both, signal);
    expect(add).toHaveBeenCalledTimes(1);
    expect(remove.mock.calls.map(([type, listener]) => [type, listener])).toEqual(
      add.mock.calls.map(([type, listener]) => [type, listener]),
    );
  });

  test('ends the worker when disposed of, and rejects what is pending and what comes later', async () => {
    const seen = spyOnWorkers();
    const hash = createHasher(createClock(), createNetwork());
    await hash.digest(check, both);
    const pending = hash.digest(blobOf(100 * MiB), both);
    pending.catch(() => {});
    hash.dispose();
    expect(seen.terminated).toBe(1);
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
    await expect(hash.digest(check, both)).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('ends a worker at once that has not said hello when the hasher is disposed of, and starts no other', async () => {
    const seen = spyOnWorkers();
    const hash = createHasher(createClock(), createNetwork());
    const pending = hash.digest(check, both);
    pending.catch(() => {});
    hash.dispose();
    expect([seen.started.length, seen.terminated]).toEqual([1, 1]);
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(seen.started).toHaveLength(1);
  });

  test('gives the main thread a turn whenever a task has lasted long enough, when no worker starts', async () => {
    const hash = hasher(scripted('throw 1'));
    await hash.digest(check, both);
    // A machine on which every look at the clock finds another second gone: each piece takes longer than a task may.
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 1_000));
    const ends = vi.spyOn(MessagePort.prototype, 'postMessage');
    onTestFinished(() => {
      clock.mockRestore();
      ends.mockRestore();
    });
    await hash.digest(blobOf(32 * MiB), both);
    // MD5 is hashed 128 KiB at a time.
    expect(ends.mock.calls.length).toBeGreaterThanOrEqual(256);
  });
});
