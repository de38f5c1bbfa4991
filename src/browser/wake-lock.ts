import type { WakeLock } from '../ports.js';

/**
 * The Screen Wake Lock, shared by all holders. The browser releases it when the page is hidden: it is requested again when the
 * page is visible.
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
      // Not supported, the page is hidden, or the battery is low: uploads continue without it.
    } finally {
      asking = false;
    }
  };
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') void update();
  };

  return {
    acquire() {
      holders += 1;
      if (holders === 1) globalThis.document?.addEventListener('visibilitychange', onVisible);
      void update();
      let released = false;
      return () => {
        if (released) return;
        released = true;
        holders -= 1;
        if (holders > 0) return;
        globalThis.document?.removeEventListener('visibilitychange', onVisible);
        void update();
      };
    },
  };
}
