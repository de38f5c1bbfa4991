import { trusted } from './trusted-types.js';

export { workerSource } from './worker-source.js';

/**
 * Starts the worker from its script as text. Loaded with that text, which most pages never need.
 *
 * @param use what is done with the worker until it is connected: its address is good as long
 */
export async function withInlinedWorker<T>(source: string, use: (worker: Worker) => Promise<T>): Promise<T> {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  try {
    return await use(new Worker(trusted().createScriptURL(url), { type: 'module', name: 'oss-resumable-hash' }));
  } finally {
    URL.revokeObjectURL(url);
  }
}
