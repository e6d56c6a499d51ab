/**
 * Fills the slots, nodes and data of a part (tables/layout.ts). Knows the layout, not what a zone is.
 */
import type { Part } from '../tables/arena.ts';
import { FIRST_WORD, Header, NODE_NAME_OCTET, Node, nodeWords, RRset, SLOT_WORDS } from '../tables/layout.ts';

const MIN_SLOTS = 8;

export class PartWriter {
  readonly part: Part;
  #slots: Uint32Array;
  #mask = 0;
  #nodes: Uint32Array;
  #names: Uint8Array;
  #data: Uint32Array;
  #octets: Uint8Array;
  #nodeEnd = FIRST_WORD;
  #dataEnd = FIRST_WORD;
  #count = 0;
  /** Where the last `find` ended without a node, and for which hash: what is added next mostly belongs there. */
  #free = 0;
  #freeHash = 0;

  constructor(part: Part) {
    this.part = part;
    this.#slots = part.slots.u32;
    this.#nodes = part.nodes.u32;
    this.#names = part.nodes.u8;
    this.#data = part.data.u32;
    this.#octets = part.data.u8;
  }

  /**
   * Empties the part.
   * @param nodes how many nodes are expected; more is no error, but costs growing
   */
  reset(nodes: number): void {
    let slots = MIN_SLOTS;
    while (slots < nodes * 2) slots *= 2;
    this.part.slots.ensure(slots * SLOT_WORDS * 4);
    this.#slots = this.part.slots.u32;
    this.#slots.fill(0, 0, slots * SLOT_WORDS);
    this.#mask = slots - 1;
    this.#forgetFree();
    this.#nodeEnd = FIRST_WORD;
    this.#dataEnd = FIRST_WORD;
    this.#count = 0;
    this.#ensureNodes(FIRST_WORD);
    this.#ensureData(FIRST_WORD);
    this.#header();
  }

  get count(): number {
    return this.#count;
  }

  /** Index after the last node: where the next one will lie. */
  get nodeEnd(): number {
    return this.#nodeEnd;
  }

