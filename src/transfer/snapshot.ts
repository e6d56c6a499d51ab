/**
 * What a transfer of a zone would have now, signatures apart: every record of it as one client is answered, steered hosts as addresses. Read from the tables a piece at a time,
 * so that the writer never waits long for their arenas. Other plans and cells may come in between: each host is as it was at some moment of the walk, and the next
 * walk finds what has changed since. Other tables begin it anew.
 *
 * The declared view is read from the same tables, but by what zone data say of a host, and a plan in which everything is up (steering/declared.ts).
 */
import { Client } from '../answer/client.ts';
import { TARGET_AT, wantsHints, writeHinted } from '../answer/hints.ts';
import { Response } from '../answer/response.ts';
import { isMadeBySigning } from '../answer/signature-writer.ts';
import { FamilyIndex, NO_LOCATION, steeredAnswer } from '../answer/steered.ts';
import type { TransferView } from '../answer/transfers.ts';
import { findSame } from '../compile/compare.ts';
import { PlanWriter } from '../compile/plan-writer.ts';
import { type Arenas, PlanArena } from '../tables/arena.ts';
import { ClientReader } from '../tables/client-reader.ts';
import type { GenerationReader } from '../tables/control-block.ts';
import { Zone } from '../tables/layout.ts';
import { A_RECORD_OCTETS, AAAA_RECORD_OCTETS, ADDRESS_AT, ClientWord, FAILURE } from '../tables/plan-layout.ts';
import { isAnswered, PlanReader } from '../tables/plan-reader.ts';
import { TableReader } from '../tables/table-reader.ts';
import { HEADER_SIZE, RRType } from '../wire/constants.ts';
import { nameLength } from '../wire/name.ts';
import { NodeFlag } from '../zone/reader.ts';
import { hashName, Suffixes } from '../zone/suffixes.ts';
import { BlockWriter, blockSize, recordSize, recordsAt, typeAt } from './blocks.ts';
import type { Declared } from './messages.ts';
import { ZoneContent } from './zone-content.ts';

/** How long a piece takes at most, in milliseconds, and after how many nodes the clock is looked at. */
const SLICE_MS = 2;
const LOOK_AT_CLOCK = 64;
/** The largest RDATA and what `Response` puts before it. */
const SCRATCH = HEADER_SIZE + 2 + 0xffff;
const APEX = Uint8Array.of(0);
/** Tries of a walk that other tables begin anew before it is left to the next look. */
const TRIES = 5;

export class Snapshots {
  readonly #arenas: Arenas;
  readonly #generation: GenerationReader;
  readonly #seed: number;
  readonly #tables = new TableReader();
  /** What is answered, and what is declared. */
  readonly #plans = { steered: new PlanReader(), declared: new PlanReader() };
  readonly #declared = new PlanArena();
  readonly #clients = new ClientReader();
  readonly #client: Client | undefined;
  readonly #scratch = new Uint8Array(SCRATCH);
  readonly #out = new Response();
  readonly #root: Suffixes;
  /** Of the walk that goes on. */
  #signed = false;
  #view: TransferView = 'steered';
  #isUnknown = false;

  /**
   * @param generation this thread's line of the control block
   * @param client     whom steered hosts are answered for; undefined: somebody of no known location
   */
  constructor(arenas: Arenas, generation: GenerationReader, seed: number, client: Uint8Array | undefined) {
    this.#arenas = arenas;
    this.#generation = generation;
    this.#seed = seed;
    this.#root = new Suffixes(seed);
    this.#root.take(APEX, 0, 1);
    if (client === undefined) return;
    this.#client = new Client(this.#clients, undefined);
    this.#client.from(client, 0, client.length);
    this.#client.locate(APEX, 0, 0);
  }

