/** The hash worker's script. */
import { createLocalHasher } from './local.js';
import type { HashReply, HashRequest } from './protocol.js';

// The DOM types describe a window; these are the used parts of a DedicatedWorkerGlobalScope.
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<HashRequest>) => void;
  postMessage(reply: HashReply): void;
};
const hasher = createLocalHasher();
const running = new Map<number, AbortController>();

scope.onmessage = async ({ data: request }) => {
  if (request.type === 'ping') return scope.postMessage({ type: 'hello' });
  const { id } = request;
  if (request.type === 'abort') return running.get(id)?.abort();
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const { type, blob, wanted } = request;
    const { signal } = controller;
    const result = await (type === 'digest' ? hasher.digest(blob, wanted!, signal) : hasher.fingerprint(blob as Blob, signal));
    scope.postMessage({ type: 'done', id, result });
  } catch (error) {
    const { name, message } = error as Error;
    scope.postMessage({ type: 'failed', id, name, message });
  } finally {
    running.delete(id);
  }
};
scope.postMessage({ type: 'hello' });
