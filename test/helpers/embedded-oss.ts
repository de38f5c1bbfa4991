/** An embedded OSS in its own temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedOss, type EmbeddedOss, type EmbeddedOssOptions } from '../../src/emulator/embedded-oss.js';

export interface TestOss extends EmbeddedOss {
  dataDir: string;
  /** Stops it and starts another one with the same folder and port. */
  restart(): Promise<TestOss>;
  /** Stops it and removes its folder. */
  cleanup(): Promise<void>;
}

export async function startTestOss(options: Partial<EmbeddedOssOptions> = {}): Promise<TestOss> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'embedded-oss-')));
  // No write waits for the disk: the folder ends with the test.
  const oss = await startEmbeddedOss({ isLasting: false, ...options, dataDir });
  return {
    ...oss,
    dataDir,
    restart: async () => {
      await oss.close();
      return startTestOss({ ...options, dataDir, port: oss.port });
    },
    cleanup: async () => {
      await oss.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
