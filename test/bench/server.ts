/** The servers' process: the embedded OSS without the bytes, and the stand-ins for protocols that are not OSS's. */
import { mkdtempSync, existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedOss } from '../../src/emulator/embedded-oss.js';
import { KnownFile, knownFileBodies } from '../../src/emulator/known-file.js';
import { selfSigned } from '../../src/emulator/self-signed.js';
import { answerParent, startOptions } from './processes.js';
import { startS3Sink } from './sinks/s3.js';
import { type Arrivals, joined } from './sinks/sink.js';
import { startSigner } from './sinks/signer.js';
import { startTusSink } from './sinks/tus.js';

/** A whole object, as it came in. */
export interface Arrived {
  size: number;
  crc64: string;
  parts: number;
}

export interface TestFile {
  path: string;
  size: number;
  crc64: string;
}

export interface ServerOptions {
  /** The name under which OSS is addressed. @default 'localhost' */
  hostname: string;
  /** With TLS: HTTP/2, or HTTP/1.1 where the browser speaks no other. @default false */
  tls: boolean;
}

const BUCKET = 'bench-bucket';
const account = { accessKeyId: 'LTAI5tBenchmarkAccount', accessKeySecret: 'a secret of this process only' };
/** Seconds: no token expires in the middle. */
const TOKEN_LIFE = 43_200;

// What is kept of a body is tiny, but there is a file for each: in memory, where there is such a place.
const dataDir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'oss-resumable-bench-'));
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));

const known = new KnownFile();
const arrivals: Arrivals = new Map();
const { hostname = 'localhost', tls = false } = startOptions<ServerOptions>();
const oss = await startEmbeddedOss({
  hostname,
  tls: tls ? selfSigned([hostname, `*.${hostname}`]) : undefined,
  dataDir,
  buckets: [BUCKET],
  accounts: [account],
  tokenSeconds: TOKEN_LIFE,
  bodies: knownFileBodies(known),
});
const [s3Port, tusPort, signerPort] = await Promise.all([
  startS3Sink(known, arrivals),
  startTusSink(known, arrivals),
  startSigner({ region: oss.region, bucket: BUCKET, endpoint: `http://127.0.0.1:${oss.port}`, pathStyle: true, credentials: account }),
]);

const handlers = {
  info: () => ({
    ossPort: oss.port,
    s3Port,
    tusPort,
    signerPort,
    region: oss.region,
    bucket: BUCKET,
    account,
    sts: oss.control.assumeRole().Credentials,
  }),
  /** Writes stretches of the known file to the disk, each beginning somewhere else. */
  async makeFiles(folder: string, count: number, size: number): Promise<TestFile[]> {
    const files: TestFile[] = [];
    for (let index = 0; index < count; index += 1) {
      const path = join(folder, `${index}.bin`);
      await known.write(path, size, index);
      files.push({ path, size, crc64: known.digest(index, size).crc64 });
    }
    return files;
  },
  /** Computes ahead what is asked for each part of a file, so that the first rival doesn't wait for it. */
  learn(size: number, partSize: number): void {
    known.learn(size, partSize);
  },
  /** The objects that are there, whole. */
  arrived: (keys: string[]): (Arrived | undefined)[] => {
    const objects = new Map(oss.control.objects().map((object) => [object.key, object]));
    return keys.map((key) => {
      const object = objects.get(key);
      // The ETag of a multipart object ends in the number of its parts.
      if (object) return { size: object.size, crc64: object.crc64, parts: Number(/-(\d+)$/.exec(object.etag)?.[1] ?? 1) };
      const pieces = arrivals.get(key);
      const whole = pieces && joined(pieces);
      return whole && { size: whole.size, crc64: known.digest(whole.first, whole.size).crc64, parts: pieces.length };
    });
  },
  /** When the first part or object reached the server since the log was cleared: milliseconds since the epoch. */
  firstUpload: (): number | undefined => {
    const first = oss.control.log().find(({ operation }) => ['UploadPart', 'PutObject', 'PostObject'].includes(operation));
    return first && Date.parse(first.time);
  },
  reset: async () => {
    arrivals.clear();
    await oss.control.reset({ data: true });
  },
  clearLog: () => oss.control.clearLog(),
  /** Stops answering once that many parts are stored; with `undefined` it answers again. */
  stallAfter(parts: number | undefined): void {
    oss.control.removeFault();
    if (parts !== undefined) oss.control.addFault({ operation: 'UploadPart', skip: parts, times: null, fault: { kind: 'stall' } });
  },
  bytesStored: (): number => oss.control.uploads().reduce((sum, { bytes }) => sum + bytes, 0),
  partsStored: (): number => oss.control.uploads().reduce((sum, { parts }) => sum + parts, 0),
};

export type ServerHandlers = typeof handlers;

answerParent(handlers);
