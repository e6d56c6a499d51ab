/**
 * One growable piece of shared memory with typed views. The writer grows it while it builds; readers take views of fixed length (as
 * fast as views of a plain buffer; a length-tracking view is not), renewed when a new generation may have grown it.
 */

/** Address space a column reserves. Offsets in u32 words reach 16 GiB, in octets 4 GiB: the smaller bounds it. */
const RESERVE = 0xffff_0000;
/** Where address space is limited (ulimit -v), less is reserved, down to this: enough for a million names. */
const LEAST_RESERVE = 0x1000_0000;
const PAGE = 4096;

/** Growing by at least this much keeps the number of grow calls small. */
const GROW_STEP = 1 << 20;

export class Column {
  readonly buffer: SharedArrayBuffer;
  u32: Uint32Array;
  u8: Uint8Array;

  /** @param buffer a column made by another thread; without it a new, empty one is reserved */
  constructor(buffer: SharedArrayBuffer = reserve()) {
    this.buffer = buffer;
    this.u32 = new Uint32Array(buffer, 0, buffer.byteLength >>> 2);
    this.u8 = new Uint8Array(buffer, 0, buffer.byteLength);
  }

  /** Makes the views cover what the buffer has become. Cheap when it has not grown. */
  refresh(): void {
    if (this.u8.length === this.buffer.byteLength) return;
    this.u32 = new Uint32Array(this.buffer, 0, this.buffer.byteLength >>> 2);
    this.u8 = new Uint8Array(this.buffer, 0, this.buffer.byteLength);
  }

  /** Writer only: makes room for `octets`. @throws RangeError when the column would pass its reserve */
  ensure(octets: number): void {
    const have = this.buffer.byteLength;
    if (octets <= have) return;
    const most = this.buffer.maxByteLength;
    if (octets > most) throw new RangeError(`a table column can't hold ${octets} octets (limit ${most})`);
    const want = Math.max(octets, have + (have >>> 2), have + GROW_STEP);
    this.buffer.grow(Math.min(most, Math.ceil(want / PAGE) * PAGE));
    this.refresh();
  }
}

/** @throws RangeError when not even the least can be had */
function reserve(): SharedArrayBuffer {
  for (let size = RESERVE; ; size /= 4) {
    try {
      return new SharedArrayBuffer(0, { maxByteLength: Math.floor(size / PAGE) * PAGE });
    } catch (error) {
      if (size / 4 < LEAST_RESERVE) throw error;
    }
  }
}
