/**
 * Firefox (153) never asks again for a module that failed to load once, as long as the page is there; Chromium (156)
 * does. With a fragment it is another module to both, and the same file to the server and to caches.
 * @param name what the module exports
 */
export async function importAgain<Module extends object>(load: () => Promise<Module>, name: keyof Module): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const url = /dynamically imported module: (\S+)$/.exec((error as Error).message)?.[1];
    const again: Partial<Module> = url && (await import(/* @vite-ignore */ /* webpackIgnore: true */ `${url}#${Date.now()}`));
    if (!again?.[name]) throw error;
    return again as Module;
  }
}
