import type { WakeLock } from '../ports.js';

/** The Screen Wake Lock. The browser releases it when the page is hidden: it is requested again when the page is visible. */
export function createWakeLock(): WakeLock {
  return {
    acquire() {
      let isWanted = true;
      let sentinel: WakeLockSentinel | undefined;
      const request = async (): Promise<void> => {
        try {
          if (document.visibilityState !== 'visible') return;
          const next = await navigator.wakeLock.request('screen');
          const unwanted = isWanted ? sentinel : next;
          if (isWanted) sentinel = next;
          await unwanted?.release();
        } catch {
          // Not supported, no document, or the battery is low: uploads continue without it.
        }
      };
      globalThis.document?.addEventListener('visibilitychange', request);
      void request();
      return () => {
        isWanted = false;
        globalThis.document?.removeEventListener('visibilitychange', request);
        sentinel?.release().catch(() => {});
      };
    },
  };
}
