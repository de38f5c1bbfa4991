/** What is uploaded, through which link, and by whom. */
import type { Surroundings } from './bed.js';
import type { KernelLineOptions } from './kernel-line.js';
import type { LinkOptions } from './link.js';

const KiB = 1024;
const MiB = 1024 * KiB;

/** How much of it. */
interface Amount {
  /** @default 1 */
  files?: number;
  /** Bytes a file. */
  size: number;
}

/** A rival under the conditions of one workload. */
export interface Contestant {
  rival: string;
  partSize: number | 'auto' | 'whole';
  /** Requests in flight. @default 6 */
  parallel?: number;
}

export interface Workload {
  id: string;
  title: string;
  full: Amount;
  /** For the smoke run. */
  quick: Amount;
  /** Absent: none but the loopback interface. */
  link?: LinkOptions;
  /** Absent: those of all the others. */
  surroundings?: Surroundings;
  contestants: Contestant[];
  /** What a ratio is to: the best raw rival in the same repetition, or the fixed part size that is best in the end. */
  yardstick: 'raw' | 'best-fixed';
  /** Only when it is asked for by `--only`. */
  byHand?: true;
  /** No more than this, where one takes two minutes. */
  repetitions?: number;
}

const same = (partSize: Contestant['partSize'], rivals: string[]): Contestant[] => rivals.map((rival) => ({ rival, partSize }));

/** Of this library, for a file of 64 MiB: chosen on a line that is new, on one that is known, and fixed, from 32 parts to eight. */
const sweep: Contestant[] = [
  { rival: 'checked', partSize: 'auto' },
  { rival: 'known', partSize: 'auto' },
  ...[2 * MiB, 4 * MiB, 8 * MiB].map((partSize) => ({ rival: 'checked', partSize })),
];

const byParallel: Contestant[] = [1, 2, 3, 4, 6].map((parallel) => ({ rival: 'checked', partSize: MiB, parallel }));

/** Bytes a second of a good line to the internet, 200 Mbit/s: what a part size has to suit besides the round trip. */
const LINE = 25e6;

/** A slow line as many people have it at home: 20 Mbit/s up. */
const HOME: KernelLineOptions = { bytesPerSecond: 2.5e6, queue: 400 };
/** A fast one that loses packets, as over an ocean or a radio. */
const LOSSY: KernelLineOptions = { bytesPerSecond: LINE, queue: 100, loss: 0.01 };

const overKernelLine = (id: string, title: string, line: KernelLineOptions, tls: 'HTTP/1.1' | 'HTTP/2'): Workload => ({
  id,
  title: `16 MiB, parts of 1 MiB, TCP of the kernel, ${title}, TLS, ${tls}`,
  full: { size: 16 * MiB },
  quick: { size: 2 * MiB },
  link: { roundTrip: 50 },
  surroundings: { line, tls },
  contestants: same(MiB, ['xhr', 'checked', 'ali-oss', 'uppy']),
  yardstick: 'raw',
  byHand: true,
});

