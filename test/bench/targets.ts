/** What the library must reach on a machine of two cores, and what it is to aim for. */
import { type Measurement, type Results, spread } from './measurement.js';
import { of, ratio, yardstick } from './ratios.js';
import { RAW } from './rivals.js';

export interface Target {
  what: string;
  unit: '' | ' ×' | ' ms' | ' s' | ' MB' | ' MB/s' | ' %';
  /** Whether more of it is better. */
  more: boolean;
  atLeast: number;
  aimFor: number;
  /** `undefined` when it was not part of the run. */
  measured(results: Results): number | undefined;
}

const against =
  (workload: string, contestant: string, others: readonly string[]) =>
  (results: Results): number | undefined =>
    ratio(results, workload, contestant, others)?.median;

/** Processor time of the browser beyond that of raw requests, in percent. */
const cpuBeyond =
  (workload: string) =>
  (results: Results): number | undefined => {
    const seconds = (contestant: string): number | undefined =>
      spread(of(results, workload, contestant).map(({ browserCpu }) => browserCpu))?.median;
    const [own, raw] = [seconds('checked'), seconds('xhr')];
    return own === undefined || raw === undefined ? undefined : 100 * (own / raw - 1);
  };

const figure =
  (id: string) =>
  ({ figures }: Results): number | undefined =>
    spread(figures.find((figure) => figure.id === id)?.values ?? [])?.median;

/** The worst of these workloads. */
const worst =
  (workloads: string[], pick: (measurement: Measurement) => number) =>
  (results: Results): number | undefined => {
    const medians = workloads.map((workload) => spread(of(results, workload, 'checked').map(pick))?.median);
    return medians.every((median) => median !== undefined) ? Math.max(...medians) : undefined;
  };

const automatic =
  (workload: string, contestant: 'auto' | 'auto, line known') =>
  (results: Results): number | undefined =>
    ratio(results, workload, contestant, yardstick(results, { id: workload, yardstick: 'best-fixed' }))?.median;

const speed = (what: string, atLeast: number, aimFor: number, measured: Target['measured'], unit: Target['unit'] = ''): Target => ({
  what,
  unit,
  more: true,
  atLeast,
  aimFor,
  measured,
});

const cost = (what: string, unit: Target['unit'], atMost: number, aimFor: number, measured: Target['measured']): Target => ({
  what,
  unit,
  more: false,
  atLeast: atMost,
  aimFor,
  measured,
});

export const TARGETS: readonly Target[] = [
  speed('2,000 files of 50 KB at 50 ms, vs raw PUT × 6', 1.6, 2, against('small-50', 'checked', RAW)),
  speed(
    '2,000 files of 50 KB, loopback, vs the better of ali-oss and Uppy',
    1.15,
    1.6,
    against('small-files', 'checked', ['ali-oss', 'uppy']),
  ),
  speed('10,000 parts of 100 KiB, loopback, vs raw', 0.75, 0.9, against('parts-10k', 'checked', RAW)),
  cost('processor time per part beyond raw, 10,000 parts', ' %', 40, 20, cpuBeyond('parts-10k')),
  speed('integrity off, 1 GiB loopback, vs best raw × 6', 0.92, 0.98, against('loopback', 'unchecked', RAW)),
  speed('integrity on, 1 GiB loopback, vs best raw × 6', 0.75, 0.9, against('loopback', 'checked', RAW)),
  speed('integrity on, 100 MB/s link, vs best raw × 6', 0.97, 1, against('link-100', 'checked', RAW)),
  speed('vs ali-oss (it checks nothing), integrity on', 1.6, 2, against('loopback', 'checked', ['ali-oss']), ' ×'),
  speed('vs Uppy aws-s3, integrity on', 1.2, 1.5, against('loopback', 'checked', ['uppy']), ' ×'),
  speed('parts/s at 50 ms vs raw × 6', 0.97, 1, against('trip-50', 'checked', RAW)),
  speed('signed by a server 50 ms away vs in the page, 1 GiB', 0.97, 1, against('link-100', 'signed', ['checked'])),
  speed('signed by a server 50 ms away vs in the page, 300 parts', 0.97, 1, against('trip-50', 'signed', ['checked'])),
  speed('automatic part size at 50 ms, new line, vs the best fixed size', 0.92, 0.96, automatic('auto-50', 'auto')),
  speed('automatic part size at 50 ms, known line, vs the best fixed size', 0.92, 0.96, automatic('auto-50', 'auto, line known')),
  speed('automatic part size at 200 ms, new line, vs the best fixed size', 0.92, 0.96, automatic('auto-200', 'auto')),
  speed('automatic part size at 200 ms, known line, vs the best fixed size', 0.92, 0.96, automatic('auto-200', 'auto, line known')),
  cost('lost at most by a kill, 1 Mbit/s', ' s', 15, 10, figure('interruption.slow')),
  cost('lost at most by a kill, 5 Mbit/s', ' s', 15, 10, figure('interruption.usual')),
  cost('lost at most by a kill, 50 Mbit/s', ' s', 15, 10, figure('interruption.fast')),
  speed('60 MB at 5 Mbit/s, killed at 37 %: kept', 25, 33, figure('interruption.kept'), ' %'),
  cost('call → first part, beyond a request signed ahead, at 50 ms', ' ms', 110, 80, figure('start.beyond')),
  cost(
    'main-thread long tasks per GiB',
    ' ms',
    50,
    0,
    worst(['loopback'], ({ longTasks }) => longTasks.total),
  ),
  cost(
    'JS heap growth, 1 GiB, garbage included',
    ' MB',
    8,
    3,
    worst(['loopback'], ({ heapGrowth }) => heapGrowth / 1e6),
  ),
  cost('JS heap growth, 10,000 parts, what is held', ' MB', 8, 3, figure('resume.held')),
  cost(
    'renderer memory growth, integrity on',
    ' MB',
    200,
    60,
    worst(['loopback'], ({ memoryGrowth }) => memoryGrowth / 1e6),
  ),
  cost('checkpoint per part, at part 10,000: wall', ' ms', 2, 0.8, figure('checkpoint.wall')),
  cost('checkpoint per part, at part 10,000: main thread', ' ms', 0.3, 0.1, figure('checkpoint.main')),
  cost('resume of 10,000 parts until the first new byte', ' ms', 1000, 300, figure('resume.firstByte')),
  cost('fingerprint of a 20 GB file', ' ms', 150, 50, figure('fingerprint.first')),
  speed('CRC-64 in the worker', 500, 1000, figure('crc64.alone'), ' MB/s'),
];

export type Verdict = 'aim reached' | 'reached' | 'missed';

export function verdict({ more, atLeast, aimFor }: Target, value: number): Verdict {
  const reaches = (goal: number): boolean => (more ? value >= goal : value <= goal);
  if (reaches(aimFor)) return 'aim reached';
  return reaches(atLeast) ? 'reached' : 'missed';
}
