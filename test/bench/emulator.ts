/**
 * `node test/bench/load.mjs emulator.ts`: parts into the emulator over six connections, beside a bare server that reads, hashes and
 * writes them in the same way. Both take the same requests in turns, in one run.
 *
 *   --gib <n>     GiB of each upload; default 1
 *   --rounds <n>  uploads of each; default 5
 *   --only-emulator   without the bare server: with `--gib 20 --rounds 1`, whether memory stays bounded
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crc64 } from '../../src/hash/crc64.js';
import { encode, scopeText, signRequest, timestampOf } from '../helpers/sign-v4.js';
import type { PartTarget, PartTargetHandlers } from './part-target.js';
import { watchMemory } from './proc.js';
import { type Remote, startProcess } from './processes.js';

const MiB = 2 ** 20;
const CONNECTIONS = 6;
const PART = Buffer.from(Array.from({ length: 8 * MiB }, (_, index) => (index * 31 + (index >>> 8)) & 255));
const PART_CRC = crc64(PART);

/** What the figures are to reach. */
const LEAST_RATIO = 0.8;
const MOST_GROWTH = 64 * MiB;

interface Contestant {
  name: string;
  remote: Remote<PartTargetHandlers>;
  target: PartTarget;
  agent: Agent;
  /** Bytes by which its memory has grown at most since it listens. */
  growth: () => number;
  /** What of it was there when it had taken the first few parts. */
  warmUp: number;
  seconds: number[];
}

async function start(kind: 'emulator' | 'sink', folder: string): Promise<Contestant> {
  const remote = await startProcess<PartTargetHandlers>('part-target.ts');
  const target = await remote.call('start', kind, join(folder, kind));
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const contestant = { name: kind, remote, target, agent, growth: watchMemory(remote.pid), warmUp: 0, seconds: [] };
  // Code that has never run is slow.
  await upload(contestant, 2 * CONNECTIONS);
  await remote.call('empty');
  return { ...contestant, warmUp: contestant.growth() };
}

/** @returns the answer's CRC-64 and text */
function send(
  { target, agent }: Contestant,
  method: string,
  query: Record<string, string>,
  body?: Buffer,
): Promise<{ crc: unknown; text: string }> {
  const timestamp = timestampOf(Date.now());
  const scope = { timestamp, region: target.region };
  const headers: Record<string, string> = { 'x-oss-date': timestamp, 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD' };
  const signed = { method, bucket: 'demo-bucket', key: 'big.bin', query: new Map(Object.entries(query)), headers };
  const signature = signRequest(signed, target.accessKeySecret, scope);
  headers['Authorization'] = `OSS4-HMAC-SHA256 Credential=${target.accessKeyId}/${scopeText(scope)},Signature=${signature}`;
  headers['Host'] = `demo-bucket.localhost:${target.port}`;
  headers['Content-Length'] = String(body?.length ?? 0);
  const pairs = Object.entries(query).map(([name, value]) => (value === '' ? name : `${name}=${encode(value)}`));
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: target.port, method, path: `/big.bin?${pairs.join('&')}`, headers, agent };
    const request = httpRequest(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ crc: response.headers['x-oss-hash-crc64ecma'], text });
        else reject(new Error(`${method} ${options.path}: ${response.statusCode} ${text}`));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** @returns the seconds that the parts took */
async function upload(contestant: Contestant, parts: number): Promise<number> {
  const isSink = contestant.name === 'sink';
  const opened = isSink ? undefined : await send(contestant, 'POST', { uploads: '' });
  const uploadId = isSink ? 'none' : (/<UploadId>(\w+)</.exec(opened?.text ?? '')?.[1] ?? '');
  let next = 1;
  const connection = async (): Promise<void> => {
    while (next <= parts) {
      const { crc } = await send(contestant, 'PUT', { partNumber: String(next++), uploadId }, PART);
      if (crc !== PART_CRC) throw new Error(`${contestant.name}: the CRC-64 of a part is ${crc}, not ${PART_CRC}.`);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function run(contestants: readonly Contestant[], parts: number, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    // Each goes first as often as the other.
    for (const contestant of round % 2 === 0 ? contestants : [...contestants].reverse()) {
      contestant.seconds.push(await upload(contestant, parts));
      await contestant.remote.call('empty');
    }
  }
  const size = (parts * PART.length) / MiB;
  for (const { name, seconds, growth, warmUp } of contestants) {
    const speeds = seconds.map((each) => (size / each).toFixed(0)).join(', ');
    const [most, first] = [growth(), warmUp].map((bytes) => (bytes / MiB).toFixed(0));
    console.log(`${name}: ${size} MiB each, ${speeds} MiB/s; memory grew by ${most} MiB at most, ${first} of them with the first parts`);
  }
  const [emulator, sink] = contestants;
  const grown = emulator?.growth() ?? 0;
  if (grown > MOST_GROWTH) console.log(`That is more than ${MOST_GROWTH / MiB} MiB.`);
  if (emulator === undefined || sink === undefined) return;
  const ratio = median(emulator.seconds.map((each, round) => (sink.seconds[round] ?? Number.NaN) / each));
  console.log(`The emulator has ${ratio.toFixed(2)} of the bare server's speed (median of ${rounds}); to be reached: ${LEAST_RATIO}`);
}

const { values } = parseArgs({
  options: {
    gib: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    'only-emulator': { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'emulator-bench-'));
const kinds = values['only-emulator'] ? (['emulator'] as const) : (['emulator', 'sink'] as const);
const contestants = await Promise.all(kinds.map((kind) => start(kind, folder)));
try {
  await run(contestants, Math.ceil((Number(values.gib) * 1024 * MiB) / PART.length), Number(values.rounds));
} finally {
  for (const { remote, agent } of contestants) {
    agent.destroy();
    await remote.stop();
  }
  rmSync(folder, { recursive: true, force: true });
}
