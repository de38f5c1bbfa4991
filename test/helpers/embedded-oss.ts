/** An emulator in a temporary folder of its own, which may be stopped and started again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.js';

export interface TestOss extends Emulator {
  dataDir: string;
  /** Stops it and starts another one with the same folder and port. */
  restart(): Promise<TestOss>;
  /** Stops it and removes its folder. */
  cleanup(): Promise<void>;
}

export async function startTestOss(options: EmulatorOptions = {}): Promise<TestOss> {
  const dataDir = options.data ?? (await mkdtemp(join(tmpdir(), 'embedded-oss-')));
  // No write waits for the disk: the folder ends with the test.
  const oss = await startEmulator({ fsync: false, buckets: ['demo-bucket'], ...options, data: dataDir });
  return {
    ...oss,
    dataDir,
    restart: async () => {
      await oss.close();
      return startTestOss({ ...options, data: dataDir, port: oss.port });
    },
    cleanup: async () => {
      await oss.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
