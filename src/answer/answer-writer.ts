/**
 * Writes the records a look-up result calls for: a node's RRset or steered addresses, a referral, the SOA of a negative answer.
 */
import { ClientWord, FAILURE } from '../tables/plan-layout.ts';
import { isAnswered, type PlanReader } from '../tables/plan-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import type { Lookup } from '../zone/lookup.ts';
import type { Suffixes } from '../zone/suffixes.ts';
import type { Additional } from './additional.ts';
import { AddressWriter } from './address-writer.ts';
import type { Client } from './client.ts';
import { TARGET_AT, wantsHints, writeHinted } from './hints.ts';
import type { Query } from './query.ts';
import { type Response, Section } from './response.ts';
import { FamilyIndex, NO_LOCATION, steeredAnswer } from './steered.ts';

export class AnswerWriter {
  /** What `node` did. */
  static readonly DONE = 0;
  static readonly STEERED = 1;
  static readonly LAST_RESORT = 2;
  static readonly NO_DATA = 3;
  static readonly NO_ROOM = 4;
  /** The policy wants SERVFAIL rather than an address that is no good. */
  static readonly FAILED = 5;

  readonly #tables: TableReader;
  readonly #plan: PlanReader;
  readonly #out: Response;
  readonly #additional: Additional;
  readonly #addresses: AddressWriter;
  readonly #slots: Uint32Array;
  readonly #query: Query;
  readonly #client: Client;
  /** SCOPE PREFIX-LENGTH of what was answered since `begin`: the longest of all of it (RFC 7871 §7.2.1), 0 where the client made no difference. */
  scope = 0;

  /** @param slots this worker's row of answers by slot */
  constructor(
    tables: TableReader,
    plan: PlanReader,
    out: Response,
    additional: Additional,
    slots: Uint32Array,
    query: Query,
    client: Client,
  ) {
    this.#query = query;
    this.#client = client;
    this.#tables = tables;
    this.#plan = plan;
    this.#out = out;
    this.#additional = additional;
    this.#slots = slots;
    this.#addresses = new AddressWriter(tables, plan, out);
  }

  /** A response begins. */
  begin(): void {
    this.scope = 0;
  }

  /**
   * Answers from the node a look-up found.
   * @param owner offset of the name in the message
   */
  node(lookup: Lookup, name: Suffixes, owner: number, type: number): number {
    const tables = this.#tables;
    const node = lookup.node;
    const assignment = tables.assignment(node);
    if (type === RRType.ANY) return this.#any(lookup, name, owner, assignment);
    if (assignment !== 0 && (type === RRType.A || type === RRType.AAAA))
      return this.#address(assignment, name, owner, type);
    const rrset = tables.rrset(node, type);
    if (rrset === 0) return AnswerWriter.NO_DATA;
    return this.#own(lookup, name, owner, type, rrset);
  }

