import type { WaitReason } from '../core/task-state.js';
import type { RequestContext } from './operation.js';

/** The waits of one request, of which one is shown at a time. */
export interface Waits {
  /** Aborted when everything but an attempt under way has to end. */
  readonly signal: AbortSignal;
  /** Shows a wait in place of another one. The same error is shown once. */
  show: (...wait: Parameters<RequestContext['onWait']>) => void;
  end(): void;
  /** Why it has waited since the last call; the latest reason, if there were several. */
  takeReason(): WaitReason | undefined;
}

export function createWaits({ signal, givingUp, unreadable, onWait }: RequestContext): Waits {
  const signals = [signal, givingUp, unreadable].filter((some) => some !== undefined);
  let shown: Error | undefined;
  let end = (): void => {};
  let latest: WaitReason | undefined;
  return {
    signal: signals.length === 1 ? signal : AbortSignal.any(signals),
    show(reason, error) {
      if (error && error === shown) return;
      shown = error;
      latest = reason;
      end();
      end = onWait(reason, error);
    },
    end: () => end(),
    takeReason() {
      const reason = latest;
      latest = undefined;
      return reason;
    },
  };
}
