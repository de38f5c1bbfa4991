/**
 * The worker's script as text, for hosts where its file can't be loaded. The build replaces this module. In source form there is
 * none, and the hasher uses the main thread.
 */
export const workerSource: string | undefined = undefined;
