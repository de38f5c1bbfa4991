import { trusted } from './trusted-types.js';

export { workerSource } from './worker-source.js';

/**
 * Starts the worker from its script as text. This module is loaded with that text, which most pages never need. It imports nothing of
 * a package: a page without a bundler needs no more names in its import map.
 *
 * @param use connects the worker: its URL is valid until then
 */
export async function withInlinedWorker<T>(source: string, use: (worker: Worker) => Promise<T>): Promise<T> {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  try {
    return await use(new Worker(trusted().createScriptURL(url), { type: 'module', name: 'oss-resumable-hash' }));
  } finally {
    URL.revokeObjectURL(url);
  }
}
