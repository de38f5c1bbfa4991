/** Checks of single option values. */
import { isWhole } from '../core/is-whole.js';
import { refuse } from '../core/refuse.js';

/** An object of options or strings; an empty one when there is none. @throws {TypeError} */
export function group<T extends object>(name: string, value: T | undefined, members = 'options'): Partial<T> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(name, `an object with ${members}`, value);
  return value;
}

/** @throws {TypeError} */
export function flag(name: string, value: boolean): boolean {
  return typeof value === 'boolean' ? value : refuse(name, 'true or false', value);
}

/** A string that is not empty, or one that a pattern describes. @throws {TypeError} */
export function text(name: string, value: unknown, accepted: string, pattern: RegExp = /./s): string {
  return typeof value === 'string' && pattern.test(value) ? value : refuse(name, accepted, value);
}

/** A function, or nothing. @throws {TypeError} */
export function optionalFunction<T>(name: string, value: T, accepted: string): T {
  return value === undefined || typeof value === 'function' ? value : refuse(name, `a function, ${accepted}`, value);
}

/** @throws {RangeError} */
export function integer(name: string, value: number, min: number, max: number): number {
  return isWhole(value, min, max) ? value : refuse(name, `a whole number, ${min}..${max}`, value, RangeError);
}

/** @throws {RangeError} */
export function number(name: string, value: number, min: number, max: number): number {
  return typeof value === 'number' && value >= min && value <= max ? value : refuse(name, `${min}..${max}`, value, RangeError);
}
