/** The results as Markdown. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { type Figure, type Measurement, type Results, type Spread, spread } from './measurement.js';
import { of, ratio, yardstick } from './ratios.js';
import { RIVALS, versionOf } from './rivals.js';
import { TARGETS, verdict } from './targets.js';
import { contestantName } from './uploads.js';
import { WORKLOADS, type Workload } from './workloads.js';

/** What the figures hold for. */
export interface Circumstances {
  chromium: string;
  repetitions: number;
  /** Seconds that the whole run took. */
  seconds: number;
}

const SIGNS = { 'aim reached': '✓✓', reached: '✓', missed: '✗' };

/** As many digits as are worth reading. */
export function number(value: number): string {
  if (Number.isNaN(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

const withSpread = (values: Spread | undefined): string =>
  values === undefined ? '–' : `${number(values.median)} (${number(values.min)}–${number(values.max)})`;

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export function about({ chromium, repetitions, seconds }: Circumstances): string {
  const processors = cpus();
  const distribution = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(distribution)?.[1] ?? type();
  const versions = RIVALS.flatMap(({ packages }) => packages).map((name) => `${name} ${versionOf(name)}`);
  return [
    `- ${new Date().toISOString().slice(0, 10)}, \`npm run bench\`, ${Math.round(seconds)} s`,
    `- ${processors.length} × ${processors[0]?.model.trim()}, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${system}, ${type()} ${release()}`,
    `- ${chromium}, Node ${process.versions.node}`,
    `- ${versions.join(', ')}`,
    `- ${repetitions} interleaved repetitions: medians, and from least to most in brackets; a ratio is to the yardstick in the same repetition`,
  ].join('\n');
}

/** What was to be reached, and what was. */
export function targetTable(results: Results): string {
  const rows = TARGETS.flatMap((target) => {
    const value = target.measured(results);
    if (value === undefined) return [];
    const show = (value: number): string => `${target.more || value === 0 ? '' : '≤ '}${number(value)}${target.unit}`;
    return [[target.what, show(target.atLeast), show(target.aimFor), `${number(value)}${target.unit} ${SIGNS[verdict(target, value)]}`]];
  });
  return table(['', 'at least', 'aim for', 'measured'], rows);
}

function workloadTable(results: Results, workload: Workload): string {
  const compared = yardstick(results, workload);
  const titles = new Map(RIVALS.map(({ id, title }) => [id, title]));
  const rows = workload.contestants.flatMap((contestant) => {
    const name = contestantName(workload, contestant);
    const measured = of(results, workload.id, name);
    if (measured.length === 0) return [];
    const median = (pick: (measurement: Measurement) => number): string => number(spread(measured.map(pick))?.median ?? Number.NaN);
    return [
      [
        titles.get(name) ?? name,
        withSpread(spread(measured.map(({ mebibytesPerSecond }) => mebibytesPerSecond))),
        withSpread(ratio(results, workload.id, name, compared)),
        median(({ partsPerSecond }) => partsPerSecond),
        `${median(({ browserCpu }) => browserCpu)} + ${median(({ serverCpu }) => serverCpu)}`,
        median(({ heapGrowth }) => heapGrowth / 1e6),
        median(({ memoryGrowth }) => memoryGrowth / 1e6),
        `${median(({ longTasks }) => longTasks.total)} (${median(({ longTasks }) => longTasks.longest)})`,
      ],
    ];
  });
  if (rows.length === 0) return '';
  const unit = workload.contestants.some(({ partSize }) => partSize === 'whole') ? 'files/s' : 'parts/s';
  const to = workload.yardstick === 'raw' ? 'ratio to the best raw' : `ratio to ${compared[0]}`;
  const head = ['', 'MiB/s', to, unit, 'CPU s, browser + server', 'JS heap MB', 'renderer MB', 'long tasks ms (longest)'];
  return `### ${workload.title}\n\n${table(head, rows)}`;
}

function figureTable(figures: Figure[]): string {
  if (figures.length === 0) return '';
  const rows = figures.map(({ title, unit, values }) => [title, `${withSpread(spread(values))} ${unit}`]);
  return `### By itself\n\n${table(['', 'measured'], rows)}`;
}

export function report(results: Results, circumstances: Circumstances): string {
  const failures = results.failures.map(({ workload, contestant, reason }) => `- ${workload}, ${contestant}: ${reason.split('\n')[0]}`);
  return [
    '# Benchmark',
    about(circumstances),
    '## Targets',
    `${targetTable(results)}\n\n✓✓ what was aimed for, ✓ what it must reach, ✗ missed. Bytes are counted by \`npm run size\`.`,
    '## Measurements',
    ...WORKLOADS.map((workload) => workloadTable(results, workload)),
    figureTable(results.figures),
    ...(failures.length > 0 ? [`## Failed\n\n${failures.join('\n')}`] : []),
  ]
    .filter((section) => section !== '')
    .join('\n\n')
    .concat('\n');
}
