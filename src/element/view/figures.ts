/** Sizes and times, written alike in both languages. */

/** `1.5 GiB`: at most three digits. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let power = 0;
  while (value >= 1000) {
    value /= 1024;
    power += 1;
  }
  return `${Number(value.toPrecision(3))} ${power ? `${' KMGTP'[power]}iB` : 'B'}`;
}

/** `02:05`, or with hours `1:02:05`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  const hours = Math.floor(seconds / 3600);
  return (hours ? `${hours}:` : '') + new Date(seconds * 1000).toISOString().slice(14, 19);
}
