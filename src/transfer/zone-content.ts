/** What a zone's transfer has at a serial, in memory: to be compared with what it would have now. */
import { hashName } from '../zone/suffixes.ts';
import { BLOCK_HEAD, BlockWriter, blockSize, recordSize, recordsAt } from './blocks.ts';

/** Octets from the end of a SOA's RDATA back to its serial (RFC 1035 §3.3.13): five 32-bit fields. */
export const SERIAL_FROM_END = 20;

export class ZoneContent {
  /** The block of the SOA alone, and blocks of all other records. */
  readonly soa: Uint8Array;
  readonly blocks: Uint8Array;
  readonly count: number;
  /** Signatures of the SOA: none, for what is signed is not held in memory (sign-zone.ts). */
  readonly signature = new Uint8Array(0);
  readonly #seed: number;
  /** By hash of the owner: place of its block, plus one. At most half full. */
  readonly #slots: Uint32Array;
  readonly #mask: number;

  /**
   * @param seed  key of the hash of owners
   * @param slots of the same blocks, if there are any
   */
  constructor(soa: Uint8Array, blocks: Uint8Array, count: number, seed: number, slots?: Uint32Array) {
    this.soa = soa;
    this.blocks = blocks;
    this.count = count;
    this.#seed = seed;
    let size = 8;
    while (size < count * 2) size *= 2;
    this.#slots = slots ?? new Uint32Array(size);
    this.#mask = size - 1;
    if (slots !== undefined) return;
    for (let at = 0; at < blocks.length; at += blockSize(blocks, at)) {
      let s = this.#hash(blocks, at) & this.#mask;
      while (this.#slots[s] !== 0) s = (s + 1) & this.#mask;
      this.#slots[s] = at + 1;
    }
  }

  /** The same with another SOA. */
  withSoa(soa: Uint8Array): ZoneContent {
    return new ZoneContent(soa, this.blocks, this.count, this.#seed, this.#slots);
  }

  /** Of the blocks. */
  get octets(): number {
    return this.blocks.length;
  }

  get serial(): number {
    const { soa } = this;
    return new DataView(soa.buffer, soa.byteOffset, soa.length).getUint32(soa.length - SERIAL_FROM_END);
  }

  /** The block of the owner that a block of other content has; -1 for none. */
  find(bytes: Uint8Array, at: number): number {
    return this.findOwner(bytes, at + BLOCK_HEAD, recordsAt(bytes, at));
  }

  /** The block of an owner: its labels in front of the apex at name[at, end); -1 for none. */
  findOwner(name: Uint8Array, at: number, end: number): number {
    const { blocks } = this;
    for (let s = hashName(this.#seed, name, at, end) & this.#mask; ; s = (s + 1) & this.#mask) {
      const place = this.#slots[s] - 1;
      if (place < 0) return -1;
      if (blocks[place + 4] === end - at && sameOctets(blocks, place + BLOCK_HEAD, name, at, end - at)) return place;
    }
  }

  #hash(bytes: Uint8Array, at: number): number {
    return hashName(this.#seed, bytes, at + BLOCK_HEAD, recordsAt(bytes, at));
  }
}

/** A SOA's block with another serial. */
export function withSerial(soa: Uint8Array, serial: number): Uint8Array {
  // Not `slice`, which of node's Buffers makes a view.
  const copy = new Uint8Array(soa);
  new DataView(copy.buffer).setUint32(copy.length - SERIAL_FROM_END, serial);
  return copy;
}

export interface Difference {
  /** Blocks of the records that are gone, and of those that are new. */
  readonly deleted: Uint8Array;
  readonly added: Uint8Array;
  /** Whether the SOA differs in more than its serial. */
  readonly soa: boolean;
}

/** Owners that are compared before others may run. */
const PIECE = 2048;

/** What differs between two contents, the serial left out. Gives way to others now and then. */
export async function difference(
  old: ZoneContent,
  next: ZoneContent,
  breathe: () => Promise<void>,
): Promise<Difference> {
  const deleted = new BlockWriter();
  const added = new BlockWriter();
  let seen = 0;
  for (let at = 0; at < next.blocks.length; at += blockSize(next.blocks, at)) {
    if (++seen % PIECE === 0) await breathe();
    const before = old.find(next.blocks, at);
    if (before < 0) added.copy(next.blocks, at);
    else if (!sameBlock(old.blocks, before, next.blocks, at)) {
      without(deleted, old.blocks, before, next.blocks, at);
      without(added, next.blocks, at, old.blocks, before);
    }
  }
  for (let at = 0; at < old.blocks.length; at += blockSize(old.blocks, at)) {
    if (++seen % PIECE === 0) await breathe();
    if (next.find(old.blocks, at) < 0) deleted.copy(old.blocks, at);
  }
  return { deleted: deleted.view(), added: added.view(), soa: !sameButSerial(old.soa, next.soa) };
}

/** Whether two blocks of a SOA differ in no more than the serial. */
export function sameButSerial(a: Uint8Array, b: Uint8Array): boolean {
  return sameOctets(withSerial(a, 0), 0, withSerial(b, 0), 0, Math.max(a.length, b.length));
}

/** Whether anything differs. */
export function differs({ deleted, added, soa }: Difference): boolean {
  return soa || deleted.length + added.length > 0;
}

/** Writes the records of one block that another of the same owner lacks. */
export function without(out: BlockWriter, bytes: Uint8Array, at: number, other: Uint8Array, otherAt: number): void {
  const known = new Set(recordsOf(other, otherAt));
  out.begin(bytes, at + BLOCK_HEAD, recordsAt(bytes, at));
  let p = recordsAt(bytes, at);
  for (const record of recordsOf(bytes, at)) {
    if (!known.has(record)) out.octetsOf(bytes, p, p + record.length);
    p += record.length;
  }
  out.finish();
}

/** A block's records as text, an octet a character. */
function recordsOf(bytes: Uint8Array, at: number): string[] {
  const records: string[] = [];
  const end = at + blockSize(bytes, at);
  for (let p = recordsAt(bytes, at); p < end; ) {
    const size = recordSize(bytes, p);
    records.push(Buffer.from(bytes.buffer, bytes.byteOffset + p, size).toString('latin1'));
    p += size;
  }
  return records;
}

/** Whether two blocks are octet for octet the same. */
export function sameBlock(a: Uint8Array, at: number, b: Uint8Array, bt: number): boolean {
  const size = blockSize(a, at);
  return size === blockSize(b, bt) && sameOctets(a, at, b, bt, size);
}

export function sameOctets(a: Uint8Array, at: number, b: Uint8Array, bt: number, octets: number): boolean {
  for (let i = 0; i < octets; i++) if (a[at + i] !== b[bt + i]) return false;
  return true;
}
