/** Which types a name has, as an NSEC or NSEC3 says it. */
import { TypeSet } from '../dnssec/nsec.ts';
import type { ZoneKeys } from '../dnssec/zone-keys.ts';
import type { PlanReader } from '../tables/plan-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import { NodeFlag } from '../zone/reader.ts';
import { isMadeBySigning } from './signature-writer.ts';
import { FamilyIndex } from './steered.ts';

export class DeniedTypes {
  readonly types = new TypeSet();
  readonly #tables: TableReader;
  readonly #plan: PlanReader;

  constructor(tables: TableReader, plan: PlanReader) {
    this.#tables = tables;
    this.#plan = plan;
  }

  /** Takes those of a name that is not there, but owns an NSEC (RFC 4470 §4). */
  nothing(): void {
    const { types } = this;
    types.clear();
    types.add(RRType.RRSIG);
    types.add(RRType.NSEC);
  }

  /** Takes those of a name that is not there, as compact denial says it (RFC 9824 §3.1). */
  noName(): void {
    this.nothing();
    this.types.add(RRType.NXNAME);
  }

  /** Takes those of a node. @param denied the type that isn't there, whatever else; 0 for none */
  of(keys: ZoneKeys, node: number, denied: number): void {
    const tables = this.#tables;
    const { types } = this;
    const flags = tables.flags(node);
    const isCut = (flags & NodeFlag.CUT) !== 0;
    let isSigned = false;
    types.clear();
    for (let i = 0, count = tables.rrsetCount(node); i < count; i++) {
      const type = tables.rrsetType(tables.rrsetAt(node, i));
      // At a cut, only what the parent's side is authoritative for, and the NS that make it one (RFC 4035 §2.3).
      if ((isCut && type !== RRType.NS && type !== RRType.DS) || isMadeBySigning(type)) continue;
      types.add(type);
      isSigned ||= !isCut || type === RRType.DS;
    }
    const assignment = tables.assignment(node);
    if (assignment !== 0) {
      if (this.#has(assignment, FamilyIndex.IPV4)) types.add(RRType.A);
      if (this.#has(assignment, FamilyIndex.IPV6)) types.add(RRType.AAAA);
      isSigned = true;
    }
    if ((flags & NodeFlag.APEX) !== 0) for (let i = 0; i < keys.types.length; i++) types.add(keys.types[i]);
    types.remove(denied);
    if (keys.denial === 'nsec3') {
      // An NSEC3 has its own name, and what owns nothing that is signed has no signature (RFC 5155 §7.1).
      if (isSigned) types.add(RRType.RRSIG);
      return;
    }
    types.add(RRType.RRSIG);
    types.add(RRType.NSEC);
  }

  /** Whether any client is answered a family: what is denied, is denied to all. */
  #has(assignment: number, family: number): boolean {
    const plan = this.#plan;
    for (let i = 0; i < plan.classes; i++) if (plan.row(assignment, i, family) !== 0) return true;
    return false;
  }
}