  /** RFC 8482 §4.1: one RRset is answer enough for ANY. */
  #any(lookup: Lookup, name: Suffixes, owner: number, assignment: number): number {
    const tables = this.#tables;
    const node = lookup.node;
    if (assignment !== 0) {
      const type = this.#plan.row(assignment, NO_LOCATION, FamilyIndex.IPV4) !== 0 ? RRType.A : RRType.AAAA;
      return this.#address(assignment, name, owner, type);
    }
    if (tables.rrsetCount(node) === 0) return AnswerWriter.NO_DATA;
    const rrset = tables.rrsetAt(node, 0);
    return this.#own(lookup, name, owner, tables.rrsetType(rrset), rrset);
  }

  #own(lookup: Lookup, name: Suffixes, owner: number, type: number, rrset: number): number {
    const hinted = type === RRType.HTTPS || type === RRType.SVCB;
    const fits = hinted
      ? this.#service(lookup, name, owner, type, rrset)
      : this.rrset(Section.ANSWER, owner, name.name, 0, name.end, rrset);
    if (!fits) return AnswerWriter.NO_ROOM;
    this.#additional.addTargets(lookup, type, rrset);
    return AnswerWriter.DONE;
  }

  #address(assignment: number, name: Suffixes, owner: number, type: number): number {
    const plan = this.#plan;
    const family = type === RRType.AAAA ? FamilyIndex.IPV6 : FamilyIndex.IPV4;
    const use = plan.client(assignment);
    const answer =
      use === 0
        ? steeredAnswer(plan, assignment, NO_LOCATION, family, name.name, 0, name.end)
        : this.#clientAnswer(assignment, use, family, name);
    if (answer === 0) return AnswerWriter.NO_DATA;
    if (answer === FAILURE) return AnswerWriter.FAILED;
    if (!this.#addresses.steered(Section.ANSWER, owner, name.name, 0, name.end, answer, family))
      return AnswerWriter.NO_ROOM;
    // Only now: a negative answer holds for everybody (RFC 7871 §7.4).
    if (use !== 0) this.scope = Math.max(this.scope, this.#client.scope(use));
    this.#slots[plan.slot(answer)]++;
    return plan.isLastResort(answer) ? AnswerWriter.LAST_RESORT : AnswerWriter.STEERED;
  }

  /** The answer of a host whose policy looks at the client. */
  #clientAnswer(assignment: number, use: number, family: number, name: Suffixes): number {
    const client = this.#client;
    const { ecs, ecsLength } = this.#query;
    client.locate(ecs, 0, ecsLength);
    const clientClass = client.classOf(use);
    return (use & ClientWord.BUCKET) === 0
      ? steeredAnswer(this.#plan, assignment, clientClass, family, name.name, 0, name.end)
      : steeredAnswer(this.#plan, assignment, clientClass, family, client.network, 0, client.octets);
  }

  /** Writes a whole RRset. `owner` as in `Response.rrset`. */
  rrset(section: Section, owner: number, name: Uint8Array, at: number, end: number, rrset: number): boolean {
    const tables = this.#tables;
    return this.#out.rrset(
      section,
      owner,
      name,
      at,
      end,
      tables.rrsetType(rrset),
      tables.rrsetTtl(rrset),
      tables.rrBytes(rrset),
      tables.rrAt(rrset),
      tables.rrEnd(rrset),
    );
  }

  /**
   * Writes a CNAME made by DNAME.
   * @param record RDLENGTH and RDATA in [0, end)
   * @returns where its target can be pointed to, or -1 when it does not fit
   */
  cname(owner: number, name: Suffixes, ttl: number, record: Uint8Array, end: number): number {
    const fits = this.#out.rrset(Section.ANSWER, owner, name.name, 0, name.end, RRType.CNAME, ttl, record, 0, end);
    return fits ? this.#out.lastName : -1;
  }

  /** The SOA of a negative answer, at the TTL such an answer may be kept (RFC 2308 §3, §5). */
  negative(lookup: Lookup, name: Suffixes, question: number): boolean {
    const tables = this.#tables;
    const apex = tables.apex(lookup.zone);
    const soa = tables.rrset(apex, RRType.SOA);
    const at = name.at[lookup.apexLabel];
    return this.#out.rrset(
      Section.AUTHORITY,
      pointerTo(at, question),
      name.name,
      at,
      name.end,
      RRType.SOA,
      tables.negativeTtl(lookup.zone),
      tables.rrBytes(soa),
      tables.rrAt(soa),
      tables.rrEnd(soa),
    );
  }

  /** The NS of a zone cut, and the addresses of those servers (RFC 1034 §4.2.1, §4.3.2 step 3b). */
  referral(lookup: Lookup, name: Suffixes, question: number): boolean {
    const rrset = this.#tables.rrset(lookup.node, RRType.NS);
    const at = name.at[lookup.label];
    if (!this.rrset(Section.AUTHORITY, pointerTo(at, question), name.name, at, name.end, rrset)) return false;
    this.#additional.addGlue(lookup, name, rrset);
    return true;
  }

  /** HTTPS and SVCB, whose hints may be steered: all records get the smallest TTL of RRset and answers (RFC 2181 §5.2). */
  #service(lookup: Lookup, name: Suffixes, owner: number, type: number, rrset: number): boolean {
    const tables = this.#tables;
    const plan = this.#plan;
    const out = this.#out;
    const bytes = tables.rrBytes(rrset);
    const first = tables.rrAt(rrset);
    const last = tables.rrEnd(rrset);
    let ttl = tables.rrsetTtl(rrset);
    let hints = false;
    for (let p = first; p < last; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      if (!wantsHints(bytes, rdata, p)) continue;
      hints = true;
      this.#hintAnswers(lookup, name, bytes, rdata + TARGET_AT, p);
      if (this.#ipv4 !== 0) ttl = Math.min(ttl, plan.ttl(this.#ipv4));
      if (this.#ipv6 !== 0) ttl = Math.min(ttl, plan.ttl(this.#ipv6));
    }
    if (!hints) return this.rrset(Section.ANSWER, owner, name.name, 0, name.end, rrset);

    out.mark();
    let records = 0;
    for (let p = first; p < last; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      this.#ipv4 = this.#ipv6 = 0;
      if (wantsHints(bytes, rdata, p)) this.#hintAnswers(lookup, name, bytes, rdata + TARGET_AT, p);
      if (
        !out.recordHead(owner, name.name, 0, name.end, type, ttl) ||
        !writeHinted(out, plan, this.#ipv4, this.#ipv6, bytes, rdata, p)
      ) {
        out.undo();
        return false;
      }
      records++;
    }
    out.counted(Section.ANSWER, records);
    return true;
  }

  #ipv4 = 0;
  #ipv6 = 0;

  /** Finds the answers of the TargetName: of the owner where it is the root (RFC 9460 §2.5.2), else of a steered host of this zone. */
  #hintAnswers(lookup: Lookup, name: Suffixes, bytes: Uint8Array, targetAt: number, end: number): void {
    this.#ipv4 = this.#ipv6 = 0;
    const own = bytes[targetAt] === 0;
    const target = own ? name : this.#additional.take(bytes, targetAt, end);
    if (target === undefined) return;
    const node = own ? lookup.node : this.#additional.findNode(lookup.zone, target);
    const assignment = node === 0 ? 0 : this.#tables.assignment(node);
    if (assignment === 0) return;
    this.#ipv4 = this.#hint(assignment, FamilyIndex.IPV4, target);
    this.#ipv6 = this.#hint(assignment, FamilyIndex.IPV6, target);
  }

  /** The answer whose address is hinted at; 0 for none. */
  #hint(assignment: number, family: number, target: Suffixes): number {
    const answer = steeredAnswer(this.#plan, assignment, NO_LOCATION, family, target.name, 0, target.end);
    return isAnswered(answer) ? answer : 0;
  }
}

/** Offset in the message of a suffix of the question's name; 0 when the name is another, which then is written (and compressed). */
function pointerTo(at: number, question: number): number {
  return question === 0 ? 0 : question + at;
}
