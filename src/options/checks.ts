/** Checks of single values, in one style of message: the option's name, what is accepted, what was given. */

/** A group of options, or of texts: none is an empty one. @throws {TypeError} */
export function group<T extends object>(name: string, value: T | undefined, members = 'options'): Partial<T> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError(`${name} must be an object of ${members}`);
  return value;
}

/** @throws {TypeError} */
export function flag(name: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false`);
  return value;
}

/** @throws {TypeError} */
export function text(name: string, value: unknown, example: string): string {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${name} is required: a string, ${example}`);
  return value;
}

/** A function, or nothing. @throws {TypeError} */
export function optionalFunction(name: string, value: unknown, example: string): void {
  if (value !== undefined && typeof value !== 'function')
    throw new TypeError(`${name} must be a function, ${example}, not ${shown(value)}`);
}

/** @throws {RangeError} */
export function integer(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value)) throw new RangeError(`${name} must be a whole number, ${min}..${max}`);
  return number(name, value, min, max);
}

/** @throws {RangeError} */
export function number(name: string, value: number, min: number, max: number): number {
  if (!(typeof value === 'number' && value >= min && value <= max))
    throw new RangeError(`${name} must be ${min}..${max}, not ${shown(value)}`);
  return value;
}

/** A value in a message, whatever it is: symbols, bigints and objects without a prototype don't print by themselves. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? 'an object' : String(value);
}
