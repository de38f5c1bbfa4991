/** What is found out about one upload, and how several of them are summed up. */

export interface Measurement {
  workload: string;
  /** Of its contestants: rival, and part size where that is what differs. */
  contestant: string;
  repetition: number;
  milliseconds: number;
  mebibytesPerSecond: number;
  /** Parts, or files where each is sent whole. */
  partsPerSecond: number;
  /** Seconds of processor time: the browser with all its processes, and the server. */
  browserCpu: number;
  serverCpu: number;
  /** Bytes: JavaScript heap, and resident set of the renderer, at most, over what they were before. */
  heapGrowth: number;
  memoryGrowth: number;
  /** Milliseconds of the main thread in tasks of 50 ms and more. */
  longTasks: { total: number; longest: number };
}

/** A figure that was measured by itself, not by an upload. */
export interface Figure {
  id: string;
  title: string;
  unit: 'ms' | 's' | 'MB' | 'MB/s' | '%';
  values: number[];
}

export interface Failure {
  workload: string;
  contestant: string;
  reason: string;
}

export interface Results {
  measurements: Measurement[];
  figures: Figure[];
  failures: Failure[];
  /** How many uploads and figures there were to be: the failed ones included. */
  checks: number;
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Of nothing it is `undefined`. */
export function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number };
}
