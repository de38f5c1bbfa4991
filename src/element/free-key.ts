/**
 * The first of a key and its numbered forms that is free: `a/photo.jpg`, `a/photo (2).jpg`, `a/photo (3).jpg`. The same files in the
 * same order have the same keys, so that they resume after a reload.
 */
export function freeKey(key: string, isFree: (key: string) => boolean): string {
  // A name that begins with a dot is no extension.
  const [extension] = /(?<=[^/])\.[^./]*$/.exec(key) ?? [''];
  const stem = key.slice(0, key.length - extension.length);
  let free = key;
  for (let number = 2; !isFree(free); number += 1) free = `${stem} (${number})${extension}`;
  return free;
}

/** Whether a key is another one, or one of its numbered forms. */
export function isFormOf(key: string, base: string): boolean {
  return key === base || key.replace(/ \(\d+\)(?=(\.[^./]*)?$)/, '') === base;
}
