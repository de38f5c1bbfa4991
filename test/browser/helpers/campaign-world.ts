/** One sequence of the random campaign: tabs, tasks and faults, and the rules that must hold throughout. */
import { crc64 } from '../../../src/hash/crc64.js';
import type { UploadTask, Uploader } from '../../../src/index.js';
import { sleep } from '../../helpers/waits.js';
import type { createTabPool, FrameTab } from './frame-tab.js';
import { noise } from '../../helpers/noise.js';
import type { Fault, LogEntry, OperationName } from '../../helpers/oss-control.js';
import { PART } from '../../helpers/sizes.js';
import { control, ossUrl } from './service.js';
import { fetchCredentials } from './uploads.js';

export type Action =
  /** `next` is called in the same turn. */
  | { act: 'upload'; tab: number; key: number; next: '' | 'pause' | 'pause, resume' | 'abort' }
  | { act: 'pause' | 'resume' | 'abort' | 'pause, resume' | 'resume, abort' | 'resume, pause'; tab: number }
  /** `call` is made by a listener when it sees the status `on`. */
  | { act: 'echo'; tab: number; on: 'paused' | 'failed' | 'waiting' | 'uploading' | 'completing'; call: 'resume' | 'pause' | 'abort' }
  | { act: 'dispose' | 'close'; tab: number }
  | { act: 'wait'; milliseconds: number }
  | { act: 'fault'; operation: OperationName; skip: number; fault: Fault }
  | { act: 'tokens expire' };

export interface Sequence {
  /** Bytes of the file. */
  size: number;
  parallel: number;
  actions: readonly Action[];
  /** What happens after all faults are removed. */
  end: 'finish' | 'abort';
}

/** Milliseconds that a control may take: one second is promised, but the machine may be busy. */
const CONTROL_LIMIT = 5_000;
/** Milliseconds that an upload without faults may take: one that hangs takes longer than the busiest machine. */
const UPLOAD_LIMIT = 100_000;

interface Tracked {
  task: UploadTask;
  key: string;
  tab: FrameTab;
  /** Every promise of `result` that the task has shown. */
  results: Map<Promise<unknown>, { isSettled: boolean }>;
  isDisposed: boolean;
}

interface Seat {
  tab: FrameTab;
  uploader: Uploader | undefined;
  file: File;
  tasks: Tracked[];
}

export interface World {
  play(sequence: Sequence): Promise<void>;
  /** Rules that were broken. */
  violations: string[];
  keys: readonly string[];
  /** Duration of the slowest pause, abort and dispose, in milliseconds. */
  slowest: Record<'pause' | 'abort' | 'dispose', number>;
}

