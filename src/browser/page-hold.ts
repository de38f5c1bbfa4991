import type { WakeLock } from '../ports.js';
import { guardUnload } from './unload-guard.js';

/** Keeps the screen on, and asks before the page is left. */
export interface PageHold {
  acquire(): void;
  release(): void;
}

/** @param wantsGuard ask for confirmation when the user leaves the page */
export function createPageHold(wakeLock: WakeLock | undefined, wantsGuard: boolean): PageHold {
  let releases: (() => void)[] = [];
  const release = (): void => {
    for (const each of releases) each();
    releases = [];
  };
  return {
    acquire() {
      release();
      if (wakeLock) releases.push(wakeLock.acquire());
      if (wantsGuard) releases.push(guardUnload());
    },
    release,
  };
}
