/**
 * The additional section: addresses of the names that NS, MX, SRV, SVCB and HTTPS records point to, where this zone has them (RFC 1034 §4.3.2
 * step 6, RFC 2782, RFC 9460 §4.1), and glue of a referral. Steered addresses are those of a client without location (RFC 7871 §7.4).
 *
 * Names are collected while the other sections are written, and written last, as far as there is room. Only glue below the cut that is
 * referred to must be there: without it nobody could follow the referral (RFC 9471 §3), so TC is set.
 */
import type { PlanReader } from '../tables/plan-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import type { Lookup } from '../zone/lookup.ts';
import { NodeFlag } from '../zone/reader.ts';
import { Suffixes } from '../zone/suffixes.ts';
import { AddressWriter } from './address-writer.ts';
import { type Response, Section } from './response.ts';

/** Names looked after in one response. */
const MOST = 32;

export class Additional {
  readonly #tables: TableReader;
  readonly #out: Response;
  readonly #addresses: AddressWriter;
  readonly #name: Suffixes;
  // Nodes to write addresses of, the offset of their names in zone data, and whether they must be there.
  readonly #nodes = new Int32Array(MOST);
  readonly #required = new Uint8Array(MOST);
  readonly #names: Uint8Array[] = [];
  readonly #ends = new Uint16Array(MOST);
  #count = 0;

  constructor(seed: number, tables: TableReader, plan: PlanReader, out: Response) {
    this.#tables = tables;
    this.#out = out;
    this.#name = new Suffixes(seed);
    this.#addresses = new AddressWriter(tables, plan, out);
    for (let i = 0; i < MOST; i++) this.#names.push(new Uint8Array(256));
  }

  begin(): void {
    this.#count = 0;
  }

  /** Prepares a name of zone data for look-ups; valid until the next call. */
  take(bytes: Uint8Array, at: number, end: number): Suffixes | undefined {
    return this.#name.take(bytes, at, end) < 0 ? undefined : this.#name;
  }

  /** The node of this zone at a name, 0 when there is none that is authoritative. Wildcards are left to the client's own question. */
  findNode(zone: number, name: Suffixes): number {
    const tables = this.#tables;
    const node = tables.find(zone, name.hash(0), name.name, 0, name.end);
    return node !== 0 && (tables.flags(node) & (NodeFlag.OCCLUDED | NodeFlag.CUT)) === 0 ? node : 0;
  }

  /** Notes the names an answered RRset points to. */
  addTargets(lookup: Lookup, type: number, rrset: number): void {
    const skip = targetOffset(type);
    if (skip < 0) return;
    const tables = this.#tables;
    const bytes = tables.rrBytes(rrset);
    for (let p = tables.rrAt(rrset), end = tables.rrEnd(rrset); p < end; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      const name = this.take(bytes, rdata + skip, p);
      if (name === undefined || name.labels === 0) continue;
      const node = this.findNode(lookup.zone, name);
      if (node !== 0) this.#add(node, name, false);
    }
  }

  /** Notes the name servers of a referral; those below the cut are required. @param only leaves out the others, which would need signatures */
  addGlue(lookup: Lookup, cut: Suffixes, rrset: number, only: boolean): void {
    const tables = this.#tables;
    const bytes = tables.rrBytes(rrset);
    const cutAt = cut.at[lookup.label];
    for (let p = tables.rrAt(rrset), end = tables.rrEnd(rrset); p < end; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      const name = this.take(bytes, rdata, p);
      if (name === undefined) continue;
      const node = tables.find(lookup.zone, name.hash(0), name.name, 0, name.end);
      const required = isBelow(name, cut, cutAt);
      if (node !== 0 && (required || !only)) this.#add(node, name, required);
    }
  }

  /** Writes the addresses of all names noted. Sets TC when required ones don't fit. */
  write(): void {
    const out = this.#out;
    for (let pass = 1; pass >= 0; pass--) {
      for (let i = 0; i < this.#count; i++) {
        if (this.#required[i] !== pass) continue;
        const fits = this.#addresses.write(Section.ADDITIONAL, this.#nodes[i], this.#names[i], this.#ends[i]);
        if (!fits && pass === 1) {
          out.truncated = true;
          return;
        }
      }
    }
  }

  #add(node: number, name: Suffixes, required: boolean): void {
    for (let i = 0; i < this.#count; i++) if (this.#nodes[i] === node) return;
    if (this.#count === MOST) return;
    const i = this.#count++;
    this.#nodes[i] = node;
    this.#required[i] = required ? 1 : 0;
    const copy = this.#names[i];
    for (let j = 0; j < name.end; j++) copy[j] = name.name[j];
    this.#ends[i] = name.end;
  }
}

/** Offset in RDATA of the name that additional addresses belong to, or -1 for types without one. */
function targetOffset(type: number): number {
  switch (type) {
    case RRType.NS:
      return 0;
    case RRType.MX:
    case RRType.SVCB:
    case RRType.HTTPS:
      return 2;
    case RRType.SRV:
      return 6;
    default:
      return -1;
  }
}

/** Whether a name lies at or below the suffix of another that begins at `at`. Both lower case. */
function isBelow(name: Suffixes, other: Suffixes, at: number): boolean {
  const from = name.end - (other.end - at);
  if (from < 0) return false;
  for (let i = from, j = at; i < name.end; i++, j++) if (name.name[i] !== other.name[j]) return false;
  return true;
}
