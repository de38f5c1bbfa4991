/** Bytes of which losing them by one click would hurt: some minutes of an ordinary line. */
const MUCH = 100 << 20;

/** Whether so many uploaded bytes are discarded only after a question. */
export const isMuch = (bytes: number): boolean => bytes >= MUCH;
