import type { RequestContext } from './operation.js';

/** The waits of one request, of which one is shown at a time. */
export interface Waits {
  /** Aborted when everything but an attempt under way has to end. */
  readonly signal: AbortSignal;
  /** Shows a wait in place of another one. The same error is shown once. */
  show: (...wait: Parameters<RequestContext['onWait']>) => void;
  end(): void;
}

export function createWaits({ signal, givingUp, unreadable, onWait }: RequestContext): Waits {
  const signals = [signal, givingUp, unreadable].filter((some) => some !== undefined);
  let shown: Error | undefined;
  let end = (): void => {};
  return {
    signal: signals.length === 1 ? signal : AbortSignal.any(signals),
    show(reason, error) {
      if (error && error === shown) return;
      shown = error;
      end();
      end = onWait(reason, error);
    },
    end: () => end(),
  };
}