export const WORKLOADS: readonly Workload[] = [
  {
    id: 'loopback',
    title: '1 GiB, parts of 8 MiB, loopback',
    full: { size: 1024 * MiB },
    quick: { size: 24 * MiB },
    contestants: same(8 * MiB, ['xhr', 'fetch', 'checked', 'unchecked', 'md5', 'ali-oss', 'uppy', 'tus', 'lib-storage']),
    yardstick: 'raw',
  },
  {
    id: 'link-100',
    title: '1 GiB, parts of 8 MiB, through 100 MB/s',
    full: { size: 1024 * MiB },
    quick: { size: 16 * MiB },
    link: { bytesPerSecond: 100e6 },
    contestants: same(8 * MiB, ['xhr', 'checked', 'signed', 'ali-oss']),
    yardstick: 'raw',
  },
  {
    id: 'link-5',
    title: '32 MiB, parts of 1 MiB, through 5 MB/s',
    full: { size: 32 * MiB },
    quick: { size: 2 * MiB },
    link: { bytesPerSecond: 5e6 },
    contestants: same(MiB, ['xhr', 'checked', 'ali-oss']),
    yardstick: 'raw',
  },
  {
    id: 'trip-50',
    title: '300 parts of 128 KiB, round trip of 50 ms',
    full: { size: 300 * 128 * KiB },
    quick: { size: 12 * 128 * KiB },
    link: { bytesPerSecond: 100e6, roundTrip: 50 },
    contestants: same(128 * KiB, ['xhr', 'checked', 'signed']),
    yardstick: 'raw',
  },
  {
    id: 'trip-200',
    title: '90 parts of 128 KiB, round trip of 200 ms',
    full: { size: 90 * 128 * KiB },
    quick: { size: 6 * 128 * KiB },
    link: { bytesPerSecond: 100e6, roundTrip: 200 },
    contestants: same(128 * KiB, ['xhr', 'checked']),
    yardstick: 'raw',
  },
  {
    id: 'auto-50',
    title: '64 MiB through 25 MB/s, round trip of 50 ms, by part size',
    full: { size: 64 * MiB },
    quick: { size: 4 * MiB },
    link: { bytesPerSecond: LINE, roundTrip: 50 },
    contestants: sweep,
    yardstick: 'best-fixed',
  },
  {
    id: 'auto-200',
    title: '64 MiB through 25 MB/s, round trip of 200 ms, by part size',
    full: { size: 64 * MiB },
    quick: { size: 4 * MiB },
    link: { bytesPerSecond: LINE, roundTrip: 200 },
    contestants: sweep,
    yardstick: 'best-fixed',
  },
  {
    id: 'small-files',
    title: '2,000 files of 50 KB, loopback',
    full: { files: 2000, size: 50_000 },
    quick: { files: 30, size: 50_000 },
    contestants: same('whole', ['xhr', 'checked', 'ali-oss', 'uppy']),
    yardstick: 'raw',
  },
  {
    id: 'small-50',
    title: '2,000 files of 50 KB, round trip of 50 ms',
    full: { files: 2000, size: 50_000 },
    quick: { files: 30, size: 50_000 },
    link: { bytesPerSecond: 100e6, roundTrip: 50 },
    contestants: same('whole', ['xhr', 'checked']),
    yardstick: 'raw',
    repetitions: 2,
  },
  {
    id: 'parts-10k',
    title: '10,000 parts of 100 KiB, loopback, once',
    repetitions: 1,
    full: { size: 10_000 * 100 * KiB },
    quick: { size: 60 * 100 * KiB },
    contestants: same(100 * KiB, ['xhr', 'checked']),
    yardstick: 'raw',
  },
  {
    id: 'parallel-slow',
    title: '32 MiB, parts of 1 MiB, through 5 MB/s, round trip of 50 ms, by requests in flight',
    full: { size: 32 * MiB },
    quick: { size: 4 * MiB },
    link: { bytesPerSecond: 5e6, roundTrip: 50 },
    contestants: byParallel,
    yardstick: 'best-fixed',
    byHand: true,
  },
  {
    id: 'parallel-lossy',
    title: '32 MiB, parts of 1 MiB, through 25 MB/s, round trip of 50 ms, one read of 50 lost, by requests in flight',
    full: { size: 32 * MiB },
    quick: { size: 4 * MiB },
    link: { bytesPerSecond: LINE, roundTrip: 50, loss: 0.02 },
    contestants: byParallel,
    yardstick: 'best-fixed',
    byHand: true,
  },
  {
    id: 'huge',
    title: '20 GB, parts of 16 MiB, loopback, once',
    full: { size: 20e9 },
    quick: { size: 32e6 },
    contestants: same(16 * MiB, ['xhr', 'checked']),
    yardstick: 'raw',
    repetitions: 1,
    byHand: true,
  },
  overKernelLine('kernel-queue-1', '20 Mbit/s with a queue of 400 ms', HOME, 'HTTP/1.1'),
  overKernelLine('kernel-queue-2', '20 Mbit/s with a queue of 400 ms', HOME, 'HTTP/2'),
  overKernelLine('kernel-loss-1', '200 Mbit/s, one packet of 100 lost', LOSSY, 'HTTP/1.1'),
  overKernelLine('kernel-loss-2', '200 Mbit/s, one packet of 100 lost', LOSSY, 'HTTP/2'),
];
