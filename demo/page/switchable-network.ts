/** The page's network port: what the browser says, unless the network panel switches the network off. */
import type { Network } from 'oss-resumable';

export interface SwitchableNetwork extends Network {
  setAvailable(available: boolean): void;
}

export function createSwitchableNetwork(): SwitchableNetwork {
  const listeners = new Set<(online: boolean) => void>();
  let isAvailable = true;
  const isOnline = (): boolean => isAvailable && navigator.onLine;
  const notify = (): void => {
    for (const listener of [...listeners]) listener(isOnline());
  };
  window.addEventListener('online', notify);
  window.addEventListener('offline', notify);
  return {
    isOnline,
    subscribe(listener) {
      const entry = (online: boolean): void => listener(online);
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    setAvailable(available) {
      if (isAvailable === available) return;
      isAvailable = available;
      notify();
    },
  };
}
