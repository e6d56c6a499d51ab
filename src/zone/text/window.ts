/**
 * The octets of a file as its scanner sees them: all of them, or a window that slides over a reader, so that a file of a hundred
 * megabytes needs no buffer of its size.
 */

/** Octets read a piece at a time, synchronously: zone files are read in the compile worker. */
export interface ByteReader {
  /** Puts octets into `into` from `at` on, at most to its end, and says how many; 0 at the end of the file. */
  read(into: Uint8Array, at: number): number;
  /** Called once, also when the file is not read to its end. */
  close(): void;
}

/** A zone file: its octets, or how to open it. */
export type ZoneText = Uint8Array | (() => ByteReader);

/** Octets of the longest entry: 64 KiB of RDATA, each octet written `\DDD`, and as much again for comments, with room. */
export const MAX_ENTRY = 1 << 20;

const WINDOW = 1 << 18;

export class Window {
  /** `bytes[pos, end)` is what can be scanned. */
  bytes: Uint8Array;
  pos = 0;
  end: number;
  /** Whether nothing follows `end`. */
  eof: boolean;
  readonly #reader: ByteReader | undefined;

  constructor(text: ZoneText) {
    if (typeof text === 'function') {
      this.#reader = text();
      this.bytes = new Uint8Array(WINDOW);
      this.end = 0;
      this.eof = false;
    } else {
      this.bytes = text;
      this.end = text.length;
      this.eof = true;
    }
  }

  /**
   * Reads on. What was scanned already (before `pos`) is dropped, what wasn't is kept, in a larger buffer if need be.
   * Offsets into `bytes` change.
   */
  more(): void {
    const reader = this.#reader;
    if (reader === undefined || this.eof) return;
    const kept = this.end - this.pos;
    if (kept > this.bytes.length >> 1) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes.subarray(this.pos, this.end));
      this.bytes = larger;
    } else {
      this.bytes.copyWithin(0, this.pos, this.end);
    }
    this.pos = 0;
    this.end = kept;
    while (this.end < this.bytes.length) {
      const n = reader.read(this.bytes, this.end);
      if (n <= 0) {
        this.eof = true;
        return;
      }
      this.end += n;
    }
  }

  close(): void {
    this.#reader?.close();
  }
}
