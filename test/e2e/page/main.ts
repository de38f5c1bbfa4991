/** The page that the end-to-end tests control: the built library, a file input, and the latest upload. */
import * as witness from './witness.js';
import { noise } from '../../helpers/noise.js';
import * as ossResumable from 'oss-resumable';
import type {
  AssumeRoleCredentials,
  Clock,
  CredentialsProvider,
  RequestSigner,
  StsCredentials,
  Uploader,
  UploaderOptions,
  UploadOptions,
  UploadResult,
  UploadTask,
} from 'oss-resumable';

/** What a test passes to the page: plain values only. */
export interface Setup {
  ossUrl: string;
  uploader?: Partial<UploaderOptions>;
  upload?: UploadOptions;
  /** Each new upload gets a random key with this prefix. */
  randomKeysBelow?: string;
  /** For the STS endpoint: `bucket=other-bucket`. */
  stsQuery?: string;
  /** Asks the handler there for STS credentials. */
  issuerUrl?: string;
  /** Has requests signed by what answers there with presigned URLs. */
  presignUrl?: string;
  /** How many times as fast the library's clock runs: minutes of waiting become seconds. */
  clockRate?: number;
}

export interface Failure {
  name: string;
  code: string;
  message: string;
  resumable: boolean;
  /** Everything that can be read from the error and its causes. */
  dump: string;
}

export type Outcome = { result: UploadResult; failure?: undefined } | { result?: undefined; failure: Failure };

export interface PageUpload {
  uploader: Uploader;
  task: UploadTask;
  /** The task's states so far: `uploading`, `waiting: network`, … */
  states: string[];
  /** The messages of the errors that caused waits, in order. */
  sentences: string[];
  /** Progress that broke a rule: `loaded` decreased, exceeded the total, or reached it before the end. */
  wrongProgress: string[];
  outcome(): Promise<Outcome>;
}

declare global {
  interface Window {
    ossResumable: typeof ossResumable;
    witness: typeof witness;
    makeUploader(setup: Setup): Uploader;
    /** A file of pseudo-random bytes, the same as Node's for the same seed. */
    makeNoise(size: number, seed: number): File;
    /** Starts to upload a file. @default the file in the input */
    startUpload(setup: Setup, file?: File): void;
    upload: PageUpload | undefined;
  }
}

window.ossResumable = ossResumable;
window.witness = witness;

window.makeUploader = ({ ossUrl, uploader, stsQuery = '', issuerUrl, presignUrl, clockRate }) =>
  ossResumable.createUploader({
    region: 'cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint: ossUrl,
    ...(presignUrl
      ? { signer: presignedBy(presignUrl) }
      : !uploader?.signer && { credentials: issuerUrl ? issuedBy(issuerUrl) : credentialsOf(`${ossUrl}/sts?${stsQuery}`) }),
    ...(clockRate !== undefined && { ports: { clock: fastClock(clockRate) } }),
    ...uploader,
  });

function credentialsOf(url: string): CredentialsProvider {
  return async ({ signal }) => {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`STS answered ${response.status}`);
    const answer = (await response.json()) as { Credentials: AssumeRoleCredentials };
    const { AccessKeySecret, SecurityToken } = answer.Credentials;
    witness.addSecrets(AccessKeySecret, SecurityToken!);
    return answer;
  };
}

function issuedBy(url: string): CredentialsProvider {
  return async ({ signal }) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: '{"credentials":{}}', signal });
    if (!response.ok) throw new Error(`The handler answered ${response.status}`);
    const { credentials } = (await response.json()) as { credentials: StsCredentials };
    return credentials;
  };
}

function presignedBy(url: string): RequestSigner {
  return async (requests, { signal }) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ requests }), signal });
    return (await response.json()) as { url: string }[];
  };
}

function fastClock(rate: number): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * rate,
    after(milliseconds, callback) {
      const timer = setTimeout(callback, milliseconds / rate);
      return () => clearTimeout(timer);
    },
  };
}

window.makeNoise = (size, seed) => new File([noise(size, seed)], `noise-${seed}.bin`, { lastModified: 1_700_000_000_000 });

window.startUpload = (setup, file = document.querySelector<HTMLInputElement>('#file')?.files?.[0]) => {
  if (!file) throw new Error('No file is selected.');
  const uploader = window.makeUploader(setup);
  const below = setup.randomKeysBelow;
  const task = uploader.upload(file, {
    ...setup.upload,
    ...(below !== undefined && { key: () => `${below}${crypto.randomUUID()}` }),
  });
  const states: string[] = [];
  const sentences: string[] = [];
  const wrongProgress: string[] = [];
  let last = 0;
  const note = (): void => {
    const state = task.getSnapshot();
    const word = state.status === 'waiting' ? `waiting: ${state.reason}` : state.status;
    if (states.at(-1) !== word) states.push(word);
    if (state.status === 'waiting' && state.error) sentences.push(state.error.message);
    const { loaded, total } = state.progress;
    if (loaded < last) wrongProgress.push(`${last} → ${loaded}`);
    if (loaded > total || (loaded === total && total > 0 && state.status !== 'done')) wrongProgress.push(`${loaded} of ${total}: ${word}`);
    last = loaded;
  };
  note();
  task.subscribe(note);
  window.upload = {
    uploader,
    task,
    states,
    sentences,
    wrongProgress,
    outcome: () =>
      task.result.then(
        (result) => ({ result }),
        (error) => ({ failure: read(error) }),
      ),
  };
};

function read(error: any): Failure {
  const { name, code, message, resumable } = error;
  const lines: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause as any) {
    const own = Object.fromEntries(Object.getOwnPropertyNames(cause).map((key) => [key, String((cause as any)[key])]));
    lines.push(String(cause), JSON.stringify(cause), JSON.stringify(own));
  }
  return { name, code, message, resumable, dump: lines.join('\n') };
}
