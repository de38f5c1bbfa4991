/** Sizes, speeds and times, in the language of the page. */
import { type Language, language } from './i18n.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const formats = new Map<string, Intl.NumberFormat>();
let fixed: Language | undefined;

/** Keeps to one language, whatever that of the page is: for texts that exist in one only. */
export function formatIn(only: Language): void {
  fixed = only;
}

const locale = (): Language => fixed ?? language();

/** Cached: creating a format is slow, using it is not. */
function number(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const id = locale() + JSON.stringify(options);
  const format = formats.get(id) ?? new Intl.NumberFormat(locale(), options);
  formats.set(id, format);
  return format;
}

export function integer(value: number): string {
  return number({}).format(value);
}

/** `1.50 GiB`: three digits, so that a figure keeps its width while it changes. */
export function bytes(value: number): string {
  return inUnits(value, false);
}

/** `1.5 GiB`: without needless zeros, for sizes that don't change. */
export function size(value: number): string {
  return inUnits(value, true);
}

function inUnits(value: number, short: boolean): string {
  const power = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  const scaled = value / 1024 ** power;
  const digits = power === 0 || scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;
  const figure = number({ minimumFractionDigits: short ? 0 : digits, maximumFractionDigits: digits }).format(scaled);
  return `${figure}\u00a0${UNITS[power]}`;
}

export function rate(bytesPerSecond: number): string {
  return bytesPerSecond > 0 ? `${bytes(bytesPerSecond)}/s` : '–';
}

/** Whole percents, rounded down: 100 % is a promise. */
export function percent(part: number, whole: number): string {
  return number({ style: 'percent' }).format(whole === 0 ? 0 : Math.floor((part / whole) * 100) / 100);
}

/** `2m 5s`, in at most two units. */
export function duration(milliseconds: number | undefined): string {
  if (milliseconds === undefined || !Number.isFinite(milliseconds)) return '–';
  const whole = Math.ceil(milliseconds / 1000);
  const count = (value: number, unit: string): string => number({ style: 'unit', unit, unitDisplay: 'narrow' }).format(value);
  if (whole < 60) return count(whole, 'second');
  if (whole < 3600) return `${count(Math.floor(whole / 60), 'minute')} ${count(whole % 60, 'second')}`;
  if (whole < 86_400) return `${count(Math.floor(whole / 3600), 'hour')} ${count(Math.floor((whole % 3600) / 60), 'minute')}`;
  return count(Math.floor(whole / 86_400), 'day');
}

/** `5 minutes ago`. */
export function ago(time: number): string {
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  const seconds = Math.min(0, Math.round((time - Date.now()) / 1000));
  if (seconds > -60) return relative.format(seconds, 'second');
  if (seconds > -3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (seconds > -86_400) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86_400), 'day');
}
