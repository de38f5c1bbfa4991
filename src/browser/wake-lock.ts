import type { WakeLock } from '../ports.js';

/**
 * The Screen Wake Lock, one for all who hold it. The browser takes it away when the page is hidden: it is asked for
 * again when the page is seen.
 */
export function createWakeLock(): WakeLock {
  let holders = 0;
  let sentinel: WakeLockSentinel | undefined;
  let asking = false;

  const update = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      if (holders && (!sentinel || sentinel.released)) sentinel = await navigator.wakeLock.request('screen');
      if (!holders) {
        sentinel?.release().catch(() => {});
        sentinel = undefined;
      }
    } catch {
      // None on this host, the page is hidden, or the battery is low: the upload goes on without.
    } finally {
      asking = false;
    }
  };
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') void update();
  };

  return {
    acquire() {
      if (!holders++) globalThis.document?.addEventListener('visibilitychange', onVisible);
      void update();
      let released = false;
      return () => {
        if (released) return;
        released = true;
        if (--holders) return;
        globalThis.document?.removeEventListener('visibilitychange', onVisible);
        void update();
      };
    },
  };
}
