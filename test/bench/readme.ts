/** The benchmark's part of the pages: between two marks, replaced by each whole run. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Results, spread } from './measurement.js';
import { of, ratio } from './ratios.js';
import { about, type Circumstances, number, table, targetTable } from './report.js';
import { RAW, RIVALS } from './rivals.js';

const MARKS = ['<!-- benchmark: written by `npm run bench` -->', '<!-- end of the benchmark -->'] as const;

/** The pages for users, which compare; what was to be reached stands in the benchmark's own. */
const COMPARISONS = [
  {
    file: 'README.md',
    head: ['', 'size', '1 GiB, loopback', '100 MB/s', '50 ms round trip', '2,000 files', 'JS heap', 'renderer', 'long tasks'],
    chart: 'Speed of each uploader beside the best raw requests',
  },
  {
    file: 'README.zh-CN.md',
    head: ['', '体积', '1 GiB 回环', '100 MB/s', '往返 50 ms', '2,000 个文件', 'JS 堆', '渲染进程', '长任务'],
    chart: '各上传库相对最快原生请求的速度',
  },
] as const;

/** In the columns of {@link COMPARISONS}. Who takes part in none of them has no row. */
const COMPARED = ['loopback', 'link-100', 'trip-50', 'small-files'];

/** How large each is, how fast beside the best raw one, and what 1 GiB of it costs. */
function rivalTable(results: Results, head: readonly string[]): string {
  const rivals = RIVALS.filter(({ id }) => COMPARED.some((workload) => of(results, workload, id).length > 0));
  const rows = rivals.map(({ id, title, size = '–' }) => {
    const speed = (workload: string): string => {
      const ratios = ratio(results, workload, id, RAW);
      return ratios ? number(ratios.median) : '–';
    };
    const costs = of(results, 'loopback', id);
    const median = (values: number[], unit: string): string => {
      const middle = spread(values)?.median;
      return middle === undefined ? '–' : `${number(middle)} ${unit}`;
    };
    return [
      title,
      size,
      ...COMPARED.map(speed),
      median(
        costs.map(({ heapGrowth }) => heapGrowth / 1e6),
        'MB',
      ),
      median(
        costs.map(({ memoryGrowth }) => memoryGrowth / 1e6),
        'MB',
      ),
      median(
        costs.map(({ longTasks }) => longTasks.total),
        'ms',
      ),
    ];
  });
  return table([...head], rows);
}

/** Puts `content` between the marks of a page. */
function update(file: string, content: string[]): void {
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const text = readFileSync(path, 'utf8');
  const [begin, end] = MARKS.map((mark) => text.indexOf(mark)) as [number, number];
  if (begin < 0 || end < begin) throw new Error(`${file} has no place for the benchmark.`);
  writeFileSync(path, `${text.slice(0, begin)}${[MARKS[0], ...content].join('\n\n')}\n\n${text.slice(end)}`);
}

export function updatePages(results: Results, circumstances: Circumstances): void {
  for (const { file, head, chart } of COMPARISONS) {
    update(file, [`![${chart}](./test/bench/results/chart.svg)`, rivalTable(results, head)]);
  }
  update('test/bench/README.md', [targetTable(results), about(circumstances)]);
}
