/** The chunks of a request's body, from a client that may fall silent. */
import type { IncomingMessage } from 'node:http';
import { OssError } from './oss-error.js';

/** The client has sent nothing for too long. It is answered as the service answers, and then cut off. */
export class SilentClient extends OssError {
  constructor() {
    super(400, 'RequestTimeout', 'Your socket connection to the server was not read from or written to within the timeout period.');
  }
}

/** Only the time in which a chunk is waited for counts, not what is done with it. @throws {SilentClient} after `silence` milliseconds */
export async function* chunksOf(request: IncomingMessage, silence: number): AsyncGenerator<Buffer> {
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  let isSilent = false;
  try {
    for (;;) {
      const { value, done } = await within(chunks.next(), silence);
      if (done === true) return;
      yield value;
    }
  } catch (error) {
    isSilent = error instanceof SilentClient;
    throw error;
  } finally {
    // It would wait for the chunk that never comes.
    if (!isSilent) await chunks.return?.();
  }
}

function within<T>(promise: Promise<T>, silence: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new SilentClient()), silence);
    const settle =
      <V>(then: (value: V) => void) =>
      (value: V): void => {
        clearTimeout(timer);
        then(value);
      };
    promise.then(settle(resolve), settle(reject));
  });
}
