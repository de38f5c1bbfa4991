/** The arithmetic of the benchmark; its smoke run tests the measuring itself. */
import { describe, expect, it } from 'vitest';
import { chart } from '../bench/chart.js';
import { type Measurement, type Results, spread } from '../bench/measurement.js';
import { ratio, yardstick } from '../bench/ratios.js';
import { report } from '../bench/report.js';
import { TARGETS, verdict } from '../bench/targets.js';

function measurement(workload: string, contestant: string, repetition: number, milliseconds: number): Measurement {
  return {
    workload,
    contestant,
    repetition,
    milliseconds,
    mebibytesPerSecond: 1,
    partsPerSecond: 1,
    browserCpu: 1,
    serverCpu: 1,
    heapGrowth: 1e6,
    memoryGrowth: 1e6,
    longTasks: { total: 0, longest: 0 },
  };
}

/** @param times milliseconds of each contestant, by repetition */
function resultsOf(workload: string, times: Record<string, number[]>): Results {
  const measurements = Object.entries(times).flatMap(([contestant, all]) =>
    all.map((milliseconds, repetition) => measurement(workload, contestant, repetition, milliseconds)),
  );
  return { measurements, figures: [], failures: [], checks: measurements.length };
}

const target = (what: string) => TARGETS.find((target) => target.what.startsWith(what))!;

describe('spread', () => {
  it('is the median, the minimum and the maximum', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spread([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(spread([7])).toEqual({ median: 7, min: 7, max: 7 });
    expect(spread([])).toBeUndefined();
  });
});

describe('ratio', () => {
  it('compares with the best other contestant in the same repetition', () => {
    // The machine was half as fast the second time: the ratios don't show it.
    const results = resultsOf('loopback', { xhr: [100, 220], fetch: [110, 200], checked: [200, 400] });
    expect(ratio(results, 'loopback', 'checked', ['xhr', 'fetch'])).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
  });

  it('omits repetitions without a contestant to compare with', () => {
    const results = resultsOf('loopback', { xhr: [100], checked: [200, 1] });
    expect(ratio(results, 'loopback', 'checked', ['xhr'])).toEqual({ median: 0.5, min: 0.5, max: 0.5 });
    expect(ratio(results, 'loopback', 'checked', ['tus'])).toBeUndefined();
  });

  it('compares the automatic part size with the fixed one of the best median', () => {
    const results = resultsOf('auto-50', { auto: [100, 100, 100], '512 KiB': [50, 140, 150], '1024 KiB': [90, 90, 99] });
    const best = yardstick(results, { id: 'auto-50', yardstick: 'best-fixed' });
    expect(best).toEqual(['1024 KiB']);
    expect(ratio(results, 'auto-50', 'auto', best)?.median).toBeCloseTo(0.9);
    expect(target('automatic part size at 50 ms, new line').measured(results)).toBeCloseTo(0.9);
  });
});

describe('verdict', () => {
  it('knows whether higher or lower is better', () => {
    const speed = target('integrity off');
    expect([0.91, 0.92, 0.98].map((value) => verdict(speed, value))).toEqual(['missed', 'reached', 'aim reached']);
    const cost = target('main-thread long tasks');
    expect([51, 50, 0].map((value) => verdict(cost, value))).toEqual(['missed', 'reached', 'aim reached']);
  });
});

describe('report', () => {
  const results = resultsOf('loopback', { xhr: [100], checked: [125] });
  const circumstances = { chromium: 'Chrome/1', repetitions: 1, seconds: 1 };

  it('shows only the targets that were measured', () => {
    const markdown = report(results, circumstances);
    expect(markdown).toContain('| integrity on, 1 GiB loopback, vs best raw × 6 | 0.75 | 0.90 | 0.80 ✓ |');
    expect(markdown).not.toContain('fingerprint');
  });

  it('lists failures', () => {
    const failures = [{ workload: 'loopback', contestant: 'tus', reason: 'Network error\nat …' }];
    expect(report({ ...results, failures }, circumstances)).toContain('- loopback, tus: Network error\n');
  });

  it('draws a bar for each rival that was measured', () => {
    const svg = chart(results);
    expect(svg.match(/<rect x="250"/g)).toHaveLength(2);
    expect(svg).toContain('0.80 · 1 MiB/s');
  });
});
