import type { Network } from '../ports.js';

/** `navigator.onLine` and its events, in windows and workers. Online if the host doesn't know. */
export function createNetwork(): Network {
  return {
    isOnline: () => globalThis.navigator?.onLine !== false,
    subscribe(listener) {
      // One for each call: the same listener may subscribe twice.
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
