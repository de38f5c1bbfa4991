/**
 * The inner loop of CRC-64 as WebAssembly, assembled here instruction by instruction: WebAssembly has the
 * 64-bit integers that JavaScript lacks, and runs more than twice as fast as two 32-bit halves. (The
 * library under test can't use it: a page's CSP may forbid WebAssembly.)
 *
 * Slicing-by-16: sixteen independent look-ups per 16 bytes. Table k holds the CRC of each byte
 * followed by k zero bytes.
 */

const POLYNOMIAL = 0xc96c5795d7870f42n;
const SLICES = 16;
/** The tables occupy the first half of page 0; data is copied to page 1. */
const DATA = 65_536;
export const MAX_CHUNK = 65_536;

const I64 = 0x7e;
const I32 = 0x7f;

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value > 0);
  return bytes;
}

/** For constants up to 8191: one bit of the last byte is the sign. */
function signed(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, value >>> 7];
}

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const load64 = (offset: number, align = 0): number[] => [0x29, align, ...unsigned(offset)];
const XOR64 = 0x85;

/** table[slice][byte `index` of the 64-bit local], with the index already scaled to 8-byte entries. */
function lookUp(local: number, index: number, slice: number): number[] {
  const shift = index === 0 ? [0x42, 3, 0x86] : [0x42, ...signed(8 * index - 3), 0x88];
  return [...get(local), ...shift, 0xa7, 0x41, ...signed(255 * 8), 0x71, ...load64(slice * 2048, 3)];
}

/** (pointer: i32, end: i32, crc: i64) → i64 */
function loopBody(): number[] {
  const [pointer, end, crc, first, second] = [0, 1, 2, 3, 4];
  const sum: number[] = [];
  for (let byte = 0; byte < SLICES; byte++) {
    sum.push(...lookUp(byte < 8 ? first : second, byte & 7, SLICES - 1 - byte));
    if (byte > 0) sum.push(XOR64);
  }
  return [
    ...[1, 2, I64], // two more locals
    ...[0x02, 0x40, 0x03, 0x40], // block, loop
    ...get(pointer),
    ...get(end),
    0x4f,
    ...[0x0d, 1], // leave if pointer >= end
    ...get(pointer),
    ...load64(0),
    ...get(crc),
    XOR64,
    ...set(first),
    ...get(pointer),
    ...load64(8),
    ...set(second),
    ...sum,
    ...set(crc),
    ...get(pointer),
    ...[0x41, 16, 0x6a],
    ...set(pointer),
    ...[0x0c, 0, 0x0b, 0x0b], // repeat; end of loop and block
    ...get(crc),
    0x0b,
  ];
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function assemble(): Uint8Array<ArrayBuffer> {
  const body = loopBody();
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, I32, I32, I64, 1, I64]), // type
    ...section(3, [1, 0]), // function
    ...section(5, [1, 0, 2]), // memory of two pages
    ...section(7, [2, ...name('memory'), 2, 0, ...name('update'), 0, 0]), // exports
    ...section(10, [1, ...unsigned(body.length), ...body]), // code
  ]);
}

const { memory, update } = new WebAssembly.Instance(new WebAssembly.Module(assemble())).exports as unknown as {
  memory: { buffer: ArrayBuffer };
  update: (pointer: number, end: number, crc: bigint) => bigint;
};

const tables = new BigUint64Array(memory.buffer, 0, SLICES * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
  tables[byte] = crc;
}
for (let entry = 256; entry < tables.length; entry++) {
  const previous = tables[entry - 256] as bigint;
  tables[entry] = (previous >> 8n) ^ (tables[Number(previous & 255n)] as bigint);
}
const data = new Uint8Array(memory.buffer, DATA, MAX_CHUNK);

/** Runs the register over at most MAX_CHUNK bytes, a multiple of 16. */
export function runBlocks(register: bigint, bytes: Uint8Array): bigint {
  data.set(bytes);
  return BigInt.asUintN(64, update(DATA, DATA + bytes.length, register));
}

export function runByte(register: bigint, byte: number): bigint {
  return (register >> 8n) ^ (tables[Number((register ^ BigInt(byte)) & 255n)] as bigint);
}
