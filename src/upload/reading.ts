import { isUploadError } from '../errors.js';
import type { RequestContext } from '../oss/request.js';
import type { Clock } from '../ports.js';

/** Milliseconds that a request may take over its next byte once the file can't be read. */
const PATIENCE = 500;
/** Milliseconds for the answer to a body that is out. Firefox counts the headers: a few bytes may still be missing. */
const ANSWER_PATIENCE = 5_000;

/**
 * Sends bytes of a file. When the file turns out to be unreadable, what is on its way may finish; but Firefox keeps a
 * request whose body it can't read open for ever, so one in which no byte moves any more is given up.
 *
 * @param unreadable aborted, with the error, when a reading of the file has failed
 * @param size bytes of the body
 * @throws `unreadable.reason`, besides what `send` throws
 */
export async function whileReadable<T>(
  clock: Clock,
  unreadable: AbortSignal,
  size: number,
  context: RequestContext,
  send: (context: RequestContext) => Promise<T>,
): Promise<T> {
  const stuck = new AbortController();
  let sent = 0;
  let cancel = (): void => {};
  const watch = (): void => {
    cancel();
    cancel = clock.after(sent < size ? PATIENCE : ANSWER_PATIENCE, () => stuck.abort(unreadable.reason));
  };
  unreadable.addEventListener('abort', watch, { once: true });
  if (unreadable.aborted) watch();
  try {
    return await send({
      ...context,
      signal: AbortSignal.any([context.signal, stuck.signal]),
      onSent(bytes) {
        sent = bytes;
        if (unreadable.aborted) watch();
        context.onSent?.(bytes);
      },
    });
  } finally {
    cancel();
    unreadable.removeEventListener('abort', watch);
  }
}

export function isFileError(error: unknown): boolean {
  return isUploadError(error) && (error.name === 'FileChangedError' || error.name === 'FileUnreadableError');
}
