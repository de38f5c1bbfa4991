/** What the client of a request is answered when the server itself has failed. */
import { OssError } from './oss-error.js';

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** A full disk is named as such: to send the request again would not help. Anything else is an internal error. */
export function explainFailure(error: unknown): OssError {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (FULL.includes(code)) {
    return new OssError(
      507,
      'InsufficientStorage',
      `The emulator can't store this: the disk of its data folder is full (${code}). Free some space, then send the request again.`,
    );
  }
  return new OssError(500, 'InternalError', 'We encountered an internal error. Please try again.');
}