export function createWorld(id: string, tabs: ReturnType<typeof createTabPool>): World {
  const keys = [`campaign/${id}/a.bin`, `campaign/${id}/b.bin`];
  const database = `campaign-${id}`;
  const seats: (Seat | undefined)[] = [];
  const violations: string[] = [];
  const slowest = { pause: 0, abort: 0, dispose: 0 };
  const calls: Promise<unknown>[] = [];
  let bytes: Uint8Array<ArrayBuffer> = new Uint8Array();
  let parallel = 2;
  /** An upload that no page knows of may remain on the server: a tab died, or the answer with the upload ID was lost. */
  let mayLeave = false;
  /** A tab was closed or an uploader disposed of, perhaps before it had processed an answer. */
  let isCutShort = false;

  async function seatOf(index: number): Promise<Seat> {
    const seat = seats[index];
    if (seat) return seat;
    const tab = await tabs.take();
    seats[index] = { tab, uploader: undefined, file: tab.makeFile(bytes, 'file.bin'), tasks: [] };
    return seats[index];
  }

  function uploaderOf(seat: Seat): Uploader {
    seat.uploader ??= seat.tab.library.createUploader({
      region: 'cn-hangzhou',
      bucket: 'demo-bucket',
      endpoint: ossUrl,
      credentials: fetchCredentials,
      partSize: PART,
      parallel,
      retry: { baseDelay: 10, maxDelay: 100 },
      stallTimeout: 3_000,
      wakeLock: false,
      checkpoint: { name: database },
    });
    return seat.uploader;
  }

  /** Records the current promise of a task's result. */
  function noteResult(tracked: Tracked): void {
    const { result } = tracked.task;
    if (tracked.results.has(result)) return;
    const note = { isSettled: false };
    tracked.results.set(result, note);
    const settled = (): void => {
      note.isSettled = true;
    };
    result.then((value) => {
      settled();
      if (value.key !== tracked.key) violations.push(`asked for ${tracked.key}, done as ${value.key}`);
    }, settled);
  }

  function latest(seat: Seat | undefined): Tracked | undefined {
    return seat?.tasks.at(-1);
  }

  function begin(seat: Seat, key: string): Tracked {
    const task = uploaderOf(seat).upload(seat.file, { key });
    const tracked: Tracked = { task, key, tab: seat.tab, results: new Map(), isDisposed: false };
    seat.tasks.push(tracked);
    noteResult(tracked);
    return tracked;
  }

  function call(what: 'pause' | 'abort' | 'dispose', tab: FrameTab, perform: () => Promise<unknown>): Promise<void> {
    const start = performance.now();
    let isOver = false;
    const end = perform().then(
      () => {
        isOver = true;
        slowest[what] = Math.max(slowest[what], performance.now() - start);
      },
      (error) => {
        isOver = true;
        violations.push(`${what}() rejected: ${String(error)}`);
      },
    );
    const timely = Promise.race([end, sleep(CONTROL_LIMIT)]).then(() => {
      if (!isOver && !tab.isDead()) violations.push(`${what}() did not settle within ${CONTROL_LIMIT} ms`);
    });
    calls.push(timely);
    return timely;
  }

  const pause = ({ task, tab }: Tracked): Promise<void> => call('pause', tab, () => task.pause());
  const abort = ({ task, tab }: Tracked): Promise<void> => call('abort', tab, () => task.abort());
  function resume(tracked: Tracked): void {
    tracked.task.resume();
    noteResult(tracked);
  }

  function disposeOf(seat: Seat): Promise<void> {
    const { uploader, tasks, tab } = seat;
    if (!uploader) return Promise.resolve();
    seat.uploader = undefined;
    for (const tracked of tasks) tracked.isDisposed = true;
    return call('dispose', tab, () => uploader.dispose());
  }

  /** Makes the calls one after the other in one turn. */
  function steer(tracked: Tracked, steps: string): void {
    for (const step of steps.split(', ')) {
      if (step === 'pause') void pause(tracked);
      else if (step === 'resume') resume(tracked);
      else if (step === 'abort') void abort(tracked);
    }
  }

  function echo(tracked: Tracked, on: string, call: string): void {
    const off = tracked.task.subscribe(() => {
      if (tracked.task.getSnapshot().status !== on) return;
      off();
      steer(tracked, call);
    });
  }

  async function perform(action: Action): Promise<void> {
    switch (action.act) {
      case 'upload': {
        const seat = await seatOf(action.tab);
        return steer(begin(seat, keys[action.key]!), action.next);
      }
      case 'wait':
        return sleep(action.milliseconds);
      case 'fault': {
        const { operation, fault, skip } = action;
        // The answer with the upload ID is lost.
        const losesUploads = operation === 'InitiateMultipartUpload' && ['drop-response', 'response-headers', 'raw'].includes(fault.kind);
        // An upload that may not be listed is left alone.
        const isForbidden = operation === 'ListParts' && fault.kind === 'status' && fault.status === 403;
        // The upload still exists although the answer denies it.
        const isLie = fault.kind === 'status' && fault.code === 'NoSuchUpload';
        if (losesUploads || isForbidden || isLie || operation === 'AbortMultipartUpload') mayLeave = true;
        for (const key of keys) await control.addFault({ key, operation, skip, fault });
        return;
      }
      case 'tokens expire':
        return control.expireTokens();
      case 'close': {
        const seat = seats[action.tab];
        if (!seat) return;
        seats[action.tab] = undefined;
        if (seat.tasks.length > 0) mayLeave = isCutShort = true;
        seat.tab.kill();
        return;
      }
      case 'dispose': {
        const seat = seats[action.tab];
        if (!seat?.uploader) return;
        mayLeave = isCutShort = true;
        await disposeOf(seat);
        return;
      }
      default: {
        const tracked = latest(seats[action.tab]);
        if (!tracked || tracked.isDisposed) return;
        if (action.act === 'echo') return echo(tracked, action.on, action.call);
        return steer(tracked, action.act);
      }
    }
  }

  const alive = (): Tracked[] => seats.flatMap((seat) => seat?.tasks ?? []).filter(({ isDisposed }) => !isDisposed);

  async function endFaults(): Promise<void> {
    for (const { id, key } of await control.faults()) if (keys.includes(key ?? '')) await control.removeFault(id);
  }

  /** Resumes every paused or failed task until all have settled. */
  async function finish(): Promise<void> {
    begin(await seatOf(0), keys[0]!);
    const latestEnd = Date.now() + UPLOAD_LIMIT;
    for (;;) {
      const open = alive().filter(({ task }) => !['done', 'aborted'].includes(task.getSnapshot().status));
      if (open.length === 0) break;
      if (Date.now() > latestEnd) {
        violations.push(`not settled after ${UPLOAD_LIMIT} ms: ${open.map(({ task }) => wordsFor(task)).join('; ')}`);
        return;
      }
      for (const tracked of open) {
        const state = tracked.task.getSnapshot();
        if (state.status === 'failed' && !state.error.resumable) {
          violations.push(`failed for good: ${wordsFor(tracked.task)}`);
          return;
        }
        if (state.status === 'paused' || state.status === 'failed') resume(tracked);
      }
      await sleep(20);
    }
    if (seats[0]?.tasks.at(-1)?.task.getSnapshot().status !== 'done') violations.push('the last upload, without a fault, is not done');
  }

  async function abortAll(): Promise<void> {
    await Promise.all(alive().map(abort));
    for (const { task } of alive()) {
      const { status } = task.getSnapshot();
      if (!['aborted', 'done'].includes(status)) violations.push(`${status} after abort()`);
    }
  }

  const wordsFor = (task: UploadTask): string => {
    const state = task.getSnapshot();
    const more = state.status === 'waiting' ? state.reason : state.status === 'failed' ? state.error.message : '';
    return `${state.status} ${more} ${state.progress.parts.done}/${state.progress.parts.total}`;
  };

  /** Pairs of requests about the same upload and part that overlap in time: two runs of one upload. */
  function overlaps(log: readonly LogEntry[], operation: OperationName): [LogEntry, LogEntry][] {
    const spans = log
      .filter((entry) => entry.operation === operation && entry.finished && !entry.aborted)
      .map((entry) => ({ entry, start: Date.parse(entry.time), end: Date.parse(entry.time) + entry.durationMs }));
    return spans.flatMap((one, index) =>
      spans
        .slice(index + 1)
        .filter(
          (other) =>
            one.entry.uploadId === other.entry.uploadId &&
            one.entry.partNumber === other.entry.partNumber &&
            one.end - other.start > 5 &&
            other.end - one.start > 5,
        )
        .map((other): [LogEntry, LogEntry] => [one.entry, other.entry]),
    );
  }

  async function check(end: Sequence['end']): Promise<void> {
    for (const tracked of alive()) {
      const { status } = tracked.task.getSnapshot();
      noteResult(tracked);
      await Promise.resolve();
      const open = [...tracked.results.values()].filter(({ isSettled }) => !isSettled).length;
      if (['done', 'aborted', 'failed'].includes(status) && open > 0)
        violations.push(`${open} promises of result are open although ${status}`);
    }
    const log = (await Promise.all(keys.map((key) => control.log(key)))).flat();
    for (const operation of ['CompleteMultipartUpload', 'UploadPart'] as const) {
      for (const [one, other] of overlaps(log, operation)) {
        violations.push(`${operation} ${one.partNumber ?? ''} of ${one.uploadId} twice at a time: requests ${one.n} and ${other.n}`);
      }
    }
    const completed = log.filter(
      ({ operation, status, fault }) => operation === 'CompleteMultipartUpload' && status === 200 && fault !== 'raw',
    );
    for (const { uploadId, n, fault, aborted } of completed) {
      const later = log.filter((other) => other.uploadId === uploadId && other.n > n);
      if (later.some((other) => completed.includes(other))) violations.push(`two Completes of ${uploadId} succeeded`);
      // The answer was received: a further request about that upload comes from another run.
      const isHeard = fault === undefined && !aborted && !isCutShort;
      const more = later.filter(({ operation }) => operation === 'CompleteMultipartUpload' || operation === 'UploadPart');
      if (isHeard && more.length > 0) violations.push(`after Complete of ${uploadId}: ${more.map(({ operation }) => operation)}`);
    }

    const stored = new Map((await control.objects()).map((object) => [object.key, object]));
    for (const { task, key } of alive()) {
      if (task.getSnapshot().status !== 'done') continue;
      const object = stored.get(key);
      if (object?.crc64 !== crc64(bytes) || object.size !== bytes.length) violations.push(`done, and ${key} is ${JSON.stringify(object)}`);
    }
    const foreign = [...stored.keys(), ...(await control.uploads()).map(({ key }) => key)].filter(
      (key) => key.startsWith(`campaign/${id}/`) && !keys.includes(key),
    );
    if (foreign.length > 0) violations.push(`keys that no task used: ${foreign}`);
    if (!mayLeave) await expectNothingLeft(end);
    violations.push(...seats.flatMap((seat) => seat?.tab.unhandled.splice(0) ?? []));
  }

  async function expectNothingLeft(end: Sequence['end']): Promise<void> {
    const left = async (): Promise<string[]> =>
      (await control.uploads())
        .filter(({ key }) => keys.includes(key))
        .map(({ key, uploadId, parts }) => `${key} ${uploadId} ${parts} parts`);
    for (let attempt = 0; attempt < 60 && (await left()).length > 0; attempt += 1) await sleep(50);
    const rest = await left();
    if (rest.length > 0) violations.push(`left on the server after ${end}: ${rest.join(', ')}`);
    const seat = seats.find((one) => one?.uploader);
    const unfinished = seat?.uploader ? await seat.uploader.unfinished() : [];
    if (unfinished.length > 0) violations.push(`unfinished after ${end}: ${unfinished.map(({ key }) => key)}`);
  }

  return {
    violations,
    keys,
    slowest,
    async play(sequence) {
      bytes = noise(sequence.size, 7);
      parallel = sequence.parallel;
      try {
        for (const action of sequence.actions) await perform(action);
        await endFaults();
        if (sequence.end === 'finish') await finish();
        else await abortAll();
        await Promise.all(calls);
        await check(sequence.end);
      } catch (error) {
        violations.push(`threw: ${error instanceof Error ? error.stack : String(error)}`);
      }
      await endFaults();
      for (const seat of seats) {
        if (!seat) continue;
        await disposeOf(seat);
        if (violations.length === 0) tabs.give(seat.tab);
        else seat.tab.kill();
      }
      indexedDB.deleteDatabase(database);
    },
  };
}
