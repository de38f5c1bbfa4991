import type { Network } from '../ports.js';

/** `navigator.onLine` and its events, in windows and workers. Online if the host doesn't know. */
export function createNetwork(): Network {
  const listeners = new Set<(online: boolean) => void>();
  const notify = ({ type }: Event): void => {
    for (const listener of [...listeners]) listener(type === 'online');
  };
  return {
    isOnline: () => globalThis.navigator?.onLine !== false,
    subscribe(listener) {
      // One entry per call: the same listener may subscribe twice.
      const entry = (online: boolean): void => listener(online);
      if (!listeners.size) {
        globalThis.addEventListener?.('online', notify);
        globalThis.addEventListener?.('offline', notify);
      }
      listeners.add(entry);
      return () => {
        if (listeners.delete(entry) && !listeners.size) {
          globalThis.removeEventListener?.('online', notify);
          globalThis.removeEventListener?.('offline', notify);
        }
      };
    },
  };
}
