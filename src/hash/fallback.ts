/** What hashes where the worker's file can't be loaded: the worker from inlined source, or the page's own thread. Most pages never load it. */
import { trusted } from './trusted-types.js';

export { createLocalHasher } from './local.js';
export { workerSource } from './worker-source.js';

/**
 * Starts the worker from its script as text.
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
