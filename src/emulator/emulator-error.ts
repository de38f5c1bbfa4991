/** Why the emulator could not start, in words. */

/**
 * The emulator could not start. The message says why and what to do.
 *
 * `code` is `DATA_IN_USE`, `DATA_UNUSABLE`, `INVALID_OPTION`, or the operating system's, such as `EADDRINUSE` for a port that is taken.
 */
export class EmulatorError extends Error {
  /** Always `EmulatorError`. */
  override readonly name = 'EmulatorError';
  /** What kind of problem it is, for programs. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An option that can't be used: its name, its value and what it must be. */
export function invalidOption(message: string): EmulatorError {
  return new EmulatorError('INVALID_OPTION', message);
}
