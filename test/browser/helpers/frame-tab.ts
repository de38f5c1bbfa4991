/** The closest thing to a second tab within a page: a frame of the same origin with its own realm and its own copy of the library. */
import type * as Library from '../../../src/index.js';

export interface FrameTab {
  library: typeof Library;
  /** A file of the frame's realm. */
  makeFile(bytes: Uint8Array<ArrayBuffer>, name: string): File;
  /** Unhandled rejections and errors. */
  unhandled: string[];
  isDead(): boolean;
  /** Like closing a tab: its requests end, its locks are released, and its code stops. */
  kill(): void;
}

export async function openFrameTab(): Promise<FrameTab> {
  const frame = document.createElement('iframe');
  frame.style.display = 'none';
  document.body.append(frame);
  const realm = frame.contentWindow as Window & typeof globalThis & { __vitest_browser_runner__?: unknown };
  // Vitest rewrites `import()` into code that needs it.
  realm.__vitest_browser_runner__ = { wrapDynamicImport: (load: () => unknown) => load() };
  const unhandled: string[] = [];
  realm.addEventListener('unhandledrejection', ({ reason }) => unhandled.push(`rejection: ${String(reason)}`));
  realm.addEventListener('error', ({ message }) => unhandled.push(`error: ${message}`));
  const library = await new Promise<typeof Library>((resolve, reject) => {
    Object.assign(realm, { resolve, reject });
    const script = realm.document.createElement('script');
    script.type = 'module';
    script.textContent = `import * as library from '${location.origin}/src/index.ts'; window.resolve(library);`;
    script.onerror = () => reject(new Error('The library could not be loaded into a frame.'));
    realm.document.head.append(script);
  });
  return {
    library,
    makeFile: (bytes, name) => new realm.File([bytes], name, { lastModified: 1_700_000_000_000 }),
    unhandled,
    isDead: () => !frame.isConnected,
    kill: () => frame.remove(),
  };
}

/** Frames loaded in advance, because loading the library takes longer than most uploads here. */
export function createTabPool(): { take(): Promise<FrameTab>; give(tab: FrameTab): void; close(): Promise<void> } {
  const idle: Promise<FrameTab>[] = [];
  return {
    take() {
      const tab = idle.shift() ?? openFrameTab();
      if (idle.length === 0) idle.push(openFrameTab());
      return tab;
    },
    give(tab) {
      if (!tab.isDead()) idle.push(Promise.resolve(tab));
    },
    async close() {
      for (const tab of await Promise.all(idle.splice(0))) tab.kill();
    },
  };
}
