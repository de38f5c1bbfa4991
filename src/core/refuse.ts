/**
 * Refuses an argument: every message names it, says what is accepted and what was given.
 * @throws {TypeError} or an error of another kind
 */
export function refuse(name: string, accepted: string, value: unknown, Kind: ErrorConstructor = TypeError): never {
  throw new Kind(`${name} must be ${accepted}, not ${shown(value)}`);
}

/** A value as text, whatever it is: symbols, bigints and objects without a prototype don't print by themselves. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' && value ? 'an object' : String(value);
}