  /** Octets in use. */
  get size(): number {
    return (this.#mask + 1) * SLOT_WORDS * 4 + (this.#nodeEnd + this.#dataEnd) * 4;
  }

  /** The node of `zone` with this name, or 0. */
  find(zone: number, hash: number, name: Uint8Array, at: number, end: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    for (let s = hash & mask; ; s = (s + 1) & mask) {
      const node = slots[s * SLOT_WORDS + 1];
      if (node === 0) {
        this.#free = s;
        this.#freeHash = hash;
        return 0;
      }
      if (slots[s * SLOT_WORDS] === hash && this.#isNode(node, zone, name, at, end)) return node;
    }
  }

  /** Adds a node that isn't there yet, with empty words, and returns its index. */
  add(zone: number, hash: number, name: Uint8Array, at: number, end: number): number {
    if (this.#count >= (this.#mask + 1) >>> 1) this.#growSlots();
    const slots = this.#slots;
    const mask = this.#mask;
    // Nothing is ever taken out, so all slots before a free one stay taken.
    let s = hash === this.#freeHash ? this.#free : hash & mask;
    while (slots[s * SLOT_WORDS + 1] !== 0) s = (s + 1) & mask;

    const node = this.#nodeEnd;
    const words = nodeWords(end - at);
    this.#ensureNodes(node + words);
    const nodes = this.#nodes;
    nodes[node + Node.CELL] = 0;
    nodes[node + Node.DECLARED] = 0;
    nodes[node + Node.RRSETS] = 0;
    nodes[node + Node.ZONE_FLAGS] = zone * 256;
    nodes[node + words - 1] = 0;
    const names = this.#names;
    let n = node * 4 + NODE_NAME_OCTET;
    names[n - 1] = end - at;
    for (let i = at; i < end; i++) names[n++] = name[i];

    slots[s * SLOT_WORDS] = hash;
    slots[s * SLOT_WORDS + 1] = node;
    this.#nodeEnd = node + words;
    this.#count++;
    this.#header();
    return node;
  }

  word(node: number, field: number): number {
    return this.#nodes[node + field];
  }

  setWord(node: number, field: number, value: number): void {
    this.#nodes[node + field] = value;
  }

  /** Raises NodeFlag bits of a node. */
  flag(node: number, flags: number): void {
    this.#nodes[node + Node.ZONE_FLAGS] |= flags;
  }

  flags(node: number): number {
    return this.#nodes[node + Node.ZONE_FLAGS] & 0xff;
  }

  nameAt(node: number): number {
    return node * 4 + NODE_NAME_OCTET;
  }

  /** Octets of the node's name. */
  nameLength(node: number): number {
    return this.#names[node * 4 + NODE_NAME_OCTET - 1];
  }

  /** The octets that `nameAt` is an offset in. Renewed when the column grows. */
  get names(): Uint8Array {
    return this.#names;
  }

  /** The node after this one. */
  after(node: number): number {
    return node + nodeWords(this.nameLength(node));
  }

  /** Begins an RRset list of so many RRsets, and returns its index (for Node.RRSETS). */
  beginList(rrsets: number): number {
    const list = this.#dataEnd;
    this.#dataEnd = list + 1 + rrsets * RRset.WORDS;
    this.#ensureData(this.#dataEnd);
    this.#data[list] = rrsets;
    return list;
  }

  /** Writes RRset `i` of a list; its records are appended after it with `record`, then closed with `endRRset`. */
  beginRRset(list: number, i: number, type: number, ttl: number): number {
    const r = list + 1 + i * RRset.WORDS;
    this.#data[r + RRset.TYPE] = type;
    this.#data[r + RRset.TTL] = ttl;
    this.#data[r + RRset.FIRST] = this.#dataEnd * 4;
    this.#data[r + RRset.END] = this.#dataEnd * 4;
    return r;
  }

  /** Appends a record: its RDLENGTH and RDATA. */
  record(rrset: number, rdata: Uint8Array, from: number, end: number): void {
    const at = this.#data[rrset + RRset.END];
    const length = end - from;
    this.#ensureData((at + 2 + length + 3) >>> 2);
    const octets = this.#octets;
    octets[at] = length >>> 8;
    octets[at + 1] = length;
    for (let i = 0; i < length; i++) octets[at + 2 + i] = rdata[from + i];
    this.#data[rrset + RRset.END] = at + 2 + length;
    this.#data[rrset + RRset.TYPE] += 0x10000;
  }

  /** Rounds up to a word after the last record of an RRset. */
  endRRset(rrset: number): void {
    this.#dataEnd = (this.#data[rrset + RRset.END] + 3) >>> 2;
  }

  /** The RRset of this type that a node with a finished RRset list owns, or 0. */
  rrset(node: number, type: number): number {
    const list = this.#nodes[node + Node.RRSETS];
    if (list === 0) return 0;
    for (let i = 0, r = list + 1; i < this.#data[list]; i++, r += RRset.WORDS) {
      if ((this.#data[r + RRset.TYPE] & 0xffff) === type) return r;
    }
    return 0;
  }

  /** Whether it owns one. */
  hasType(node: number, type: number): boolean {
    return this.rrset(node, type) !== 0;
  }

  /** Octet offset of an RRset's first record, its RDLENGTH included. */
  recordsAt(rrset: number): number {
    return this.#data[rrset + RRset.FIRST];
  }

  /** The octets that `recordsAt` is an offset in. */
  get octetsOfRecords(): Uint8Array {
    return this.#octets;
  }

  /** Overwrites octets of the data column: a serial in a SOA that is already there. */
  patch(at: number, octets: ArrayLike<number>): void {
    this.#octets.set(octets, at);
  }

  #isNode(node: number, zone: number, name: Uint8Array, at: number, end: number): boolean {
    if (this.#nodes[node + Node.ZONE_FLAGS] >>> 8 !== zone) return false;
    const names = this.#names;
    let n = node * 4 + NODE_NAME_OCTET;
    if (names[n - 1] !== end - at) return false;
    for (let i = at; i < end; i++) if (names[n++] !== name[i]) return false;
    return true;
  }

  #growSlots(): void {
    const used = (this.#mask + 1) * SLOT_WORDS;
    const old = this.#slots.slice(0, used);
    this.part.slots.ensure(used * 2 * 4);
    const slots = this.part.slots.u32;
    this.#slots = slots;
    slots.fill(0, 0, used * 2);
    this.#mask = this.#mask * 2 + 1;
    this.#forgetFree();
    const mask = this.#mask;
    for (let i = 0; i < used; i += SLOT_WORDS) {
      if (old[i + 1] === 0) continue;
      let s = old[i] & mask;
      while (slots[s * SLOT_WORDS + 1] !== 0) s = (s + 1) & mask;
      slots[s * SLOT_WORDS] = old[i];
      slots[s * SLOT_WORDS + 1] = old[i + 1];
    }
    this.#header();
  }

  /** The beginning of the way of hash 0, where every look for a free slot may begin. */
  #forgetFree(): void {
    this.#free = 0;
    this.#freeHash = 0;
  }

  #ensureNodes(words: number): void {
    if (words <= this.#nodes.length) return;
    this.part.nodes.ensure(words * 4);
    this.#nodes = this.part.nodes.u32;
    this.#names = this.part.nodes.u8;
  }

  #ensureData(words: number): void {
    if (words <= this.#data.length) return;
    this.part.data.ensure(words * 4);
    this.#data = this.part.data.u32;
    this.#octets = this.part.data.u8;
  }

  #header(): void {
    this.#nodes[Header.SLOTS] = this.#mask + 1;
    this.#nodes[Header.COUNT] = this.#count;
    this.#nodes[Header.END] = this.#nodeEnd;
  }
}
