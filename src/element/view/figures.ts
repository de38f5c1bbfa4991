/** Figures as they are written in both languages. */

/** `1.5 GiB`: at most three digits. */
export function sizeOf(bytes: number): string {
  let power = 0;
  for (; bytes >= 1000; bytes /= 1024) power += 1;
  return `${Number(bytes.toPrecision(3))} ${power ? `${' KMGTP'[power]}iB` : 'B'}`;
}

/** Whole percents, rounded down: 100 % is a promise. */
export const percentOf = (share: number): string => `${Math.floor(100 * share)}%`;

/** `02:05`, or with hours `1:02:05`. */
export function durationOf(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  const hours = Math.floor(seconds / 3600);
  return (hours ? `${hours}:` : '') + new Date(seconds * 1000).toISOString().slice(14, 19);
}
