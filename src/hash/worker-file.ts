/**
 * The worker from the file beside this module. The build keeps this expression literally, because it is what bundlers
 * look for; in the builds of one file there is none, and they start with the inlined source.
 */
export function startWorkerFile(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'oss-resumable-hash' });
}
