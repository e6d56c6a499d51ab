/**
 * Signatures a worker keeps for a while, so that what is signed need not be put together and hashed to find one again. What is the same of two answers is compared instead: the
 * key, type, TTL and records, and whose they are, by an id: a node, which stands for its name as long as the tables are the same, or the hash of a name, which is compared as well.
 *
 * Each has one place it can be in. One that was found there since it was last challenged stays. Names that are asked for once challenge none: whoever keeps signatures keeps those
 * that were found before.
 */
import type { SigningKey } from '../dnssec/zone-keys.ts';
import { copy } from '../wire/copy-octets.ts';
import { NOBODY } from './client.ts';

/** Octets of the longest RRSIG RDATA that is kept. */
const MOST_RDATA = 160;
/** Seconds a signature is kept: short beside the ticks in which the cache notes what is found. */
const KEPT_S = 30;

// Words of a place.
const ID = 0;
const TYPE = 1;
const VERSION = 2;
const ORIGINAL = 3;
const FROM = 4;
const UNTIL = 5;
/** Octets of the name, the records and the RDATA. */
const NAME = 6;
const RECORDS = 7;
const RDATA = 8;
const USED = 9;
const WORDS = 10;

/** What a signature is looked for of. */
export class SignedRecords {
  key: SigningKey | undefined;
  type = 0;
  /** The TTL signed. */
  original = 0;
  /** RDLENGTH and RDATA of the records, one after another in [from, to). */
  bytes: Uint8Array = NOBODY;
  from = 0;
  to = 0;
  /** Unix seconds. */
  now = 0;
}

export class KeptSignatures {
  /** Places have their RDATA in here. */
  readonly view: DataView<ArrayBuffer>;
  /** Octets of the RDATA found or kept last, and where they are. */
  length = 0;
  at = 0;
  readonly #octets: Uint8Array;
  readonly #words: Int32Array;
  readonly #keys: (SigningKey | undefined)[];
  readonly #shift: number;
  readonly #mostName: number;
  readonly #mostRecords: number;
  readonly #place: number;

  /**
   * @param bits        of the number of places
   * @param mostName    octets of the longest name that is kept, 0 where ids are nodes
   * @param mostRecords octets of the longest records
   */
  constructor(bits: number, mostName: number, mostRecords: number) {
    const places = 2 ** bits;
    this.#shift = 32 - bits;
    this.#mostName = mostName;
    this.#mostRecords = mostRecords;
    this.#place = mostName + mostRecords + MOST_RDATA;
    this.#words = new Int32Array(places * WORDS);
    const buffer = new ArrayBuffer(places * this.#place);
    this.#octets = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#keys = new Array(places).fill(undefined);
  }

  /**
   * Looks for a signature.
   * @param version of the tables, where the id is a node
   * @param name    whose name it is, at [0, nameEnd)
   */
  find(id: number, version: number, name: Uint8Array, nameEnd: number, of: SignedRecords): boolean {
    const place = this.#placeOf(id, of.type);
    const words = this.#words;
    const at = place * WORDS;
    const { bytes, from, to, now } = of;
    if (
      words[at + ID] !== id ||
      words[at + TYPE] !== of.type ||
      words[at + VERSION] !== version ||
      words[at + ORIGINAL] !== of.original ||
      words[at + NAME] !== nameEnd ||
      words[at + RECORDS] !== to - from ||
      now < words[at + FROM] ||
      now >= words[at + UNTIL] ||
      this.#keys[place] !== of.key
    )
      return false;
    const octets = this.#octets;
    let p = place * this.#place;
    for (let i = 0; i < nameEnd; i++, p++) if (octets[p] !== name[i]) return false;
    for (let i = from; i < to; i++, p++) if (octets[p] !== bytes[i]) return false;
    words[at + USED] = 1;
    this.at = this.#rdataAt(place);
    this.length = words[at + RDATA];
    return true;
  }

  /**
   * Keeps a signature, as `find` will look for it: RDATA up to the signature in head[0, headEnd), and that.
   * @param until when the RRset gets another one, in Unix seconds
   * @returns false when it is too long, or its place is another's
   */
  keep(
    id: number,
    version: number,
    name: Uint8Array,
    nameEnd: number,
    of: SignedRecords,
    until: number,
    head: Uint8Array,
    headEnd: number,
    signature: Uint8Array,
  ): boolean {
    const { bytes, from, to, now } = of;
    const length = headEnd + signature.length;
    if (nameEnd > this.#mostName || to - from > this.#mostRecords || length > MOST_RDATA) return false;
    const place = this.#placeOf(id, of.type);
    const words = this.#words;
    const at = place * WORDS;
    if (this.#isOthers(at, id, version, of)) {
      words[at + USED] = 0;
      return false;
    }
    words[at + ID] = id;
    words[at + TYPE] = of.type;
    words[at + VERSION] = version;
    words[at + ORIGINAL] = of.original;
    words[at + FROM] = now;
    words[at + UNTIL] = Math.min(now + KEPT_S, until);
    words[at + NAME] = nameEnd;
    words[at + RECORDS] = to - from;
    words[at + RDATA] = length;
    words[at + USED] = 0;
    this.#keys[place] = of.key;
    const octets = this.#octets;
    copy(bytes, from, to, octets, copy(name, 0, nameEnd, octets, place * this.#place));
    this.at = this.#rdataAt(place);
    this.length = length;
    copy(signature, 0, signature.length, octets, copy(head, 0, headEnd, octets, this.at));
    return true;
  }

  /** Whether a place has another signature that is still good and was found since it was challenged. */
  #isOthers(at: number, id: number, version: number, { type, now }: SignedRecords): boolean {
    const words = this.#words;
    return (
      words[at + USED] === 1 &&
      words[at + VERSION] === version &&
      (words[at + ID] !== id || words[at + TYPE] !== type) &&
      now < words[at + UNTIL] &&
      now >= words[at + FROM]
    );
  }

  #rdataAt(place: number): number {
    return place * this.#place + this.#mostName + this.#mostRecords;
  }

  #placeOf(id: number, type: number): number {
    return (Math.imul(id, 0x9e3779b1) ^ Math.imul(type, 0x85ebca6b)) >>> this.#shift;
  }
}
