/**
 * The authority section of negative answers, made once a zone and generation by the code that writes it for the complete path (response.ts), then copied.
 *
 * Under one zone it is the same octets for every name, but for its pointers: they point into the question's last labels, which are the apex, or into the record
 * itself, and both lie as many octets further on as the name is longer than the apex. So each pointer grows by that. Only a name that has more in common
 * with the SOA's names than the apex would be compressed in another way; such a name is left to the complete path.
 */
import type { TableReader } from '../tables/table-reader.ts';
import { HEADER_SIZE, MAX_NAME, RRType } from '../wire/constants.ts';
import { copyOctets } from '../wire/copy-octets.ts';
import { Suffixes } from '../zone/suffixes.ts';
import { Response, Section } from './response.ts';

/** Zones kept at a time, a power of two; two that want one place take turns. */
const ZONES = 256;
/**
 * Octets of the longest tail kept, and labels of the longest name it is used for. Few enough that the Response remembers all names for compression, as the
 * offsets below take for granted: two octets a label, the question's labels beside them.
 */
const MAX_TAIL = 160;
const MAX_LABELS = 40;
/** Octets of a record before its RDATA, the owner a pointer. */
const RECORD_HEAD = 2 + 10;
/** Pointers in a tail: its owner, and one in each of the SOA's two names. */
const POINTERS = 3;

// Words of an entry.
const ZONE = 0;
const VERSION = 1;
/** Octets of the tail; 0 where the zone has none that can be copied. */
const LENGTH = 2;
const APEX_END = 3;
const APEX_LABELS = 4;
/** Hashes of the suffixes of MNAME and RNAME that are one label longer than the apex; 0 where they are not below it. */
const SHARED = 5;
/** Offsets of the pointers in the tail, -1 for none. */
const POINTER_0 = 7;
const ENTRY_WORDS = 16;

export class NegativeTails {
  readonly #tables: TableReader;
  readonly #entries = new Int32Array(ZONES * ENTRY_WORDS);
  readonly #tails = new Uint8Array(ZONES * MAX_TAIL);
  readonly #words = new DataView(this.#tails.buffer);
  // What tails are made with.
  readonly #out = new Response();
  readonly #apex: Suffixes;
  readonly #name: Suffixes;
  readonly #message = new Uint8Array(HEADER_SIZE + 6 * MAX_NAME);

  constructor(seed: number, tables: TableReader) {
    this.#tables = tables;
    this.#apex = new Suffixes(seed);
    this.#name = new Suffixes(seed);
  }

  /**
   * Writes the SOA that says how long a negative answer holds.
   *
   * @param name  the question's, but for its first label
   * @param hash  of the whole of it
   * @param view  of `m`
   * @param p     where to write
   * @param limit the first octet that may not be written
   * @returns the octet after the record; 0, with nothing written, when the complete path must write it
   */
  write(zone: number, name: Suffixes, hash: number, m: Uint8Array, view: DataView, p: number, limit: number): number {
    const entries = this.#entries;
    const place = zone & (ZONES - 1);
    const entry = place * ENTRY_WORDS;
    if (entries[entry + ZONE] !== zone || entries[entry + VERSION] !== this.#tables.version) this.#fill(zone);
    const length = entries[entry + LENGTH];
    if (length === 0 || p + length > limit || name.labels > MAX_LABELS) return 0;
    const above = name.labels - entries[entry + APEX_LABELS] - 1;
    if (above >= 0) {
      const suffix = above === 0 ? hash : name.hash(above);
      if (suffix === entries[entry + SHARED] || suffix === entries[entry + SHARED + 1]) return 0;
    }
    const tails = this.#tails;
    const from = place * MAX_TAIL;
    copyOctets(this.#words, from, length, view, p);
    const longer = name.end - entries[entry + APEX_END];
    for (let i = 0; i < POINTERS; i++) {
      const at = entries[entry + POINTER_0 + i];
      if (at < 0) continue;
      const pointer = ((tails[from + at] << 8) | tails[from + at + 1]) + longer;
      m[p + at] = pointer >>> 8;
      m[p + at + 1] = pointer;
    }
    return p + length;
  }

  /** Makes a zone's tail: that of a question for its apex. */
  #fill(zone: number): void {
    const tables = this.#tables;
    const entries = this.#entries;
    const place = zone & (ZONES - 1);
    const entry = place * ENTRY_WORDS;
    entries[entry + ZONE] = zone;
    entries[entry + VERSION] = tables.version;
    entries[entry + LENGTH] = 0;
    const node = tables.apex(zone);
    const soa = tables.rrset(node, RRType.SOA);
    const apex = this.#apex;
    if (soa === 0 || apex.take(tables.names(node), tables.nameAt(node), tables.nameEnd(node)) < 0) return;
    const m = this.#message;
    const out = this.#out;
    const bytes = tables.rrBytes(soa);
    const first = tables.rrAt(soa);
    const end = tables.rrEnd(soa);
    for (let i = 0; i < apex.end; i++) m[HEADER_SIZE + i] = apex.name[i];
    const from = HEADER_SIZE + apex.end + 4;
    out.begin(m, 0, from, m.length, apex);
    const ttl = tables.negativeTtl(zone);
    const fits = out.rrset(Section.AUTHORITY, HEADER_SIZE, apex.name, 0, apex.end, RRType.SOA, ttl, bytes, first, end);
    const length = out.length - from;
    if (!fits || length > MAX_TAIL) return;

    entries[entry + APEX_END] = apex.end;
    entries[entry + APEX_LABELS] = apex.labels;
    entries[entry + POINTER_0] = 0;
    let written = from + RECORD_HEAD;
    let given = first + 2;
    for (let i = 0; i < 2; i++) {
      while (m[written] !== 0 && m[written] < 0xc0) written += m[written] + 1;
      entries[entry + POINTER_0 + 1 + i] = m[written] === 0 ? -1 : written - from;
      written += m[written] === 0 ? 1 : 2;
      given = this.#name.take(bytes, given, end);
      if (given < 0) return;
      entries[entry + SHARED + i] = hashBelow(this.#name, apex);
    }
    for (let i = 0; i < length; i++) this.#tails[place * MAX_TAIL + i] = m[from + i];
    entries[entry + LENGTH] = length;
  }
}

/** Hash of the suffix of `name` that is one label longer than `apex`; 0 when the name is not below it. */
function hashBelow(name: Suffixes, apex: Suffixes): number {
  const label = name.labels - apex.labels - 1;
  return label >= 0 && name.state[label + 1] === apex.state[0] ? name.hash(label) : 0;
}
