/** Checks options and applies all defaults: what comes out is complete. */
import { isAbortSignal } from '../core/is-abort-signal.js';
import { isBlob } from '../core/is-blob.js';
import { checkKey } from '../core/key.js';
import { checkPartSize } from '../core/plan.js';
import { refuse } from '../core/refuse.js';
import { flag, group, integer, number, optionalFunction, text } from './checks.js';
import { normalizeEndpoints } from './endpoints.js';
import { objectHeaders } from './object-headers.js';
import { normalizePlace } from './place.js';
import type { CheckpointOptions, UploadConfig, UploaderConfig, UploaderOptions, UploadOptions } from './types.js';

const DAY = 86_400_000;

/**
 * Options of an uploader.
 * @throws {TypeError} when an option is missing or of the wrong kind
 * @throws {RangeError} when a number is out of range
 */
export function normalizeOptions(options: UploaderOptions): UploaderConfig {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('createUploader() needs region, bucket and credentials, or a signer');
  const { partSize = 'auto', credentials, signer, fetch, workerFactory } = options;
  const integrity = group('integrity', options.integrity);
  const retry = group('retry', options.retry);
  checkPartSize(partSize);
  const { region, bucket } = normalizePlace(options);
  checkAuthority(credentials, signer);
  return {
    region,
    bucket,
    endpoints: normalizeEndpoints(options, region, bucket),
    credentials,
    signer,
    discover: flag('discover', options.discover ?? false),
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
    transport: optionalFunction('fetch', fetch, "like the platform's fetch()"),
    workerFactory: optionalFunction('workerFactory', workerFactory, 'such as () => new Worker(url)'),
    ports: normalizePorts(options.ports),
  };
}

/** What is given isn't shown: it may be a key. */
function checkAuthority(credentials: unknown, signer: unknown): void {
  if (signer !== undefined) {
    if (credentials !== undefined) throw new TypeError('credentials and signer exclude each other');
    if (typeof signer === 'function' || (typeof signer === 'string' && signer !== '')) return;
    throw new TypeError('signer must be the URL of a handler, or a function');
  }
  if (typeof credentials === 'function' || (typeof credentials === 'object' && credentials !== null)) return;
  throw new TypeError('credentials must be STS credentials or a function that fetches them');
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

/** They are used much later, where a wrong one would fail an upload. */
function normalizePorts(ports: UploaderOptions['ports']): UploaderConfig['ports'] {
  const given = group('ports', ports);
  for (const [name, port] of Object.entries(given)) group(`ports.${name}`, port, 'methods');
  return given;
}

/**
 * Options of one upload.
 * @throws {TypeError} when an option is of the wrong kind, when the file is no Blob, and for a key that OSS or a browser can't take
 * @throws {RangeError} when a number is out of range
 */
export function normalizeUploadOptions(file: Blob, options: UploadOptions, defaults: UploaderConfig): UploadConfig {
  if (!isBlob(file)) throw new TypeError('upload() needs a File or a Blob');
  group("upload()'s options", options);
  const { name = '', webkitRelativePath = '' } = file as Partial<File>;
  const path: unknown = options.path || webkitRelativePath || name;
  if (typeof path !== 'string') refuse('path', 'a string', path);
  const { key, scope, signal, fileHandle } = options;
  if (signal !== undefined && !isAbortSignal(signal)) refuse('signal', 'an AbortSignal', signal);
  if (key === undefined && path === '') throw new TypeError('key is required: this Blob has no name');
  if (typeof key !== 'function') checkKey(key === undefined ? path : key);
  if (scope !== undefined) checkScope(scope, key);
  if (fileHandle !== undefined && group('fileHandle', fileHandle, 'getFile()').kind === ('directory' as string)) {
    throw new TypeError("fileHandle must be a file's, not a folder's");
  }
  const partSize = options.partSize ?? defaults.partSize;
  checkPartSize(partSize);
  return {
    bucket: defaults.bucket,
    file,
    path,
    key,
    scope,
    partSize,
    discover: flag('discover', options.discover ?? defaults.discover),
    skipExisting: checkSkipping(options),
    parallel: Math.min(defaults.parallel, integer('parallel', options.parallel ?? defaults.parallel, 1, 100)),
    signal,
    fileHandle: defaults.checkpoint.enabled ? fileHandle : undefined,
    headers: objectHeaders(options, file.type),
    integrity: defaults.integrity,
  };
}

function checkSkipping({ skipExisting = false, callback, scope }: UploadOptions): boolean {
  if (!flag('skipExisting', skipExisting)) return false;
  if (callback !== undefined) throw new TypeError('skipExisting and callback exclude each other');
  if (scope !== undefined) throw new TypeError('skipExisting and scope exclude each other');
  return true;
}

function checkScope(scope: string, key: UploadOptions['key']): void {
  text('scope', scope, 'a string of 1..255 characters', /^.{1,255}$/s);
  if (typeof key !== 'function') throw new TypeError('scope needs a key function');
}
