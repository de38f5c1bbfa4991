import type { Network } from '../ports.js';

/** `navigator.onLine` and its events, in windows and workers. A host that doesn't know counts as online. */
export function createNetwork(): Network {
  const listeners = new Set<(online: boolean) => void>();
  const notify = ({ type }: Event): void => {
    for (const listener of [...listeners]) listener(type === 'online');
  };
  return {
    isOnline: () => globalThis.navigator?.onLine !== false,
    subscribe(listener) {
      // A function of its own, so that one listener can subscribe twice.
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
