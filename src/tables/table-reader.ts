/**
 * Zone data read from a base and its overlay (layout.ts). A reference to a node or RRset is its word index, positive in the base and
 * negative in the overlay.
 */
import { NodeFlag, type ZoneReader } from '../zone/reader.ts';
import { hashName } from '../zone/suffixes.ts';
import type { Head, Part } from './arena.ts';
import { FIRST_WORD, Header, NODE_NAME_OCTET, Node, nodeWords, RRset, SLOT_WORDS, Zone } from './layout.ts';
import { hasEnding } from './zone-filter.ts';

const NO_WORDS = new Uint32Array(0);
const NO_OCTETS = new Uint8Array(0);

export class TableReader implements ZoneReader {
  /** Grows with every `use`: what a reader keeps of zone data is good for one version. */
  version = 0;
  // The columns' views, held flat: a look-up reads them all.
  #baseSlots: Uint32Array = NO_WORDS;
  #baseMask = 0;
  #baseNodes: Uint32Array = NO_WORDS;
  #baseNames: Uint8Array = NO_OCTETS;
  #baseData: Uint32Array = NO_WORDS;
  #baseRecords: Uint8Array = NO_OCTETS;
  #overSlots: Uint32Array = NO_WORDS;
  #overMask = 0;
  #overNodes: Uint32Array = NO_WORDS;
  #overNames: Uint8Array = NO_OCTETS;
  #overData: Uint32Array = NO_WORDS;
  #overRecords: Uint8Array = NO_OCTETS;
  #overlaid = false;
  #zones: Uint32Array = NO_WORDS;
  #zoneSlots: Uint32Array = NO_WORDS;
  #zoneMask = 0;
  #apexLabels = 0;
  /** Where the filter of names begins behind the zones' slots, and its words less one; -1 for no filter. */
  #filterAt = 0;
  #filterMask = -1;
  #withheld = 0;

  /** Takes the views of a generation's arenas. Call when `GenerationReader.enter` says that there is a new one. */
  use(base: Part, head: Head): void {
    base.refresh();
    head.refresh();
    this.version = (this.version + 1) | 0;
    this.#baseSlots = base.slots.u32;
    this.#baseNodes = base.nodes.u32;
    this.#baseNames = base.nodes.u8;
    this.#baseData = base.data.u32;
    this.#baseRecords = base.data.u8;
    this.#baseMask = base.nodes.u32[Header.SLOTS] - 1;
    this.#overSlots = head.slots.u32;
    this.#overNodes = head.nodes.u32;
    this.#overNames = head.nodes.u8;
    this.#overData = head.data.u32;
    this.#overRecords = head.data.u8;
    this.#overMask = head.nodes.u32[Header.SLOTS] - 1;
    this.#overlaid = head.nodes.u32[Header.COUNT] > 0;
    this.#zones = head.zones.u32;
    this.#zoneSlots = head.zoneSlots.u32;
    this.#zoneMask = head.zones.u32[Header.SLOTS] - 1;
    this.#apexLabels = head.zones.u32[Header.APEX_LABELS];
    this.#filterAt = (this.#zoneMask + 1) * SLOT_WORDS;
    this.#filterMask = head.zones.u32[Header.FILTER] - 1;
    this.#withheld = head.zones.u32[Header.WITHHELD];
  }

  get apexLabels(): number {
    return this.#apexLabels;
  }

  /** Whether a zone may hold names that end so. @param hash of their last two labels */
  mayHold(hash: number): boolean {
    return this.#filterMask < 0 || hasEnding(this.#zoneSlots, this.#filterAt, this.#filterMask, hash);
  }

