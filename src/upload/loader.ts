import { abortable, untilConnectivity } from '../core/abortable.js';
import { UploadError } from '../errors.js';
import type { Clock, Network } from '../ports.js';
import type { LoadEngine } from './engine.js';

/** Tries while online: a server that doesn't have the file won't have it a minute later. */
const ATTEMPTS = 3;
/** Milliseconds between them, and between looks while offline: not every return is announced. */
const DELAY = 2_000;
const OFFLINE_PROBE = 30_000;

/**
 * Loads, and tries again: patiently while offline, else a few times.
 * @throws {UploadError} `ScriptNotLoaded`
 * @throws `signal.reason` when aborted
 */
export async function loadPatiently<Loaded>(
  load: () => Promise<Loaded>,
  host: { network: Network; clock: Clock },
  signal: AbortSignal,
  onWait?: (error: UploadError) => void,
): Promise<Loaded> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await abortable(load(), signal);
    } catch (cause) {
      signal.throwIfAborted();
      const error = new UploadError(
        'ScriptNotLoaded',
        "The script that uploads could not be loaded (see cause): the network is gone, or the site's server has other files by now. What is uploaded is kept. Call resume(), or reload the page and select the file again.",
        { cause },
      );
      const isOnline = host.network.isOnline();
      if (!isOnline) attempt = 0;
      else if (attempt === ATTEMPTS) throw error;
      onWait?.(error);
      await untilConnectivity(host, !isOnline, isOnline ? DELAY : OFFLINE_PROBE, signal);
    }
  }
}

/** Loads once for all who ask, and anew for whoever asks after a failure. */
export function createLoader<Loaded>(
  load: () => Promise<Loaded>,
  host: { network: Network; clock: Clock },
): (...args: Parameters<LoadEngine>) => Promise<Loaded> {
  let loading: Promise<Loaded> | undefined;
  const loadOnce = async (): Promise<Loaded> => {
    const current = (loading ??= load());
    try {
      return await current;
    } catch (error) {
      // Of all who waited for it, the first asks anew.
      if (loading === current) loading = undefined;
      throw error;
    }
  };
  return (signal, onWait) => loadPatiently(loadOnce, host, signal, onWait);
}
