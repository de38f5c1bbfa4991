/** The results as a chart: how fast each rival is beside the best raw one. */
import { type Results, spread } from './measurement.js';
import { of, ratio } from './ratios.js';
import { RAW, RIVALS } from './rivals.js';
import { WORKLOADS } from './workloads.js';

const SHOWN = ['loopback', 'link-100', 'small-files'];
const WIDTH = 840;
const LABELS = 250;
const BAR = 18;
const ROW = 26;
const HEAD = 44;
/** Where a ratio of 1 ends; the numbers stand right of the bars. */
const FULL = 400;
const COLOURS = { own: '#1f6feb', raw: '#8c959f', other: '#c4a35a', ink: '#1f2328', paper: '#ffffff', grid: '#d0d7de' };

const text = (x: number, y: number, content: string, more = ''): string =>
  `<text x="${x}" y="${y}" ${more}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;

function colour(rival: string): string {
  if (RAW.includes(rival)) return COLOURS.raw;
  return ['checked', 'unchecked', 'md5'].includes(rival) ? COLOURS.own : COLOURS.other;
}

/** One workload, from `top` on. */
function panel(results: Results, workload: string, title: string, top: number): { svg: string; height: number } {
  const rows = RIVALS.flatMap(({ id, title }) => {
    const values = ratio(results, workload, id, RAW);
    const speed = spread(of(results, workload, id).map(({ mebibytesPerSecond }) => mebibytesPerSecond));
    return values && speed ? [{ id, title, values, speed: speed.median }] : [];
  }).sort((a, b) => b.values.median - a.values.median);
  if (rows.length === 0) return { svg: '', height: 0 };
  const end = (ratio: number): number => LABELS + Math.min(ratio, 1.15) * FULL;
  const bars = rows.map(({ id, title, values, speed }, index) => {
    const y = top + HEAD + index * ROW;
    const middle = y + BAR / 2;
    return [
      text(LABELS - 8, middle + 4, title, 'text-anchor="end"'),
      `<rect x="${LABELS}" y="${y}" width="${(end(values.median) - LABELS).toFixed(1)}" height="${BAR}" rx="2" fill="${colour(id)}"/>`,
      `<path d="M${end(values.min).toFixed(1)} ${middle}H${end(values.max).toFixed(1)}" stroke="${COLOURS.ink}" stroke-width="1.5"/>`,
      text(end(Math.max(values.max, values.median)) + 8, middle + 4, `${values.median.toFixed(2)} · ${Math.round(speed)} MiB/s`),
    ].join('');
  });
  const height = HEAD + rows.length * ROW;
  const limit = `<path d="M${end(1)} ${top + HEAD - 6}V${top + height}" stroke="${COLOURS.grid}" stroke-dasharray="4 3"/>`;
  return { svg: [text(16, top + 26, title, 'font-weight="600" font-size="15"'), limit, ...bars].join('\n'), height };
}

/** With its own background, so that it can be read on a dark page, too. */
export function chart(results: Results): string {
  let top = 0;
  const panels = SHOWN.map((id) => {
    const { title } = WORKLOADS.find((workload) => workload.id === id)!;
    const { svg, height } = panel(results, id, title, top);
    top += height;
    return svg;
  });
  const height = top + 40;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="13" fill="${COLOURS.ink}" role="img" aria-label="Speed of each rival beside the best raw one">`,
    `<rect width="${WIDTH}" height="${height}" fill="${COLOURS.paper}"/>`,
    ...panels,
    text(
      16,
      top + 24,
      'Ratio to the best of raw XHR × 6 and fetch × 6 in the same repetition: median, and a line from least to most.',
      'font-size="12"',
    ),
    '</svg>\n',
  ].join('\n');
}
