/**
 * Whole requests over a gateway, service worker or antivirus that accepts every part at once and forwards it slowly, without
 * visible progress. With default options, an upload takes about as long as the line needs for its bytes, for any part size.
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { planParts } from '../../../src/core/plan.js';
import { createPool } from '../../../src/core/pool.js';
import { normalizeOptions } from '../../../src/options/normalize.js';
import type { Authorizer } from '../../../src/oss/authorize.js';
import type { Operation } from '../../../src/oss/operation.js';
import { createRequester } from '../../../src/oss/request.js';
import type { TransportInit } from '../../../src/oss/xhr-fetch.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { KiB, MiB } from '../../helpers/sizes.js';
import { settle } from '../../helpers/turns.js';

// Plain requests pass the gateway at once.
beforeEach(() => void vi.stubGlobal('fetch', async () => new Response('')));
afterEach(() => void vi.unstubAllGlobals());

/** Milliseconds. */
const STEP = 250;

interface Body {
  left: number;
  answer(response: Response): void;
}

/** Forwards accepted bodies side by side, at a rate in bytes per second. */
function createGateway(rate: number, { showsHandover = false } = {}) {
  const bodies = new Set<Body>();
  let sends = 0;
  return {
    count: () => sends,
    transport: (_url: string, { body, signal, onSent }: TransportInit): Promise<Response> =>
      new Promise((resolve, reject) => {
        sends += 1;
        const { size } = body as Blob;
        if (showsHandover) onSent?.(size);
        const entry: Body = { left: size, answer: resolve };
        bodies.add(entry);
        signal.addEventListener('abort', () => {
          bodies.delete(entry);
          reject(signal.reason);
        });
      }),
    /** Lets time pass, in milliseconds. */
    pass(milliseconds: number) {
      const share = (rate * milliseconds) / 1_000 / Math.max(1, bodies.size);
      for (const body of [...bodies]) {
        body.left -= share;
        if (body.left >= 1) continue;
        bodies.delete(body);
        body.answer(new Response('', { headers: { ETag: '"E"' } }));
      }
    },
  };
}

async function upload(
  size: number,
  rate: number,
  partSize: number | 'auto',
  showsHandover: boolean,
): Promise<{ seconds: number; sends: number; parts: number }> {
  const clock = new ManualClock();
  const gateway = createGateway(rate, { showsHandover });
  const config = normalizeOptions({
    region: 'cn-hangzhou',
    bucket: 'examplebucket',
    credentials: { accessKeyId: 'STS.id', accessKeySecret: 'secret' },
    // ky waits by a real timer, while minutes pass on the test's clock.
    retry: { baseDelay: 0 },
  });
  const authorizer: Authorizer = {
    authorize: async () => ({ headers: {}, secrets: [], refuseCredentials() {}, adjustClock() {} }),
  };
  const requester = createRequester(config, gateway.transport, authorizer, { isOnline: () => true, subscribe: () => () => {} }, clock);
  requester.trust();
  const plan = planParts(size, partSize);
  const pool = createPool(config.parallel);
  const { signal } = new AbortController();
  let done = 0;
  const failures: unknown[] = [];
  for (let number = 1; number <= plan.count; number += 1) {
    const start = (number - 1) * plan.partSize;
    const bytes = Math.min(plan.partSize, size - start);
    // Nobody reads it, so its size is enough.
    const body = Object.defineProperty(new Blob(['x']), 'size', { value: bytes });
    const operation: Operation<true> = {
      operation: 'UploadPart',
      method: 'PUT',
      key: 'k',
      partNumber: number,
      query: {},
      body,
      read: () => true,
    };
    void (async () => {
      const release = await pool.acquire({}, signal);
      await requester.send(operation, { signal, onWait: () => () => {} }).catch((error: unknown) => failures.push(error));
      release();
      done += 1;
    })();
  }
  let seconds = 0;
  for (; done < plan.count && seconds < 5_000; seconds += STEP / 1_000) {
    await settle();
    clock.pass(STEP);
    gateway.pass(STEP);
  }
  expect(failures).toEqual([]);
  return { seconds, sends: gateway.count(), parts: plan.count };
}

test.each([
  ['100 MiB in automatic parts', 100 * MiB, 'auto'],
  ['50 MiB in automatic parts', 50 * MiB, 'auto'],
  ['20 MiB in automatic parts', 20 * MiB, 'auto'],
  ['8 MiB in automatic parts', 8 * MiB, 'auto'],
  ['60 MiB in parts of 10 MiB', 60 * MiB, 10 * MiB],
  ['64 MiB in parts of 512 KiB', 64 * MiB, 512 * KiB],
] as [string, number, number | 'auto'][])(
  '%s that need three minutes take hardly longer, and no part is sent twice',
  async (_, size, partSize) => {
    for (const showsHandover of [false, true]) {
      const { seconds, sends, parts } = await upload(size, size / 180, partSize, showsHandover);
      expect(sends).toBe(parts);
      expect(seconds).toBeLessThanOrEqual(220);
    }
  },
);

test('a part that needs 25 minutes is sent at most twice: patience doubles', async () => {
  const { sends, seconds } = await upload(16 * MiB, (16 * MiB) / 1_500, 16 * MiB, false);
  expect(sends).toBeLessThanOrEqual(2);
  // 13 minutes until the first attempt is given up, and 25 for the second.
  expect(seconds).toBeLessThanOrEqual(2_400);
});
