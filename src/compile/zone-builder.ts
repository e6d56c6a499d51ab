/**
 * Takes the records of one zone after another, in any order, and writes their nodes: finds or adds the owner and its ancestors, steers
 * hosts by interned assignment, and at the end of a zone groups records into RRsets, marks cuts and what they hide, and checks what can only be
 * known of the whole (zone-checks.ts).
 */

import { Node } from '../tables/layout.ts';
import { RRType } from '../wire/constants.ts';
import { formatName, lowerCase } from '../wire/name.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import { NodeFlag } from '../zone/reader.ts';
import type { RecordSink } from '../zone/source.ts';
import { hashName, hashOfState, hashState, hashStep } from '../zone/suffixes.ts';
import type { AssignmentTable, Problem } from './assignment-table.ts';
import { ContentDigest } from './content-digest.ts';
import { DiagnosticList } from './diagnostic-list.ts';
import { Interner } from './interner.ts';
import type { PartWriter } from './part-writer.ts';
import { RecordBuffer } from './record-buffer.ts';
import { completeSoa, type SoaPlace } from './soa.ts';
import { checkNode, checkZone } from './zone-checks.ts';
import { nameKey } from './zone-set.ts';

/** TTL of records whose file gives none: OctoDNS's default. */
export const DEFAULT_TTL = 3600;

/** Ancestors beyond this many are not kept: a zone has few, or nearly as many as hosts. */
const MOST_PARENTS = 1 << 14;

/** What became of a zone. The nodes lie at [first, end) of the part. */
export interface BuiltZone {
  readonly number: number;
  readonly first: number;
  readonly end: number;
  /** The apex node's index. */
  readonly apex: number;
  /** How many nodes: names with records or hosts, and empty non-terminals. */
  readonly nodes: number;
  readonly soa: SoaPlace;
  /** Records the file gave, steered hosts not counted. */
  readonly records: number;
  readonly hosts: number;
  /** Order-independent digest of the content, serial apart. */
  readonly digest: string;
}

export class ZoneBuilder implements RecordSink {
  readonly writer: PartWriter;
  readonly records = new RecordBuffer();
  /** NS records of the zone: node and record number, alternating. */
  nameServers: number[] = [];
  /** Records that hide what is below their owner (NS below the apex, DNAME), by node. */
  hiding = new Map<number, number>();
  apex = new Uint8Array(1);
  file = '';
  diagnostics = new DiagnosticList('');
  readonly #seed: number;
  readonly #assignments: AssignmentTable;
  readonly #interner: Interner;
  readonly #problemOf: (assignment: number) => Problem | undefined;
  #zone = 0;
  #first = 0;
  #countBefore = 0;
  #apexNode = 0;
  #hosts = 0;
  #mayHide = false;
  // The last parent: neighbours in a file mostly share it, and then only their first label is hashed.
  #parentName = new Uint8Array(0);
  #parent = 0;
  #parentState = 0;
  #parents: Set<number> | undefined;
  #order = new Uint32Array(64);

  /**
   * @param problemOf says why an interned assignment can't be used in the network being loaded, or undefined when it can
   */
  constructor(
    writer: PartWriter,
    seed: number,
    assignments: AssignmentTable,
    problemOf: (assignment: number) => Problem | undefined,
  ) {
    this.writer = writer;
    this.#seed = seed;
    this.#assignments = assignments;
    this.#interner = new Interner(assignments);
    this.#problemOf = problemOf;
  }

  /** Whether something was taken that may hide what is below it. */
  get mayHide(): boolean {
    return this.#mayHide;
  }

  /** Whether the zone has layers that come and go by themselves: what they lack can't be an operator's mistake. */
  isLayered = false;

  /** Steered hosts taken since `begin`. */
  get hosts(): number {
    return this.#hosts;
  }

