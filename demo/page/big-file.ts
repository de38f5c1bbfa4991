/** Makes a file for those who have no big one at hand. It has the same bytes each time, so that it can be resumed after a reload. */

const MiB = 1024 ** 2;

export const MADE = { name: 'made-up.bin', size: 128 * MiB, lastModified: Date.UTC(2026, 0, 1) };

/** Random numbers that anybody gets from the same start: no compression on the way can make the file smaller. */
function createXorshift(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  };
}

/** The file needs a MiB of memory: it is one block over and over, each time with another number at its end. */
export function makeBigFile(): File {
  const random = createXorshift();
  const numbers = Int32Array.from({ length: MiB / 4 - 1 }, random);
  const block = new Blob([numbers]);
  const pieces = Array.from({ length: MADE.size / MiB }, (_, index) => [block, Int32Array.of(index)]);
  return new File(pieces.flat(), MADE.name, { type: 'application/octet-stream', lastModified: MADE.lastModified });
}

export function isMade(name: string, size: number, lastModified: number): boolean {
  return name === MADE.name && size === MADE.size && lastModified === MADE.lastModified;
}

/** Saves a file to the disk, as a download. */
export function save(file: File): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  // Long after the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
