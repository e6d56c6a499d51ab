/** Changes to a zone's content, record by record, as an incremental transfer has them (RFC 1995): each must fit what is there. */
import { hashName } from '../../zone/suffixes.ts';
import { BLOCK_HEAD, BlockWriter, blockSize, recordSize, recordsAt, u32At } from '../blocks.ts';
import { ZoneContent } from '../zone-content.ts';

export class ContentEditor {
  readonly #old: ZoneContent;
  readonly #seed: number;
  /** Owners that something changes of, by their labels as text: the TTLs of their records by type and RDATA. */
  readonly #owners = new Map<string, Map<string, number>>();
  /** Octets that the changes keep in memory. */
  octets = 0;

  constructor(old: ZoneContent, seed: number) {
    this.#old = old;
    this.#seed = seed;
  }

  /** @returns whether there was such a record; its TTL does not matter */
  remove(owner: Uint8Array, labelsEnd: number, type: number, rdata: Uint8Array, rdataEnd: number): boolean {
    return this.#recordsOf(owner, labelsEnd).delete(keyOf(type, rdata, rdataEnd));
  }

  /** @returns whether there was no such record yet */
  add(owner: Uint8Array, labelsEnd: number, type: number, ttl: number, rdata: Uint8Array, rdataEnd: number): boolean {
    const records = this.#recordsOf(owner, labelsEnd);
    const key = keyOf(type, rdata, rdataEnd);
    if (records.has(key)) return false;
    records.set(key, ttl);
    this.octets += key.length;
    return true;
  }

  /** @param soa the block of the SOA */
  finish(soa: Uint8Array): ZoneContent {
    const { blocks } = this.#old;
    const out = new BlockWriter(blocks.length + this.octets);
    const touched = new Set([...this.#owners.keys()].map((text) => this.#hash(text)));
    for (let at = 0; at < blocks.length; at += blockSize(blocks, at)) {
      const labels = recordsAt(blocks, at);
      // Most owners are none of those that changed, and their hash says so.
      const isTouched =
        touched.has(hashName(this.#seed, blocks, at + BLOCK_HEAD, labels)) &&
        this.#owners.has(textOf(blocks, at + BLOCK_HEAD, labels));
      if (!isTouched) out.copy(blocks, at);
    }
    for (const [text, records] of this.#owners) {
      const labels = Buffer.from(text, 'latin1');
      out.begin(labels, 0, labels.length);
      for (const [key, ttl] of records) {
        const octets = Buffer.from(key, 'latin1');
        out.record((octets[0] << 8) | octets[1], ttl, octets.length - 2);
        out.octetsOf(octets, 2, octets.length);
      }
      out.finish();
    }
    return new ZoneContent(soa, out.view(), out.count, this.#seed);
  }

  #recordsOf(owner: Uint8Array, labelsEnd: number): Map<string, number> {
    const text = textOf(owner, 0, labelsEnd);
    let records = this.#owners.get(text);
    if (records !== undefined) return records;
    records = new Map();
    this.#owners.set(text, records);
    const { blocks } = this.#old;
    const block = this.#old.findOwner(owner, 0, labelsEnd);
    if (block < 0) return records;
    const end = block + blockSize(blocks, block);
    this.octets += end - block;
    for (let p = recordsAt(blocks, block); p < end; ) {
      const size = recordSize(blocks, p);
      const key = textOf(blocks, p, p + 2) + textOf(blocks, p + 10, p + size);
      records.set(key, u32At(blocks, p + 4));
      p += size;
    }
    return records;
  }

  #hash(text: string): number {
    const labels = Buffer.from(text, 'latin1');
    return hashName(this.#seed, labels, 0, labels.length);
  }
}

/** Type and RDATA as text, an octet a character. */
function keyOf(type: number, rdata: Uint8Array, rdataEnd: number): string {
  return String.fromCharCode(type >>> 8, type & 0xff) + textOf(rdata, 0, rdataEnd);
}

function textOf(bytes: Uint8Array, from: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString('latin1');
}
