/**
 * The look-up of RFC 1034 §4.3.2 step 2 and 3, with the wildcards of RFC 4592 and the DNAMEs of RFC 6672: one name, one type, one of
 * a closed set of results. Following CNAMEs and DNAMEs to their targets is the caller's loop (`answer/`).
 *
 * The reader's only primitive is `find(name)`. Because empty non-terminals are nodes, every suffix between the apex and the closest encloser is found,
 * and the flags on them say whether a zone cut or DNAME lies on the way.
 */
import { MAX_NAME, RRType } from '../wire/constants.ts';
import { NodeFlag, type ZoneReader } from './reader.ts';
import type { Suffixes } from './suffixes.ts';

export const Found = {
  /** No zone of ours holds the name. */
  REFUSED: 0,
  /** `node` exists (or stands for the name by a wildcard); its RRsets, steering or lack of them are the answer. */
  NODE: 1,
  /** `node` owns a CNAME, and the type asked for is not answered by it. */
  CNAME: 2,
  /** `node` is above the name and owns a DNAME; `label` is its place in the name. */
  DNAME: 3,
  /** `node` is a zone cut at or above the name; `label` is its place in the name. */
  DELEGATION: 4,
  /** The name does not exist in `zone`. */
  NXDOMAIN: 5,
} as const;
export type Found = (typeof Found)[keyof typeof Found];

export class Lookup {
  /** The zone that answers. */
  zone = 0;
  /** Label of the name at which that zone's apex begins. */
  apexLabel = 0;
  /** The node the result speaks of: for NXDOMAIN the closest encloser. */
  node = 0;
  /** Label of the name at which `node` begins (for a wildcard: at which its parent, the closest encloser, does). */
  label = 0;
  /** Whether `node` was reached by synthesis from a wildcard (RFC 4592 §3.3.1). */
  wildcard = false;
  readonly #starred = new Uint8Array(MAX_NAME + 2);

  /** @param absent whether no zone has a node of this name, as somebody has found out: then the suffixes that are shorter do */
  run(reader: ZoneReader, name: Suffixes, type: number, absent = false): Found {
    this.wildcard = false;
    if (!this.#findZone(reader, name, type, absent ? 1 : 0)) return Found.REFUSED;

    const zone = this.zone;
    let label = 0;
    let node = absent ? 0 : reader.find(zone, name.hash(0), name.name, 0, name.end);
    let flags = node === 0 ? 0 : reader.flags(node);
    const exact = node !== 0;
    // From the apex down to the closest encloser, which exists as all between it and the apex do: what a name without end costs is what there
    // is of it. Below a cut or DNAME nothing is authoritative, and the topmost one governs.
    if (!exact || (flags & NodeFlag.OCCLUDED) !== 0) {
      label = this.apexLabel;
      node = reader.apex(zone);
      flags = reader.flags(node);
      while (label > 1 && (flags & (NodeFlag.CUT | NodeFlag.DNAME)) === 0) {
        const below = reader.find(zone, name.hash(label - 1), name.name, name.at[label - 1], name.end);
        if (below === 0) break;
        node = below;
        flags = reader.flags(node);
        label--;
      }
    }
    this.node = node;
    this.label = label;
    if ((flags & NodeFlag.CUT) !== 0) {
      // The parent side is authoritative for DS at its own cut (RFC 4035 §3.1.4.1), and for nothing else there.
      if (label === 0 && type === RRType.DS) return Found.NODE;
      return Found.DELEGATION;
    }
    if (label > 0 && (flags & NodeFlag.DNAME) !== 0) return Found.DNAME;
    if (exact && label === 0) return this.#atNode(flags, type);

    if ((flags & NodeFlag.WILDCARD_CHILD) !== 0) {
      const starred = this.#starred;
      const at = name.at[label];
      starred[0] = 1;
      starred[1] = 0x2a;
      for (let i = at, j = 2; i < name.end; i++, j++) starred[j] = name.name[i];
      const wild = reader.find(zone, name.wildcardHash(label), starred, 0, name.end - at + 2);
      if (wild !== 0) {
        this.node = wild;
        this.wildcard = true;
        return this.#atNode(reader.flags(wild), type);
      }
    }
    return Found.NXDOMAIN;
  }

  /** CNAME answers every type but itself and ANY, which takes whatever there is (RFC 1034 §4.3.2 step 3a, §3.6.2). */
  #atNode(flags: number, type: number): Found {
    const follow = (flags & NodeFlag.CNAME) !== 0 && type !== RRType.CNAME && type !== RRType.ANY;
    return follow ? Found.CNAME : Found.NODE;
  }

  /**
   * The most specific zone wins (RFC 1034 §4.3.2 step 2), except for DS at an apex whose parent zone is here too: the parent holds it.
   * @param first label that an apex may begin at
   */
  #findZone(reader: ZoneReader, name: Suffixes, type: number, first: number): boolean {
    let own = 0;
    for (let i = Math.max(first, name.labels - reader.apexLabels); i <= name.labels; i++) {
      const zone = reader.findZone(name.hash(i), name.name, name.at[i], name.end);
      if (zone === 0) continue;
      if (i === 0 && type === RRType.DS) {
        own = zone;
        continue;
      }
      this.zone = zone;
      this.apexLabel = i;
      return true;
    }
    if (own === 0) return false;
    this.zone = own;
    this.apexLabel = 0;
    return true;
  }
}
