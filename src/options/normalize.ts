import { flag, group, integer, number, optionalFunction, shown, text } from './checks.js';
import { isAbortSignal } from '../core/is-abort-signal.js';
import { isBlob } from '../core/is-blob.js';
import { checkKey } from '../core/key.js';
import { checkPartSize } from '../core/plan.js';
import type { CheckpointOptions, UploadConfig, UploaderConfig, UploaderOptions, UploadOptions } from './types.js';
import { normalizeEndpoints } from './endpoints.js';
import { objectHeaders } from './object-headers.js';

const DAY = 86_400_000;
const LONGEST_SCOPE = 255;

/**
 * Checks and completes the options of an uploader.
 * @throws {TypeError} when an option is missing or of the wrong kind
 * @throws {RangeError} when a number is out of range; the message names the option and the range
 */
export function normalizeOptions(options: UploaderOptions): UploaderConfig {
  if (typeof options !== 'object' || options === null) throw new TypeError('createUploader() needs region, bucket and credentials');
  const { partSize = 'auto' } = options;
  const integrity = group('integrity', options.integrity);
  const retry = group('retry', options.retry);
  checkPartSize(partSize);
  const region = text('region', options.region, 'such as "cn-hangzhou"').replace(/^oss-/, '');
  if (!/^[a-z0-9-]+$/.test(region)) throw new TypeError('region must be a region ID such as "cn-hangzhou"');
  const bucket = text('bucket', options.bucket, 'such as "examplebucket"');
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new TypeError('bucket must be 3..63 lower-case letters, digits and hyphens');
  }
  const { credentials } = options;
  if (typeof credentials !== 'function' && (typeof credentials !== 'object' || credentials === null)) {
    throw new TypeError('credentials must be STS credentials or a function that fetches them');
  }
  checkReplacements(options);
  return {
    region,
    bucket,
    endpoints: normalizeEndpoints(options, region, bucket),
    credentials,
    parallel: integer('parallel', options.parallel ?? 6, 1, 100),
    partSize,
    checkpoint: normalizeCheckpoint(options.checkpoint),
    integrity: { crc64: flag('integrity.crc64', integrity.crc64 ?? true), md5: flag('integrity.md5', integrity.md5 ?? false) },
    retry: {
      limit: integer('retry.limit', retry.limit ?? 10, 0, 100),
      networkLimit: integer('retry.networkLimit', retry.networkLimit ?? retry.limit ?? 40, 0, 1000),
      baseDelay: number('retry.baseDelay', retry.baseDelay ?? 300, 0, DAY),
      maxDelay: number('retry.maxDelay', retry.maxDelay ?? 30_000, 0, DAY),
    },
    stallTimeout: number('stallTimeout', options.stallTimeout ?? 60_000, 0, DAY),
    wakeLock: flag('wakeLock', options.wakeLock ?? true),
    unloadGuard: flag('unloadGuard', options.unloadGuard ?? false),
  };
}

function normalizeCheckpoint(checkpoint: UploaderOptions['checkpoint'] = true): UploaderConfig['checkpoint'] {
  const store = typeof checkpoint === 'object' && checkpoint !== null && 'savePart' in checkpoint ? checkpoint : undefined;
  const where: CheckpointOptions = store || typeof checkpoint === 'boolean' ? {} : group('checkpoint', checkpoint as CheckpointOptions);
  return {
    enabled: checkpoint !== false,
    name: text('checkpoint.name', where.name ?? 'oss-resumable', 'the name of an IndexedDB database'),
    maxAge: number('checkpoint.maxAge', where.maxAge ?? 7 * DAY, 0, Number.MAX_SAFE_INTEGER),
    store,
  };
}

/** What the page puts in the place of something: used much later, where a wrong one would fail an upload. */
function checkReplacements({ fetch, workerFactory, ports }: UploaderOptions): void {
  optionalFunction('fetch', fetch, "like the platform's fetch()");
  optionalFunction('workerFactory', workerFactory, 'such as () => new Worker(url)');
  for (const [name, port] of Object.entries(group('ports', ports))) {
    if (port !== undefined) group(`ports.${name}`, port as object);
  }
}

/**
 * Checks and completes the options of one upload.
 * @throws {TypeError} for something that is no Blob, and for keys OSS or a browser can't take
 * @throws {RangeError} for sizes out of range
 */
export function normalizeUploadOptions(file: Blob, options: UploadOptions, defaults: UploaderConfig): UploadConfig {
  if (!isBlob(file)) throw new TypeError('upload() needs a File or a Blob');
  if (typeof options !== 'object' || options === null) throw new TypeError(`upload() needs options as an object, not ${shown(options)}`);
  const { name = '', webkitRelativePath = '' } = file as Partial<File>;
  const path = options.path || webkitRelativePath || name;
  if (typeof path !== 'string') throw new TypeError(`path must be a string, not ${shown(path)}`);
  const { key, scope, signal, fileHandle } = options;
  if (signal !== undefined && !isAbortSignal(signal)) throw new TypeError('signal must be an AbortSignal');
  if (typeof key === 'string') checkKey(key);
  else if (key !== undefined && typeof key !== 'function') throw new TypeError('key must be a string or a function');
  else if (key === undefined) {
    if (path === '') throw new TypeError('key is required: this Blob has no name');
    checkKey(path);
  }
  if (scope !== undefined) checkScope(scope, key);
  if (fileHandle !== undefined && group('fileHandle', fileHandle).kind === ('directory' as string)) {
    throw new TypeError("fileHandle must be the file's own handle, not a folder's");
  }
  const partSize = options.partSize ?? defaults.partSize;
  checkPartSize(partSize);
  return {
    file,
    path,
    key,
    scope,
    partSize,
    parallel: Math.min(defaults.parallel, integer('parallel', options.parallel ?? defaults.parallel, 1, 100)),
    signal,
    fileHandle,
    headers: objectHeaders(options, file.type),
    integrity: defaults.integrity,
  };
}

function checkScope(scope: string, key: UploadOptions['key']): void {
  if (typeof scope !== 'string' || scope === '' || scope.length > LONGEST_SCOPE) {
    throw new TypeError(`scope must be a string of 1..${LONGEST_SCOPE} characters`);
  }
  if (typeof key !== 'function') {
    throw new TypeError('scope needs a key function, whose keys are random: leave scope out');
  }
}
