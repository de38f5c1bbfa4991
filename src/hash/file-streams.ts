/** Bytes of a file from one place on. */
export interface FileStream {
  readonly fileId: unknown;
  /** Where in the file the next byte is. */
  readonly position: number;
  /** Where it ends, in the file. */
  readonly end: number;
  /** Some bytes, `limit` at most; none at the end. They are good until the next call. */
  read(limit: number): Promise<Uint8Array>;
  cancel(): void;
}

/** Bytes of memory that are read into, again and again. */
const BUFFER_SIZE = 512 * 1024;
/** Bytes that one stream is opened for. Safari's end early, without an error, beyond 4 GiB. */
const WINDOW = 1024 ** 3;
/** So many files may wait for their next slice with a stream open. */
const KEPT = 4;
/** Milliseconds that they may. */
const IDLE = 1_000;

/**
 * Streams that outlive a slice, for the next one to go on with: in Chromium, opening one costs 2 ms of processor time, as
 * much as reading a MiB.
 */
export interface FileStreams {
  /** A stream that stands at this place: one that was left there, or a new one. */
  take(file: Blob, start: number, fileId: unknown): FileStream;
  /** Leaves a stream where it stands. */
  leave(stream: FileStream): void;
  close(): void;
}

export function createFileStreams(window: number = WINDOW): FileStreams {
  let kept: FileStream[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = (): void => {
    clearTimeout(timer);
    for (const stream of kept) stream.cancel();
    kept = [];
  };
  return {
    take(file, start, fileId) {
      const index = kept.findIndex((stream) => stream.fileId === fileId && stream.position === start);
      return kept.splice(index, index < 0 ? 0 : 1)[0] ?? openStream(file, start, Math.min(file.size, start + window), fileId);
    },
    leave(stream) {
      if (stream.position < stream.end) kept.push(stream);
      if (kept.length > KEPT) kept.shift()?.cancel();
      clearTimeout(timer);
      timer = setTimeout(close, IDLE);
    },
    close,
  };
}

function openStream(file: Blob, start: number, end: number, fileId: unknown): FileStream {
  const { readChunk, cancel } = openReader(file.slice(start, end).stream());
  let position = start;
  let rest = new Uint8Array();
  return {
    fileId,
    end,
    cancel,
    get position() {
      return position;
    },
    async read(limit) {
      if (rest.length === 0) rest = (await readChunk(limit)) ?? new Uint8Array();
      const piece = rest.subarray(0, limit);
      rest = rest.subarray(piece.length);
      position += piece.length;
      return piece;
    },
  };
}

interface ChunkReader {
  /** `limit` bytes at most where the browser can read into a buffer, as many as it likes elsewhere; `undefined` at the end. */
  readChunk(limit: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
  cancel(): void;
}

/** Into one buffer where the browser can: a new one for each read leaves some 100 MB to be collected. */
function openReader(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ChunkReader {
  const cancelWith =
    (reader: ReadableStreamGenericReader): (() => void) =>
    () =>
      void reader.cancel().catch(() => {});
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: 'byob' });
  } catch {
    // Older browsers' streams of Blobs hand out buffers of their own.
    const reader = stream.getReader();
    return { readChunk: async () => (await reader.read()).value, cancel: cancelWith(reader) };
  }
  let buffer = new ArrayBuffer(BUFFER_SIZE);
  return {
    async readChunk(limit) {
      // Where it was not given back, that was the end.
      if (buffer.byteLength === 0) return undefined;
      const { value, done } = await reader.read(new Uint8Array(buffer, 0, Math.min(limit, BUFFER_SIZE)));
      if (value) buffer = value.buffer;
      return done ? undefined : value;
    },
    cancel: cancelWith(reader),
  };
}
