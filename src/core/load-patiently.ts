import { abortable, untilConnectivity } from './abortable.js';
import { UploadError } from '../errors.js';
import type { Clock, Network } from '../ports.js';

/** Attempts while online: a server that doesn't have the file won't have it a minute later. */
const ATTEMPTS = 3;
/** Milliseconds between attempts, and between checks while offline: not every return is announced. */
const DELAY = 2_000;
const OFFLINE_PROBE = 30_000;

/**
 * Loads a script, and tries again: patiently while offline, otherwise a few times.
 * @throws {UploadError} `ScriptNotLoaded`
 * @throws `signal.reason` when aborted
 */
export async function loadPatiently<Loaded>(
  load: () => Promise<Loaded>,
  host: { network: Network; clock: Clock },
  signal: AbortSignal,
): Promise<Loaded> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await abortable(load(), signal);
    } catch (cause) {
      signal.throwIfAborted();
      const error = new UploadError('ScriptNotLoaded', 'A script could not be loaded: reload the page.', {
        cause,
      });
      const isOnline = host.network.isOnline();
      if (!isOnline) attempt = 0;
      else if (attempt === ATTEMPTS) throw error;
      await untilConnectivity(host, !isOnline, isOnline ? DELAY : OFFLINE_PROBE, signal);
    }
  }
}
