/** One emulator for all tests of a file, emptied after each, and a client of it. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/index.js';
import { startTestOss, type TestOss } from '../helpers/embedded-oss.js';
import { createWire, type Wire } from './wire.js';

/** Both are set while tests run. */
export let oss: TestOss;
export let wire: Wire;

/** Gives the client new credentials. */
export function renewWire(): void {
  wire.close();
  wire = createWire(oss);
}

/** Starts it before the first test of the file, and stops it after the last. */
export function serveTests(options: EmulatorOptions = {}): void {
  beforeAll(async () => {
    oss = await startTestOss(options);
    wire = createWire(oss);
  });
  afterEach(() => oss.control.reset({ data: true }));
  afterAll(async () => {
    wire.close();
    await oss.cleanup();
  });
}
