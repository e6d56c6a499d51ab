/** Takes the records of a layer into a zone whose upper layers have been taken: those that nothing hides go to the builder. */
import { Node } from '../tables/layout.ts';
import { RRType } from '../wire/constants.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import type { RecordSink } from '../zone/source.ts';
import { type Hidden, hiderAt, type Layer } from './layers.ts';
import type { ZoneBuilder } from './zone-builder.ts';
import { nameKey } from './zone-set.ts';

/** Told what becomes of a layer's RRsets, each once. */
export interface LayerReport {
  hidden(hidden: Hidden): void;
  /** @param owner valid during the call */
  shown?(owner: Uint8Array, type: number): void;
}

export class LayerSink implements RecordSink {
  readonly #builder: ZoneBuilder;
  readonly #from: string;
  readonly #report: LayerReport;
  /** What upper layers have: records and nodes before these. */
  readonly #record: number;
  readonly #node: number;
  /** Whether they have anything at all, or anything that hides what is below it. */
  readonly #isEmpty: boolean;
  readonly #hidesBelow: boolean;
  /** RRsets that were told of, by owner and type. */
  readonly #told = new Set<string>();

  constructor(builder: ZoneBuilder, { from }: Pick<Layer, 'from'>, report: LayerReport) {
    this.#builder = builder;
    this.#from = from;
    this.#report = report;
    this.#record = builder.records.count + 1;
    this.#node = builder.writer.nodeEnd;
    this.#isEmpty = builder.records.count === 0 && builder.hosts === 0;
    this.#hidesBelow = builder.mayHide;
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
    const hidden = this.#isEmpty ? undefined : this.#hiderOf(owner.subarray(0, ownerEnd), type);
    if (hidden === undefined) this.#builder.record(owner, ownerEnd, type, ttl, rdata, rdataEnd, line);
    if (hidden === undefined && this.#report.shown === undefined) return;
    const name = owner.slice(0, ownerEnd);
    const key = `${type} ${nameKey(name)}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    if (hidden === undefined) this.#report.shown?.(name, type);
    else this.#report.hidden({ from: this.#from, owner: name, type, ...hidden });
  }

  report(diagnostic: Diagnostic): void {
    this.#builder.report(diagnostic);
  }

  #hiderOf(owner: Uint8Array, type: number): Pick<Hidden, 'by' | 'at' | 'line'> | undefined {
    const builder = this.#builder;
    const node = this.#upper(owner);
    const isApex = owner.length === builder.apex.length;
    if (node !== 0) {
      const steered = builder.writer.word(node, Node.DECLARED) !== 0;
      const by = hiderAt(this.#typesAt(node), steered, isApex, type);
      if (by !== 0) return { by, at: owner.slice(), line: this.#lineOf(node, by) };
      // It would hide what upper layers have here or below.
      if (type === RRType.DNAME || (type === RRType.NS && !isApex)) return this.#something(node, owner.slice());
    }
    return this.#hidesBelow && !isApex ? this.#cutAbove(owner) : undefined;
  }

  /** The node of a name, if upper layers have it. */
  #upper(name: Uint8Array): number {
    const node = this.#builder.find(name);
    return node < this.#node ? node : 0;
  }

  #typesAt(node: number): number[] {
    const { writer, records } = this.#builder;
    const types: number[] = [];
    for (let r = writer.word(node, Node.RRSETS); r !== 0; r = records.next(r))
      if (r < this.#record && !types.includes(records.type(r))) types.push(records.type(r));
    return types.sort((a, b) => a - b);
  }

  #lineOf(node: number, type: number): number {
    const { writer, records } = this.#builder;
    let line = 0;
    for (let r = writer.word(node, Node.RRSETS); r !== 0; r = records.next(r))
      if (r < this.#record && records.type(r) === type) line = records.line(r);
    return line;
  }

  /** What upper layers have at a name, or, where it is one only because of others below it, that there is something. */
  #something(node: number, at: Uint8Array): Pick<Hidden, 'by' | 'at' | 'line'> {
    const steered = this.#builder.writer.word(node, Node.DECLARED) !== 0;
    const [first = RRType.ANY] = this.#typesAt(node);
    const by = steered ? RRType.STEER : first;
    return { by, at, line: this.#lineOf(node, by) };
  }

  #cutAbove(owner: Uint8Array): Pick<Hidden, 'by' | 'at' | 'line'> | undefined {
    const { apex } = this.#builder;
    for (let at = owner[0] + 1; owner.length - at >= apex.length; at += owner[at] + 1) {
      const above = owner.slice(at);
      const node = this.#upper(above);
      if (node === 0) continue;
      const isApex = above.length === apex.length;
      const by = this.#typesAt(node).find((type) => type === RRType.DNAME || (type === RRType.NS && !isApex));
      if (by !== undefined) return { by, at: above, line: this.#lineOf(node, by) };
    }
    return undefined;
  }
}
