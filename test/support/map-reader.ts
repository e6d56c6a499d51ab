/**
 * The oracle: zone data in plain Maps, written for being obviously right. It answers the same questions as the tables, so `Lookup` over it is what
 * `Lookup` over them must equal.
 */
import { RRType } from '../../src/wire/constants.ts';
import { formatName, lowerCase, parseName } from '../../src/wire/name.ts';
import { NodeFlag, type ZoneReader } from '../../src/zone/reader.ts';
import type { TestRecord } from './records.ts';

interface MapNode {
  readonly name: string;
  readonly zone: MapZone;
  readonly rrsets: Map<number, { ttl: number; rdata: Uint8Array[] }>;
  steered: string;
}

interface MapZone {
  readonly apex: string;
  readonly nodes: Map<string, MapNode>;
}

export class MapReader implements ZoneReader {
  readonly zones: MapZone[] = [];
  readonly #nodes: MapNode[] = [];
  readonly #rrsets: { ttl: number; rdata: Uint8Array[]; type: number }[] = [];

  addZone(apex: string, records: readonly TestRecord[]): void {
    const zone: MapZone = { apex, nodes: new Map() };
    this.zones.push(zone);
    const node = (name: string): MapNode => {
      const known = zone.nodes.get(name);
      if (known !== undefined) return known;
      const made: MapNode = { name, zone, rrsets: new Map(), steered: '' };
      zone.nodes.set(name, made);
      this.#nodes.push(made);
      if (name !== apex) node(parentOf(name));
      return made;
    };
    node(apex);
    for (const { owner, type, ttl, rdata } of records) {
      const wire = parseName(owner);
      lowerCase(wire);
      const at = node(formatName(wire));
      if (type === RRType.STEER) at.steered = Buffer.from(rdata).toString('latin1');
      else {
        const set = at.rrsets.get(type) ?? { ttl: ttl ?? 3600, rdata: [] };
        set.rdata.push(rdata);
        at.rrsets.set(type, set);
      }
    }
  }

  node(ref: number): MapNode {
    return this.#nodes[ref - 1];
  }

  get apexLabels(): number {
    return Math.max(0, ...this.zones.map(({ apex }) => apex.split('.').filter(Boolean).length));
  }

  findZone(_hash: number, name: Uint8Array, at: number): number {
    const text = formatName(name, at);
    return this.zones.findIndex((z) => z.apex === text) + 1;
  }

  find(zone: number, _hash: number, name: Uint8Array, at: number): number {
    const found = this.zones[zone - 1].nodes.get(formatName(name, at));
    return found === undefined ? 0 : this.#nodes.indexOf(found) + 1;
  }

  apex(zone: number): number {
    const z = this.zones[zone - 1];
    return this.#nodes.indexOf(z.nodes.get(z.apex)!) + 1;
  }

  negativeTtl(): number {
    return 0;
  }

  flags(ref: number): number {
    const node = this.node(ref);
    const { zone } = node;
    const isApex = node.name === zone.apex;
    let flags = 0;
    if (isApex) flags |= NodeFlag.APEX;
    if (!isApex && node.rrsets.has(RRType.NS)) flags |= NodeFlag.CUT;
    if (node.rrsets.has(RRType.DNAME)) flags |= NodeFlag.DNAME;
    if (node.rrsets.has(RRType.CNAME)) flags |= NodeFlag.CNAME;
    if (zone.nodes.has(`*.${node.name === '.' ? '' : node.name}`)) flags |= NodeFlag.WILDCARD_CHILD;
    for (let up = node.name; up !== zone.apex; ) {
      up = parentOf(up);
      const above = zone.nodes.get(up)!;
      if ((up !== zone.apex && above.rrsets.has(RRType.NS)) || above.rrsets.has(RRType.DNAME))
        flags |= NodeFlag.OCCLUDED;
    }
    return flags;
  }

  assignment(ref: number): number {
    return this.node(ref).steered === '' ? 0 : 1;
  }

  rrset(ref: number, type: number): number {
    const set = this.node(ref).rrsets.get(type);
    if (set === undefined) return 0;
    this.#rrsets.push({ ...set, type });
    return this.#rrsets.length;
  }

  rrsetCount(ref: number): number {
    return this.node(ref).rrsets.size;
  }

  rrsetAt(ref: number, i: number): number {
    return this.rrset(ref, [...this.node(ref).rrsets.keys()].sort((a, b) => a - b)[i]);
  }

  rrsetType(rrset: number): number {
    return this.#rrsets[rrset - 1].type;
  }
  rrsetTtl(rrset: number): number {
    return this.#rrsets[rrset - 1].ttl;
  }
  rrCount(rrset: number): number {
    return this.#rrsets[rrset - 1].rdata.length;
  }
  rrBytes(rrset: number): Uint8Array {
    return Buffer.concat(
      this.#rrsets[rrset - 1].rdata.map((r) => Buffer.from([r.length >>> 8, r.length & 0xff, ...r])),
    );
  }
  rrAt(): number {
    return 0;
  }
  rrEnd(rrset: number): number {
    return this.rrBytes(rrset).length;
  }
}

function parentOf(name: string): string {
  const wire = parseName(name);
  return formatName(wire, wire[0] + 1);
}
