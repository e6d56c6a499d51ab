import { MAX_NAME } from '../constants.ts';

/** The most octets RDATA can have: RDLENGTH is 16 bits (RFC 1035 §3.2.1). */
export const MAX_RDATA = 0xffff;

/** Most RDATA is short, and there is a writer for each of thousands of zones. */
const FIRST_SIZE = 512;
/** With room for a name that turns out to be too much. */
const LARGEST = MAX_RDATA + MAX_NAME + 1;

/** Collects the octets of one RDATA after another in one reused buffer. Numbers are big-endian, as on the wire. */
export class RdataWriter {
  #bytes = new Uint8Array(FIRST_SIZE);
  #end = 0;

  /** The buffer; another one after it had to grow, so it is asked for when what was written is read. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Octets written since the last `reset`; past MAX_RDATA the writer counts on, and `fits` is false. */
  get length(): number {
    return this.#end;
  }

  /** Whether what was written is a possible RDATA. */
  get fits(): boolean {
    return this.#end <= MAX_RDATA;
  }

  reset(): void {
    this.#end = 0;
  }

  u8(value: number): void {
    if (this.#end < this.#bytes.length || this.#grow(this.#end + 1)) this.#bytes[this.#end] = value;
    this.#end++;
  }

  u16(value: number): void {
    this.u8(value >>> 8);
    this.u8(value & 0xff);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  octets(octets: ArrayLike<number>): void {
    const end = this.#end + octets.length;
    if (end <= this.#bytes.length || this.#grow(end)) this.#bytes.set(octets, this.#end);
    this.#end = end;
  }

  /** Writes a u16 at an offset already passed. */
  patchU16(at: number, value: number): void {
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value & 0xff;
  }

  /** A view of what was written, valid until the next `reset`. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, Math.min(this.#end, this.#bytes.length));
  }

  /** @returns whether there is room now; past the largest there never is */
  #grow(octets: number): boolean {
    if (octets > LARGEST) return false;
    const more = new Uint8Array(Math.min(LARGEST, Math.max(octets, this.#bytes.length * 4)));
    more.set(this.#bytes);
    this.#bytes = more;
    return true;
  }
}
