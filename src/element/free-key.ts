/**
 * The first of a key and its numbered forms that is free: `a/photo.jpg`, `a/photo (2).jpg`, `a/photo (3).jpg`. The same files in the
 * same order have the same keys, so that they resume after a reload.
 */
export function freeKey(key: string, isFree: (key: string) => boolean): string {
  let free = key;
  for (let number = 2; !isFree(free); number += 1) free = numbered(key, number);
  return free;
}

/** Whether a key is another one, or one of its numbered forms. */
export function isFormOf(key: string | undefined, base: string): boolean {
  const [, number] = / \((\d+)\)(?:\.[^./]*)?$/.exec(key ?? '') ?? [];
  return key === base || (number !== undefined && key === numbered(base, Number(number)));
}

/** The number stands before the extension. A name that begins with a dot is no extension. */
function numbered(path: string, number: number): string {
  const [extension] = /(?<=[^/])\.[^./]*$/.exec(path) ?? [''];
  return `${path.slice(0, path.length - extension.length)} (${number})${extension}`;
}
