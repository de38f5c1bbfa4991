import { abortable } from '../core/abortable.js';
import { checkKey } from '../core/key.js';
import { UploadError } from '../errors.js';
import type { UploadConfig } from '../options/types.js';

/**
 * The object's key: as given, made by the caller's function, or the file's path.
 * @throws {UploadError} `InvalidKey` when the function fails or returns an invalid key
 */
export async function resolveKey({ key, path, file }: UploadConfig, signal: AbortSignal): Promise<string> {
  try {
    return checkKey(typeof key === 'function' ? await abortable((async () => key(file, path))(), signal) : (key ?? path));
  } catch (cause) {
    signal.throwIfAborted();
    throw new UploadError('InvalidKey', `The key function of "${path}" failed: ${(cause as Error)?.message ?? cause}`, { cause });
  }
}
