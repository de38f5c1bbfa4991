/** A tab of its own as far as a page can have one: a frame with a realm, a library and a life of its own, on the same origin. */
import type * as Library from '../../../src/index.js';

export interface FrameTab {
  library: typeof Library;
  /** A file of the frame's realm. */
  makeFile(bytes: Uint8Array<ArrayBuffer>, name: string): File;
  /** Unhandled rejections and errors. */
  unhandled: string[];
  isDead(): boolean;
  /** As a tab that is closed: its requests end, its locks are free, and nothing in it runs any more. */
  kill(): void;
}

export async function openFrameTab(): Promise<FrameTab> {
  const frame = document.createElement('iframe');
  frame.style.display = 'none';
  document.body.append(frame);
  const realm = frame.contentWindow as Window & typeof globalThis & { __vitest_browser_runner__?: unknown };
  // What vitest makes of `import()` asks for it.
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

/** Frames that are ready before they are needed, since loading the library takes longer than most uploads here. */
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