  /** @param keepsParents whether `parents` will be asked for */
  begin(zone: number, apex: Uint8Array, file: string, keepsParents = false): void {
    this.#parents = keepsParents ? new Set() : undefined;
    this.records.reset();
    this.apex = apex.slice();
    this.file = file;
    this.diagnostics = new DiagnosticList(file);
    this.#zone = zone;
    this.nameServers = [];
    this.hiding = new Map();
    this.#hosts = 0;
    this.#mayHide = false;
    this.isLayered = false;
    this.#parent = 0;
    this.#parentName = new Uint8Array(0);
    this.#first = this.writer.nodeEnd;
    this.#countBefore = this.writer.count;
    this.#apexNode = this.#add(apex, 0, apex.length);
    this.writer.flag(this.#apexNode, NodeFlag.APEX);
  }

  report(diagnostic: Diagnostic): void {
    this.diagnostics.add(diagnostic);
  }

  record(
    owner: Uint8Array,
    ownerEnd: number,
    type: number,
    ttl: number,
    rdata: Uint8Array,
    rdataEnd: number,
    line: number,
  ): void {
    const isSibling = this.#sameAsLastParent(owner, owner[0] + 1, ownerEnd);
    if (!isSibling && !this.#inZone(owner, ownerEnd)) {
      this.diagnostics.error(
        'out-of-zone',
        line,
        `${formatName(owner)} is not in the zone ${formatName(this.apex)}`,
        'move it to its own zone',
      );
      return;
    }
    const node = isSibling ? this.#sibling(owner, ownerEnd) : this.#node(owner, 0, ownerEnd);
    const { writer } = this;
    if (type === RRType.STEER) {
      const assignment = this.#interner.number(rdata, rdataEnd, ttl);
      const problem = this.#problemOf(assignment);
      if (problem !== undefined)
        this.diagnostics.error(
          problem.code,
          line,
          `${formatName(owner)}: ${problem.message}`,
          problem.fix,
          problem.word,
        );
      if (writer.word(node, Node.DECLARED) !== 0) {
        this.diagnostics.error(
          'duplicate-record',
          line,
          `${formatName(owner)} is steered twice`,
          'keep one STEER record',
          'STEER',
        );
        return;
      }
      writer.setWord(node, Node.DECLARED, assignment);
      this.#hosts++;
      return;
    }
    if (type === RRType.DNAME || (type === RRType.NS && node !== this.#apexNode)) this.#mayHide = true;
    const next = writer.word(node, Node.RRSETS);
    writer.setWord(node, Node.RRSETS, this.records.add(next, type, ttl < 0 ? DEFAULT_TTL : ttl, rdata, rdataEnd, line));
  }

  /**
   * Writes the zone's RRsets and checks it.
   * @param shadowed whether another zone's apex lies below this one's at or above a name: its data there is not ours to answer
   */
  end(shadowed: ((name: Uint8Array) => boolean) | undefined): BuiltZone {
    const { writer } = this;
    const soa = completeSoa(this, this.#apexNode);
    const digest = new ContentDigest();
    const end = writer.nodeEnd;
    for (let node = this.#first; node < end; node = writer.after(node)) this.#finishNode(node, soa, digest);
    if (this.#mayHide) {
      for (let node = this.#first; node < end; node = writer.after(node)) {
        if (this.#isHidden(node)) writer.flag(node, NodeFlag.OCCLUDED);
      }
    }
    checkZone(this, this.#first, this.#mayHide ? end : this.#first);
    for (let node = this.#first; node < end; node = writer.after(node)) {
      const declared = writer.word(node, Node.DECLARED);
      if ((writer.flags(node) & (NodeFlag.OCCLUDED | NodeFlag.CUT)) === 0) {
        if (shadowed === undefined || !shadowed(this.nameOf(node))) writer.flag(node, NodeFlag.FAST);
      }
      writer.setWord(node, Node.CELL, declared);
    }
    return {
      number: this.#zone,
      first: this.#first,
      end,
      apex: this.#apexNode,
      nodes: writer.count - this.#countBefore,
      soa,
      records: this.records.count,
      hosts: this.#hosts,
      digest: digest.text,
    };
  }

  /** The parent of a node of this zone, 0 for the apex. Only while the zone is being built (its cell holds it until then). */
  parent(node: number): number {
    return this.writer.word(node, Node.CELL);
  }

  /** Keys of all names with others below them; undefined when there are too many, or nobody was to ask. */
  get parents(): Set<string> | undefined {
    return this.#parents && new Set([...this.#parents].map((node) => nameKey(this.nameOf(node))));
  }

  /** Keys of the zone's own names that its NS records name. */
  get glue(): Set<string> {
    const keys = new Set<string>();
    for (let i = 1; i < this.nameServers.length; i += 2) {
      const target = this.records.rdata(this.nameServers[i]).slice();
      lowerCase(target);
      if (this.#inZone(target, target.length)) keys.add(nameKey(target));
    }
    return keys;
  }

  /** A node of this zone by its name in wire form, lower case; 0 when there is none. */
  find(name: Uint8Array): number {
    return this.writer.find(this.#zone, hashName(this.#seed, name, 0, name.length), name, 0, name.length);
  }

  nameOf(node: number): Uint8Array {
    const at = this.writer.nameAt(node);
    return this.writer.names.subarray(at, at + this.writer.nameLength(node));
  }

  #inZone(owner: Uint8Array, end: number): boolean {
    const { apex } = this;
    const at = end - apex.length;
    if (at < 0) return false;
    for (let i = 0; i < apex.length; i++) if (owner[at + i] !== apex[i]) return false;
    let p = 0;
    while (p < at) p += owner[p] + 1;
    return p === at;
  }

  /** The node of a name with the last parent. */
  #sibling(name: Uint8Array, end: number): number {
    let state = this.#parentState;
    for (let i = name[0]; i >= 0; i--) state = hashStep(state, name[i]);
    const hash = hashOfState(state);
    const node = this.writer.find(this.#zone, hash, name, 0, end);
    return node !== 0 ? node : this.#add(name, 0, end, hash);
  }

  #node(name: Uint8Array, at: number, end: number): number {
    const hash = hashName(this.#seed, name, at, end);
    const node = this.writer.find(this.#zone, hash, name, at, end);
    return node !== 0 ? node : this.#add(name, at, end, hash);
  }

  #add(name: Uint8Array, at: number, end: number, hash = hashName(this.#seed, name, at, end)): number {
    // Every ancestor up to the apex is a node (RFC 4592 §2.2.2: empty non-terminals exist).
    let parent = 0;
    if (end - at > this.apex.length) {
      const up = at + name[at] + 1;
      parent = this.#sameAsLastParent(name, up, end) ? this.#parent : this.#node(name, up, end);
      if (parent !== this.#parent) {
        this.#parent = parent;
        this.#noteParent(parent);
        this.#parentName = name.slice(up, end);
        this.#parentState = hashState(this.#seed, name, up, end);
      }
      if (name[at] === 1 && name[at + 1] === 0x2a) this.writer.flag(parent, NodeFlag.WILDCARD_CHILD);
    }
    const node = this.writer.add(this.#zone, hash, name, at, end);
    this.writer.setWord(node, Node.CELL, parent);
    return node;
  }

  #noteParent(parent: number): void {
    if (this.#parents === undefined) return;
    this.#parents.add(parent);
    if (this.#parents.size > MOST_PARENTS) this.#parents = undefined;
  }

  #sameAsLastParent(name: Uint8Array, at: number, end: number): boolean {
    const parent = this.#parentName;
    if (this.#parent === 0 || parent.length !== end - at) return false;
    for (let i = 0; i < parent.length; i++) if (parent[i] !== name[at + i]) return false;
    return true;
  }

  #finishNode(node: number, soa: SoaPlace, digest: ContentDigest): void {
    const { writer, records } = this;
    const declared = writer.word(node, Node.DECLARED);
    const head = writer.word(node, Node.RRSETS);
    if (head === 0) {
      if (declared !== 0) this.#digestHost(node, declared, digest);
      return;
    }
    const order = this.#sorted(head);
    const count = checkNode(this, node, order, declared !== 0);
    const nameAt = writer.nameAt(node);
    const nameEnd = nameAt + writer.nameLength(node);
    let rrsets = 0;
    for (let i = 0; i < count; i++) if (i === 0 || records.type(order[i]) !== records.type(order[i - 1])) rrsets++;

    const list = writer.beginList(rrsets);
    let set = -1;
    let rrset = 0;
    for (let i = 0; i < count; i++) {
      const record = order[i];
      const type = records.type(record);
      if (i === 0 || type !== records.type(order[i - 1])) {
        if (rrset !== 0) writer.endRRset(rrset);
        rrset = writer.beginRRset(list, ++set, type, records.ttl(record));
        if (type === RRType.NS && node !== this.#apexNode) writer.flag(node, NodeFlag.CUT);
        else if (type === RRType.DNAME) writer.flag(node, NodeFlag.DNAME);
        else if (type === RRType.CNAME) writer.flag(node, NodeFlag.CNAME);
        if (type === RRType.SOA) soa.rrset = rrset;
      }
      writer.record(rrset, records.octets, records.first(record), records.end(record));
      digest.record(
        writer.names,
        nameAt,
        nameEnd,
        type,
        records.ttl(record),
        records.octets,
        records.first(record),
        records.end(record),
      );
    }
    if (rrset !== 0) writer.endRRset(rrset);
    writer.setWord(node, Node.RRSETS, list);
    if (declared !== 0) this.#digestHost(node, declared, digest);
  }

  #digestHost(node: number, declared: number, digest: ContentDigest): void {
    const at = this.writer.nameAt(node);
    digest.host(this.writer.names, at, at + this.writer.nameLength(node), declared, this.#assignments, 1);
  }

  #sorted(head: number): Uint32Array {
    const { records } = this;
    let count = 0;
    for (let r = head; r !== 0; r = records.next(r)) {
      if (count + 1 >= this.#order.length) {
        const more = new Uint32Array(this.#order.length * 2);
        more.set(this.#order);
        this.#order = more;
      }
      this.#order[count++] = r;
    }
    const order = this.#order.subarray(0, count);
    if (count > 1) order.sort((a, b) => records.compare(a, b) || a - b);
    return order;
  }

  #isHidden(node: number): boolean {
    const { writer } = this;
    for (let up = this.parent(node); up !== 0; up = this.parent(up)) {
      if ((writer.flags(up) & (NodeFlag.CUT | NodeFlag.DNAME)) !== 0) return true;
    }
    return false;
  }
}