  get #plan(): PlanReader {
    return this.#plans[this.#view];
  }

  /** Takes what hosts are declared to be answered. */
  declare({ plan, numbers, size }: Declared): void {
    new PlanWriter(this.#declared).write(plan, numbers, size);
    this.#plans.declared.use(this.#declared);
  }

  /** Apexes of the zones that are served, those left out of which nothing is answered: wire form, lower case. */
  zones(): Uint8Array[] {
    this.#enter();
    const tables = this.#tables;
    const zones: Uint8Array[] = [];
    for (let zone = 1; zone < tables.zoneEnd; zone++) {
      const apex = tables.apex(zone);
      if (apex !== 0 && !tables.isWithheld(zone)) zones.push(tables.name(apex).slice());
    }
    this.#generation.idle();
    return zones;
  }

  /**
   * A zone as it would be transferred, with the serial the tables have.
   * @param apex   wire form, lower case
   * @param before what was transferred last: of a host that may not be answered now, the addresses it had stay
   * @param signed whether it is signed here: then the file's own DNSSEC records are left out, as in answers, whether the view has signatures or not
   * @returns undefined when the zone is not served, the tables come and go too fast, or it is not known yet how some host is declared to be answered
   */
  async take(
    apex: Uint8Array,
    view: TransferView,
    before: ZoneContent | undefined,
    signed: boolean,
    breathe: () => Promise<void>,
  ): Promise<ZoneContent | undefined> {
    this.#signed = signed;
    this.#view = view;
    this.#isUnknown = false;
    for (let tries = 0; tries < TRIES; tries++) {
      const walk = this.#walk(apex, before);
      try {
        for (;;) {
          const { value, done } = walk.next();
          this.#generation.idle();
          if (done === true) {
            if (value === 'other tables') break;
            return this.#isUnknown ? undefined : value;
          }
          await breathe();
        }
      } finally {
        this.#generation.idle();
      }
    }
    return undefined;
  }

  /** Yields where others may have their turn. */
  *#walk(apex: Uint8Array, before: ZoneContent | undefined): Generator<void, ZoneContent | 'other tables' | undefined> {
    const tables = this.#tables;
    this.#enter();
    const version = this.#generation.tables;
    const zone = this.#find(apex);
    if (zone === 0) return undefined;
    const soa = new BlockWriter();
    const blocks = new BlockWriter(before?.blocks.length);
    let until = performance.now() + SLICE_MS;
    let seen = 0;
    const baseEnd = tables.zoneWord(zone, Zone.BASE_END);
    for (let node = tables.zoneWord(zone, Zone.BASE_FIRST); node < baseEnd; node = tables.after(node)) {
      if (++seen % LOOK_AT_CLOCK === 0 && performance.now() > until) {
        yield;
        this.#enter();
        if (this.#generation.tables !== version) return 'other tables';
        until = performance.now() + SLICE_MS;
      }
      if (!tables.overlaid || findSame(tables, zone, tables, node, this.#seed) === node)
        this.#node(soa, blocks, zone, node, apex, before);
    }
    if (tables.overlaid) {
      for (let node = tables.overlayFirst; node > tables.overlayEnd; node = tables.after(node)) {
        if (++seen % LOOK_AT_CLOCK === 0 && performance.now() > until) {
          yield;
          this.#enter();
          if (this.#generation.tables !== version) return 'other tables';
          until = performance.now() + SLICE_MS;
        }
        if (tables.zoneOf(node) === zone && (tables.flags(node) & NodeFlag.HIDDEN) === 0)
          this.#node(soa, blocks, zone, node, apex, before);
      }
    }
    return new ZoneContent(soa.view(), blocks.view(), blocks.count, this.#seed);
  }

  #enter(): void {
    const generation = this.#generation;
    if (!generation.enter()) return;
    const arenas = this.#arenas;
    this.#tables.use(arenas.bases[generation.base], arenas.heads[generation.head]);
    this.#plans.steered.use(arenas.plans[generation.plan]);
    this.#clients.use(arenas.clients[generation.clients]);
  }

  #find(apex: Uint8Array): number {
    if (this.#generation.current === 0) return 0;
    return this.#tables.findZone(hashName(this.#seed, apex, 0, apex.length), apex, 0, apex.length);
  }

  /** Writes an owner's records: at the apex the SOA apart. */
  #node(
    soa: BlockWriter,
    blocks: BlockWriter,
    zone: number,
    node: number,
    apex: Uint8Array,
    before: ZoneContent | undefined,
  ): void {
    const tables = this.#tables;
    const names = tables.names(node);
    const at = tables.nameAt(node);
    const labelsEnd = tables.nameEnd(node) - apex.length;
    blocks.begin(names, at, labelsEnd);
    const assignment = this.#assignment(node);
    if (assignment !== 0 && (tables.flags(node) & NodeFlag.FAST) !== 0) {
      for (const family of [FamilyIndex.IPV4, FamilyIndex.IPV6])
        this.#address(blocks, assignment, family, names, at, labelsEnd, tables.nameEnd(node), before);
    }
    for (let i = 0; i < tables.rrsetCount(node); i++) {
      const rrset = tables.rrsetAt(node, i);
      const type = tables.rrsetType(rrset);
      if (type === RRType.SOA) {
        soa.begin(names, at, at);
        this.#records(soa, rrset, type, tables.rrsetTtl(rrset));
        soa.finish();
      } else if (this.#signed && isMadeBySigning(type)) continue;
      else if ((type === RRType.HTTPS || type === RRType.SVCB) && this.#isHinted(rrset))
        this.#hinted(blocks, zone, node, rrset, type);
      else this.#records(blocks, rrset, type, tables.rrsetTtl(rrset));
    }
    blocks.finish();
  }

  /** Where a host is, or where it is declared to be. */
  #assignment(node: number): number {
    if (this.#view === 'steered') return this.#tables.assignment(node);
    const assignment = this.#tables.declared(node);
    this.#isUnknown ||= assignment >= this.#plan.assignments;
    return assignment;
  }

  #records(out: BlockWriter, rrset: number, type: number, ttl: number): void {
    const tables = this.#tables;
    const bytes = tables.rrBytes(rrset);
    for (let p = tables.rrAt(rrset), end = tables.rrEnd(rrset); p < end; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      out.record(type, ttl, p - rdata);
      out.octetsOf(bytes, rdata, p);
    }
  }

  #address(
    out: BlockWriter,
    assignment: number,
    family: number,
    names: Uint8Array,
    at: number,
    labelsEnd: number,
    end: number,
    before: ZoneContent | undefined,
  ): void {
    const plan = this.#plan;
    const type = family === FamilyIndex.IPV6 ? RRType.AAAA : RRType.A;
    const answer = this.#answer(assignment, family, names, at, end);
    if (answer === FAILURE) {
      copyRecords(out, before, names, at, labelsEnd, type);
      return;
    }
    if (answer === 0) return;
    const record = plan.recordAt(answer) + ADDRESS_AT;
    const octets = (family === FamilyIndex.IPV6 ? AAAA_RECORD_OCTETS : A_RECORD_OCTETS) - ADDRESS_AT;
    out.record(type, plan.ttl(answer), octets);
    out.octetsOf(plan.octets, record, record + octets);
  }

  #answer(assignment: number, family: number, names: Uint8Array, at: number, end: number): number {
    const plan = this.#plan;
    const use = plan.client(assignment);
    const client = this.#client;
    if (use === 0 || client === undefined) return steeredAnswer(plan, assignment, NO_LOCATION, family, names, at, end);
    const clientClass = client.classOf(use);
    return (use & ClientWord.BUCKET) === 0
      ? steeredAnswer(plan, assignment, clientClass, family, names, at, end)
      : steeredAnswer(plan, assignment, clientClass, family, client.network, 0, client.octets);
  }

  #isHinted(rrset: number): boolean {
    const tables = this.#tables;
    const bytes = tables.rrBytes(rrset);
    for (let p = tables.rrAt(rrset), end = tables.rrEnd(rrset); p < end; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      if (wantsHints(bytes, rdata, p)) return true;
    }
    return false;
  }

  /** HTTPS and SVCB with addresses as hints: as they are answered (answer/answer-writer.ts). */
  #hinted(blocks: BlockWriter, zone: number, node: number, rrset: number, type: number): void {
    const tables = this.#tables;
    const plan = this.#plan;
    const bytes = tables.rrBytes(rrset);
    const made: Uint8Array[] = [];
    let ttl = tables.rrsetTtl(rrset);
    for (let p = tables.rrAt(rrset), end = tables.rrEnd(rrset); p < end; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      const hints = wantsHints(bytes, rdata, p) ? this.#hints(zone, node, bytes, rdata + TARGET_AT) : [0, 0];
      for (const answer of hints) if (answer !== 0) ttl = Math.min(ttl, plan.ttl(answer));
      this.#out.begin(this.#scratch, 0, HEADER_SIZE, SCRATCH, this.#root);
      if (!writeHinted(this.#out, plan, hints[0], hints[1], bytes, rdata, p)) continue;
      made.push(this.#scratch.slice(HEADER_SIZE + 2, this.#out.length));
    }
    for (const rdata of made) {
      blocks.record(type, ttl, rdata.length);
      blocks.octetsOf(rdata, 0, rdata.length);
    }
  }

  /** Answers of the TargetName by family, 0 for none: of the owner where it is the root (RFC 9460 §2.5.2), else of a steered host of this zone. */
  #hints(zone: number, node: number, bytes: Uint8Array, targetAt: number): [number, number] {
    const tables = this.#tables;
    const own = bytes[targetAt] === 0;
    const end = targetAt + nameLength(bytes, targetAt);
    const target = new Suffixes(this.#seed);
    target.take(bytes, targetAt, end);
    const found = own ? node : tables.find(zone, target.hash(0), target.name, 0, target.end);
    const assignment = found === 0 ? 0 : this.#assignment(found);
    if (assignment === 0) return [0, 0];
    const answers = [FamilyIndex.IPV4, FamilyIndex.IPV6].map((family) => {
      const answer = steeredAnswer(
        this.#plan,
        assignment,
        NO_LOCATION,
        family,
        tables.names(found),
        tables.nameAt(found),
        tables.nameEnd(found),
      );
      return isAnswered(answer) ? answer : 0;
    });
    return [answers[0], answers[1]];
  }
}

/** The records of a type that an owner had before. */
function copyRecords(
  out: BlockWriter,
  before: ZoneContent | undefined,
  names: Uint8Array,
  at: number,
  labelsEnd: number,
  type: number,
): void {
  const block = before?.findOwner(names, at, labelsEnd) ?? -1;
  if (before === undefined || block < 0) return;
  const { blocks } = before;
  const end = block + blockSize(blocks, block);
  for (let p = recordsAt(blocks, block); p < end; ) {
    const size = recordSize(blocks, p);
    if (typeAt(blocks, p) === type) out.octetsOf(blocks, p, p + size);
    p += size;
  }
}
