/**
 * Starts the worker from the file beside this module. The build keeps this expression literally, because bundlers search for
 * it. Single-file builds have no such file and start with the inlined source.
 */
export function startWorkerFile(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'oss-resumable-hash' });
}
