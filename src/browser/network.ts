import type { Network } from '../ports.js';

/** `navigator.onLine` and its events, in windows and workers. A host that doesn't know counts as online. */
export function createNetwork(): Network {
  return {
    isOnline: () => globalThis.navigator?.onLine !== false,
    subscribe(listener) {
      // A function of its own, so that one listener can subscribe twice.
      const notify = ({ type }: Event): void => listener(type === 'online');
      globalThis.addEventListener?.('online', notify);
      globalThis.addEventListener?.('offline', notify);
      return () => {
        globalThis.removeEventListener?.('online', notify);
        globalThis.removeEventListener?.('offline', notify);
      };
    },
  };
}