  findZone(hash: number, name: Uint8Array, at: number, end: number): number {
    const slots = this.#zoneSlots;
    const mask = this.#zoneMask;
    for (let s = hash & mask; ; s = (s + 1) & mask) {
      const zone = slots[s * SLOT_WORDS + 1];
      if (zone === 0) return 0;
      if (slots[s * SLOT_WORDS] === hash && this.#hasName(this.apex(zone), name, at, end)) return zone;
    }
  }

  find(zone: number, hash: number, name: Uint8Array, at: number, end: number): number {
    if (this.#overlaid) {
      const node = probe(this.#overSlots, this.#overMask, this.#overNodes, this.#overNames, zone, hash, name, at, end);
      if (node !== 0) return (this.#overNodes[node + Node.ZONE_FLAGS] & NodeFlag.HIDDEN) !== 0 ? 0 : -node;
    }
    return this.findInBase(zone, hash, name, at, end);
  }

  /** `find` as if there were no overlay. */
  findInBase(zone: number, hash: number, name: Uint8Array, at: number, end: number): number {
    return probe(this.#baseSlots, this.#baseMask, this.#baseNodes, this.#baseNames, zone, hash, name, at, end);
  }

  /**
   * Stage one of a batched look-up: the first slot's node with this hash in the base, name not compared yet; 0 when there is none or
   * an overlay must be asked. `isFast` finishes it.
   */
  candidate(hash: number): number {
    if (this.#overlaid) return this.#overCandidate(hash);
    const slots = this.#baseSlots;
    const mask = this.#baseMask;
    for (let s = hash & mask; ; s = (s + 1) & mask) {
      const node = slots[s * SLOT_WORDS + 1];
      if (node === 0) return 0;
      if (slots[s * SLOT_WORDS] === hash) return node;
    }
  }

  #overCandidate(hash: number): number {
    const slots = this.#overSlots;
    const mask = this.#overMask;
    for (let s = hash & mask; ; s = (s + 1) & mask) {
      const node = slots[s * SLOT_WORDS + 1];
      if (node === 0) break;
      if (slots[s * SLOT_WORDS] === hash) return -node;
    }
    const base = this.#baseSlots;
    const baseMask = this.#baseMask;
    for (let s = hash & baseMask; ; s = (s + 1) & baseMask) {
      const node = base[s * SLOT_WORDS + 1];
      if (node === 0) return 0;
      if (base[s * SLOT_WORDS] === hash) return node;
    }
  }

  /**
   * Stage two: a candidate's zone and flags, zone << 8 | NodeFlag bits, which brings its record into the cache; 0 for no candidate.
   */
  zoneAndFlags(candidate: number): number {
    return candidate >= 0 ? this.#baseNodes[candidate + Node.ZONE_FLAGS] : this.#overNodes[Node.ZONE_FLAGS - candidate];
  }

  /** Stage three: whether a candidate's name is the one at `bytes[at, end)`, wire form of any case. */
  isNamed(candidate: number, bytes: Uint8Array, at: number, end: number): boolean {
    const names = candidate > 0 ? this.#baseNames : this.#overNames;
    let n = Math.abs(candidate) * 4 + NODE_NAME_OCTET;
    if (names[n - 1] !== end - at) return false;
    for (let i = at; i < end; i++) {
      let c = bytes[i];
      if (c >= 0x41 && c <= 0x5a) c |= 0x20;
      if (c !== names[n++]) return false;
    }
    return true;
  }

  apex(zone: number): number {
    return this.#zones[zone * Zone.WORDS + Zone.APEX] | 0;
  }

  negativeTtl(zone: number): number {
    return this.#zones[zone * Zone.WORDS + Zone.NEGATIVE_TTL];
  }

  /** Whether nothing of the zone may be answered (layout.ts `Zone.WITHHELD`). */
  isWithheld(zone: number): boolean {
    return this.#withheld !== 0 && this.#zones[zone * Zone.WORDS + Zone.WITHHELD] !== 0;
  }

  /** SOA serial of the zone. */
  serial(zone: number): number {
    return this.#zones[zone * Zone.WORDS + Zone.SERIAL];
  }

  /** One past the highest zone number. */
  get zoneEnd(): number {
    return this.#zones.length === 0 ? 1 : this.#zones[Header.END] / Zone.WORDS;
  }

  flags(node: number): number {
    return (node > 0 ? this.#baseNodes[node + Node.ZONE_FLAGS] : this.#overNodes[Node.ZONE_FLAGS - node]) & 0xff;
  }

  zoneOf(node: number): number {
    return (node > 0 ? this.#baseNodes[node + Node.ZONE_FLAGS] : this.#overNodes[Node.ZONE_FLAGS - node]) >>> 8;
  }

  assignment(node: number): number {
    return node > 0 ? Atomics.load(this.#baseNodes, node + Node.CELL) : Atomics.load(this.#overNodes, Node.CELL - node);
  }

  /** The same for the one thread that writes cells, to which its own last store is good enough. */
  written(node: number): number {
    return node > 0 ? this.#baseNodes[node + Node.CELL] : this.#overNodes[Node.CELL - node];
  }

  /** The assignment the zone file declares, whatever the cell says now; 0 when the node is not a steered host. */
  declared(node: number): number {
    return node > 0 ? this.#baseNodes[node + Node.DECLARED] : this.#overNodes[Node.DECLARED - node];
  }

  /** Writer only: moves a steered host. One store, seen by the next answer that starts. */
  assign(node: number, assignment: number): void {
    if (node > 0) Atomics.store(this.#baseNodes, node + Node.CELL, assignment);
    else Atomics.store(this.#overNodes, Node.CELL - node, assignment);
  }

  /**
   * Writer only: moves many hosts, each by one store. What is whole words does not tear, so a reader finds the old assignment or the new one; the last
   * store comes after all others for everybody.
   * @param kindOf by node, which of the assignments it gets
   */
  assignAll(nodes: Int32Array, kindOf: Uint32Array, assignments: Uint32Array): void {
    const last = nodes.length - 1;
    for (let i = 0; i < last; i++) {
      const node = nodes[i];
      if (node > 0) this.#baseNodes[node + Node.CELL] = assignments[kindOf[i]];
      else this.#overNodes[Node.CELL - node] = assignments[kindOf[i]];
    }
    if (last >= 0) this.assign(nodes[last], assignments[kindOf[last]]);
  }

  /** A word of the zone table (layout.ts `Zone`); 0 for a zone that isn't served. */
  zoneWord(zone: number, word: number): number {
    return zone < this.zoneEnd ? this.#zones[zone * Zone.WORDS + word] : 0;
  }

  /** Whether any node lies in the overlay. */
  get overlaid(): boolean {
    return this.#overlaid;
  }

  /** First node of the overlay, and the one after its last: references, so negative and falling. */
  get overlayFirst(): number {
    return -FIRST_WORD;
  }
  get overlayEnd(): number {
    return this.#overNodes.length === 0 ? -FIRST_WORD : -this.#overNodes[Header.END];
  }

  /** First node of the base, and the index after its last. */
  get baseFirst(): number {
    return FIRST_WORD;
  }
  get baseEnd(): number {
    return this.#baseNodes.length === 0 ? FIRST_WORD : this.#baseNodes[Header.END];
  }

  /** The node of the base that an overlay's node stands before; 0 when its name is not in the base. */
  underneath(node: number, seed: number): number {
    const names = this.names(node);
    const at = this.nameAt(node);
    const end = this.nameEnd(node);
    const hash = hashName(seed, names, at, end);
    return probe(
      this.#baseSlots,
      this.#baseMask,
      this.#baseNodes,
      this.#baseNames,
      this.zoneOf(node),
      hash,
      names,
      at,
      end,
    );
  }

  /** Nodes in the base and in the overlay. */
  get counts(): { base: number; overlay: number } {
    return { base: this.#baseNodes[Header.COUNT] ?? 0, overlay: this.#overNodes[Header.COUNT] ?? 0 };
  }

  /** The node written after this one in the same part. */
  after(node: number): number {
    const names = node > 0 ? this.#baseNames : this.#overNames;
    const words = nodeWords(names[Math.abs(node) * 4 + NODE_NAME_OCTET - 1]);
    return node > 0 ? node + words : node - words;
  }

  /** The octets names lie in, in the part of this node; `nameAt` and `nameEnd` bound the node's own. */
  names(node: number): Uint8Array {
    return node > 0 ? this.#baseNames : this.#overNames;
  }
  nameAt(node: number): number {
    return Math.abs(node) * 4 + NODE_NAME_OCTET;
  }
  nameEnd(node: number): number {
    const at = this.nameAt(node);
    return at + this.names(node)[at - 1];
  }

  /** The node's name: a view of the table, lower-case wire form. */
  name(node: number): Uint8Array {
    const names = node > 0 ? this.#baseNames : this.#overNames;
    const at = Math.abs(node) * 4 + NODE_NAME_OCTET;
    return names.subarray(at, at + names[at - 1]);
  }

  rrset(node: number, type: number): number {
    const data = node > 0 ? this.#baseData : this.#overData;
    const list = node > 0 ? this.#baseNodes[node + Node.RRSETS] : this.#overNodes[Node.RRSETS - node];
    if (list === 0) return 0;
    const count = data[list];
    for (let i = 0, r = list + 1; i < count; i++, r += RRset.WORDS) {
      if ((data[r + RRset.TYPE] & 0xffff) === type) return node > 0 ? r : -r;
    }
    return 0;
  }

  rrsetCount(node: number): number {
    if (node > 0) {
      const list = this.#baseNodes[node + Node.RRSETS];
      return list === 0 ? 0 : this.#baseData[list];
    }
    const list = this.#overNodes[Node.RRSETS - node];
    return list === 0 ? 0 : this.#overData[list];
  }

  rrsetAt(node: number, i: number): number {
    const r = 1 + i * RRset.WORDS;
    return node > 0 ? this.#baseNodes[node + Node.RRSETS] + r : -(this.#overNodes[Node.RRSETS - node] + r);
  }

  rrsetType(rrset: number): number {
    return this.#rrsetWord(rrset, RRset.TYPE) & 0xffff;
  }

  rrsetTtl(rrset: number): number {
    return this.#rrsetWord(rrset, RRset.TTL);
  }

  rrCount(rrset: number): number {
    return this.#rrsetWord(rrset, RRset.TYPE) >>> 16;
  }

  rrBytes(rrset: number): Uint8Array {
    return rrset > 0 ? this.#baseRecords : this.#overRecords;
  }

  rrAt(rrset: number): number {
    return this.#rrsetWord(rrset, RRset.FIRST);
  }

  rrEnd(rrset: number): number {
    return this.#rrsetWord(rrset, RRset.END);
  }

  #rrsetWord(rrset: number, word: number): number {
    return rrset > 0 ? this.#baseData[rrset + word] : this.#overData[word - rrset];
  }

  #hasName(node: number, name: Uint8Array, at: number, end: number): boolean {
    const names = node > 0 ? this.#baseNames : this.#overNames;
    return sameOctets(names, Math.abs(node) * 4 + NODE_NAME_OCTET, name, at, end);
  }
}

function probe(
  slots: Uint32Array,
  mask: number,
  nodes: Uint32Array,
  names: Uint8Array,
  zone: number,
  hash: number,
  name: Uint8Array,
  at: number,
  end: number,
): number {
  for (let s = hash & mask; ; s = (s + 1) & mask) {
    const node = slots[s * SLOT_WORDS + 1];
    if (node === 0) return 0;
    if (
      slots[s * SLOT_WORDS] === hash &&
      nodes[node + Node.ZONE_FLAGS] >>> 8 === zone &&
      sameOctets(names, node * 4 + NODE_NAME_OCTET, name, at, end)
    ) {
      return node;
    }
  }
}

/** Compares a stored name, whose length octet is just before `stored`, with `name[at, end)`. */
function sameOctets(names: Uint8Array, stored: number, name: Uint8Array, at: number, end: number): boolean {
  if (names[stored - 1] !== end - at) return false;
  for (let i = at; i < end; i++) {
    if (names[stored++] !== name[i]) return false;
  }
  return true;
}
