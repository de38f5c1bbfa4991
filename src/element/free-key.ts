/**
 * Returns the first free one of a key and its numbered variants: `a/photo.jpg`, `a/photo (2).jpg`, `a/photo (3).jpg`. The same files in
 * the same order get the same keys, so that they resume after a reload.
 */
export function freeKey(key: string, isFree: (key: string) => boolean): string {
  // A leading dot doesn't begin an extension.
  const [extension] = /(?<=[^/])\.[^./]*$/.exec(key) ?? [''];
  const stem = key.slice(0, key.length - extension.length);
  let free = key;
  for (let number = 2; !isFree(free); number += 1) free = `${stem} (${number})${extension}`;
  return free;
}

/** Whether a key is another key, or one of its numbered variants. */
export function isVariantOf(key: string, base: string): boolean {
  return key === base || key.replace(/ \(\d+\)(?=(\.[^./]*)?$)/, '') === base;
}
