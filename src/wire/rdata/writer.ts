import { MAX_NAME } from '../constants.ts';

/** The most octets RDATA can have: RDLENGTH is 16 bits (RFC 1035 §3.2.1). */
export const MAX_RDATA = 0xffff;

/** Collects the octets of one RDATA after another in one reused buffer. Numbers are big-endian, as on the wire. */
export class RdataWriter {
  readonly bytes = new Uint8Array(MAX_RDATA + MAX_NAME + 1);
  #end = 0;

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
    if (this.#end < this.bytes.length) this.bytes[this.#end] = value;
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
    if (this.#end + octets.length <= this.bytes.length) this.bytes.set(octets, this.#end);
    this.#end += octets.length;
  }

  /** Writes a u16 at an offset already passed. */
  patchU16(at: number, value: number): void {
    this.bytes[at] = value >>> 8;
    this.bytes[at + 1] = value & 0xff;
  }

  /** A view of what was written, valid until the next `reset`. */
  view(): Uint8Array {
    return this.bytes.subarray(0, Math.min(this.#end, this.bytes.length));
  }
}
