/**
 * Records as they lie in files of transfers: by owner, in blocks, so that a reader can go from owner to owner, and from record to record.
 *
 *     block    u32 octets of records    u8 octets of the owner    the owner's labels in front of the zone's apex (none: the apex itself)    records
 *     record   type u16, class u16, TTL u32, RDLENGTH u16, RDATA: as on the wire behind the owner's name
 *
 * Big-endian. A message of a transfer has the apex as its question, at a place every message begins with: owners end in a pointer to it.
 */

/** Octets of a block before the owner's labels. */
export const BLOCK_HEAD = 5;
/** Octets of a record before its RDATA. */
export const RECORD_HEAD = 10;

/** Octets of the block at `at`. */
export function blockSize(bytes: Uint8Array, at: number): number {
  return BLOCK_HEAD + bytes[at + 4] + u32At(bytes, at);
}

/** Where a block's records begin. */
export function recordsAt(bytes: Uint8Array, at: number): number {
  return at + BLOCK_HEAD + bytes[at + 4];
}

/** Octets of the record at `at`. */
export function recordSize(bytes: Uint8Array, at: number): number {
  return RECORD_HEAD + ((bytes[at + 8] << 8) | bytes[at + 9]);
}

/** Type of the record at `at`. */
export function typeAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

/** Octets between a record's beginning and its TTL. */
export const TTL_AT = 4;

export function u32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

const LEAST = 4096;

/** Writes blocks one after another into memory that grows. */
export class BlockWriter {
  #bytes: Uint8Array = new Uint8Array(LEAST);
  #end = 0;
  /** Of the block that was begun, and where its records begin. */
  #block = 0;
  #first = 0;
  /** Blocks that are finished. */
  count = 0;

  /** @param octets are expected */
  constructor(octets = LEAST) {
    this.#bytes = new Uint8Array(Math.max(LEAST, octets));
  }

  get octets(): number {
    return this.#end;
  }

  /** Where the block that was finished last begins. */
  get last(): number {
    return this.#block;
  }

  /** Forgets what is written, but not how many blocks it was. */
  clear(): void {
    this.#end = this.#block = 0;
  }

  /** What is written so far: a view, good until more is written. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Begins the block of an owner: its labels in front of the apex at name[at, end). */
  begin(name: Uint8Array, at: number, end: number): void {
    this.#block = this.#end;
    this.#need(BLOCK_HEAD + end - at);
    this.#bytes[this.#end + 4] = end - at;
    this.#end += BLOCK_HEAD;
    this.octetsOf(name, at, end);
    this.#first = this.#end;
  }

  /** Writes a record up to its RDLENGTH; RDATA of so many octets follows by `octetsOf` and `u16`. */
  record(type: number, ttl: number, rdlength: number): void {
    this.#need(RECORD_HEAD);
    this.u16(type);
    this.u16(1);
    this.u32(ttl);
    this.u16(rdlength);
  }

  octetsOf(bytes: Uint8Array, from: number, end: number): void {
    this.#need(end - from);
    const to = this.#bytes;
    let p = this.#end;
    for (let i = from; i < end; i++) to[p++] = bytes[i];
    this.#end = p;
  }

  u16(value: number): void {
    this.#need(2);
    this.#bytes[this.#end++] = value >>> 8;
    this.#bytes[this.#end++] = value;
  }

  u32(value: number): void {
    this.#need(4);
    putU32(this.#bytes, this.#end, value);
    this.#end += 4;
  }

  /** Ends the block; one without records is not kept. @returns whether it is */
  finish(): boolean {
    const octets = this.#end - this.#first;
    if (octets === 0) {
      this.#end = this.#block;
      return false;
    }
    putU32(this.#bytes, this.#block, octets);
    this.count++;
    return true;
  }

  /** Copies a whole block. */
  copy(bytes: Uint8Array, at: number): void {
    this.octetsOf(bytes, at, at + blockSize(bytes, at));
    this.count++;
  }

  #need(octets: number): void {
    if (this.#end + octets <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#end + octets));
    bytes.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = bytes;
  }
}
