/** Sizes in bytes. */
export const KiB = 1024;
export const MiB: number = 1024 * KiB;

/** The smallest part that OSS accepts, so that small files have many parts. */
export const PART: number = 100 * KiB;
