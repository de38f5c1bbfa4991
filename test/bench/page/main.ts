/** The page that is measured: an input for files, and one rival, loaded when it is asked for. */
import { measure } from './measure.js';
import type { PageMeasurement, Prepare, Setup } from './setup.js';

const rivals = import.meta.glob<{ prepare: Prepare }>('./rivals/*.ts');
const probes = import.meta.glob<{ probe: (...args: any[]) => Promise<unknown> }>('./probes/*.ts');

const input = document.querySelector<HTMLInputElement>('#files')!;
let work: (() => Promise<void>) | undefined;

const bench = {
  /** Loads a rival and lets it do what is not measured. */
  async prepare(rival: string, setup: Setup): Promise<void> {
    const { prepare } = await rivals[`./rivals/${rival}.ts`]!();
    work = await prepare(Array.from(input.files!), setup);
  },
  run(): Promise<PageMeasurement> {
    return measure(work!);
  },
  /** Loads and runs something that measures itself. */
  async probe(name: string, ...args: unknown[]): Promise<unknown> {
    const { probe } = await probes[`./probes/${name}.ts`]!();
    return probe(...args);
  },
};

Object.assign(window, { bench });
