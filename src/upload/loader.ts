import { abortable, untilConnectivity } from '../core/abortable.js';
import { UploadError } from '../errors.js';
import type { Clock, Network } from '../ports.js';
import type { LoadEngine } from './engine.js';

/** Tries while online: a server that doesn't have the file won't have it a minute later. */
const ATTEMPTS = 3;
/** Milliseconds between them, and between looks while offline: not every return is announced. */
const DELAY = 2_000;
const OFFLINE_PROBE = 30_000;

/** Loads once for all who ask, and anew for whoever asks after a failure. */
export function createLoader<Loaded>(
  load: () => Promise<Loaded>,
  host: { network: Network; clock: Clock },
): (...args: Parameters<LoadEngine>) => Promise<Loaded> {
  let loading: Promise<Loaded> | undefined;

  return async (signal, onWait) => {
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      const current = (loading ??= load());
      try {
        return await abortable(current, signal);
      } catch (cause) {
        signal.throwIfAborted();
        // Of all who waited for it, the first asks anew.
        if (loading === current) loading = undefined;
        const error = new UploadError(
          'ScriptNotLoaded',
          "The script that uploads could not be loaded (see cause): the network is gone, or the site's server has other files by now. What is uploaded is kept. Try again with resume(); if that doesn't help, reload the page and select the file again.",
          { cause },
        );
        const isOnline = host.network.isOnline();
        if (!isOnline) attempt = 0;
        else if (attempt === ATTEMPTS) throw error;
        onWait?.(error);
        await untilConnectivity(host, !isOnline, isOnline ? DELAY : OFFLINE_PROBE, signal);
      }
    }
  };
}
