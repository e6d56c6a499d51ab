/**
 * Writes the records a look-up result calls for: a node's RRset or steered addresses, a referral, the SOA of a negative answer.
 */
import { A_RECORD_OCTETS, AAAA_RECORD_OCTETS, ClientWord, FAILURE, TTL_AT } from '../tables/plan-layout.ts';
import { isAnswered, type PlanReader } from '../tables/plan-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import type { Lookup } from '../zone/lookup.ts';
import type { Suffixes } from '../zone/suffixes.ts';
import type { Additional } from './additional.ts';
import { AddressWriter } from './address-writer.ts';
import type { Client } from './client.ts';
import type { DenialWriter } from './denial-writer.ts';
import { TARGET_AT, wantsHints, writeHinted } from './hints.ts';
import type { Query } from './query.ts';
import { type Response, Section } from './response.ts';
import { isMadeBySigning, type SignatureWriter } from './signature-writer.ts';
import { FamilyIndex, NO_LOCATION, steeredAnswer } from './steered.ts';

const NO_SLOT = -1;

export class AnswerWriter {
  /** What `node` did. */
  static readonly DONE = 0;
  static readonly STEERED = 1;
  static readonly LAST_RESORT = 2;
  static readonly NO_DATA = 3;
  static readonly NO_ROOM = 4;
  /** The policy wants SERVFAIL rather than an address that is no good. */
  static readonly FAILED = 5;

  /** Whether `node` wrote records that answer. */
  static isAnswer(state: number): boolean {
    return state === AnswerWriter.DONE || state === AnswerWriter.STEERED || state === AnswerWriter.LAST_RESORT;
  }

  readonly #tables: TableReader;
  readonly #plan: PlanReader;
  readonly #out: Response;
  readonly #additional: Additional;
  readonly #addresses: AddressWriter;
  readonly #slots: Uint32Array;
  /** Where the steered answer since `begin` was counted. */
  #slot = NO_SLOT;
  readonly #query: Query;
  readonly #client: Client;
  readonly #signatures: SignatureWriter;
  readonly #denial: DenialWriter;
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
    signatures: SignatureWriter,
    denial: DenialWriter,
  ) {
    this.#signatures = signatures;
    this.#denial = denial;
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
    this.#slot = NO_SLOT;
  }

  /** The response is none yet: what was counted of it is not. */
  takeBack(): void {
    if (this.#slot !== NO_SLOT) this.#slots[this.#slot]--;
  }

  /**
   * Answers from the node a look-up found.
   * @param owner offset of the name in the message
   */
  node(lookup: Lookup, name: Suffixes, owner: number, type: number): number {
    const tables = this.#tables;
    const node = lookup.node;
    const assignment = tables.assignment(node);
    if (this.#signatures.keys !== undefined && isMadeBySigning(type)) return this.#ofSigning(lookup, name, owner, type);
    if (type === RRType.ANY) return this.#any(lookup, name, owner, assignment);
    if (assignment !== 0 && (type === RRType.A || type === RRType.AAAA))
      return this.#address(assignment, name, owner, type, true);
    const rrset = tables.rrset(node, type);
    if (rrset === 0) return AnswerWriter.NO_DATA;
    return this.#own(lookup, name, owner, type, rrset);
  }

  /** Answers in a signed zone for a type that signing makes. */
  #ofSigning(lookup: Lookup, name: Suffixes, owner: number, type: number): number {
    const signatures = this.#signatures;
    const keys = signatures.keys!;
    let fits = true;
    if (type === RRType.RRSIG) return this.#signature(lookup, name, owner);
    if (type === RRType.NSEC && keys.denial !== 'nsec3') fits = this.#denial.nsec(lookup, owner, name, true);
    else if (lookup.node === this.#tables.apex(lookup.zone) && keys.rrset(type) !== undefined)
      fits = signatures.ofZone(Section.ANSWER, owner, name, type);
    else return AnswerWriter.NO_DATA;
    return fits ? AnswerWriter.DONE : AnswerWriter.NO_ROOM;
  }

  /** One signature is answer enough for RRSIG, as one RRset is for ANY: that of the NSEC, which every name has; where there are NSEC3, that of an RRset. */
  #signature(lookup: Lookup, name: Suffixes, owner: number): number {
    const signatures = this.#signatures;
    const tables = this.#tables;
    const { node } = lookup;
    let fits = true;
    if (signatures.keys!.denial !== 'nsec3') fits = this.#denial.nsec(lookup, owner, name, false);
    else {
      const assignment = tables.assignment(node);
      if (assignment !== 0) return this.#address(assignment, name, owner, this.#anyFamily(assignment), false);
      const rrset = this.#anyOwn(node);
      if (rrset === 0) return AnswerWriter.NO_DATA;
      const type = tables.rrsetType(rrset);
      fits =
        type === RRType.HTTPS || type === RRType.SVCB
          ? this.#service(lookup, name, owner, type, rrset, false)
          : this.#signaturesOf(owner, name, rrset);
    }
    return fits ? AnswerWriter.DONE : AnswerWriter.NO_ROOM;
  }

  /** The type of a steered host's address that is answer enough where any is. */
  #anyFamily(assignment: number): number {
    return this.#plan.row(assignment, NO_LOCATION, FamilyIndex.IPV4) !== 0 ? RRType.A : RRType.AAAA;
  }

  /** An RRset of a node that is answered as it is in the zone; 0 for none. */
  #anyOwn(node: number): number {
    const tables = this.#tables;
    for (let i = 0, count = tables.rrsetCount(node); i < count; i++) {
      const rrset = tables.rrsetAt(node, i);
      if (this.#signatures.keys === undefined || !isMadeBySigning(tables.rrsetType(rrset))) return rrset;
    }
    return 0;
  }

  /** RFC 8482 §4.1: one RRset is answer enough for ANY. */
  #any(lookup: Lookup, name: Suffixes, owner: number, assignment: number): number {
    if (assignment !== 0) return this.#address(assignment, name, owner, this.#anyFamily(assignment), true);
    const rrset = this.#anyOwn(lookup.node);
    if (rrset === 0) return AnswerWriter.NO_DATA;
    return this.#own(lookup, name, owner, this.#tables.rrsetType(rrset), rrset);
  }

  #own(lookup: Lookup, name: Suffixes, owner: number, type: number, rrset: number): number {
    const hinted = type === RRType.HTTPS || type === RRType.SVCB;
    const fits = hinted
      ? this.#service(lookup, name, owner, type, rrset, true)
      : this.rrset(Section.ANSWER, owner, name.name, 0, name.end, rrset);
    if (!fits) return AnswerWriter.NO_ROOM;
    // What is signed goes without: additional addresses would need signatures as well (RFC 4035 §3.1.1), and resolvers ask for them anyway.
    if (!this.#signatures.active) this.#additional.addTargets(lookup, type, rrset);
    return AnswerWriter.DONE;
  }

  /** Answers with an address and its signature, or with that alone. */
  #address(assignment: number, name: Suffixes, owner: number, type: number, whole: boolean): number {
    const plan = this.#plan;
    const family = type === RRType.AAAA ? FamilyIndex.IPV6 : FamilyIndex.IPV4;
    const use = plan.client(assignment);
    const answer =
      use === 0
        ? steeredAnswer(plan, assignment, NO_LOCATION, family, name.name, 0, name.end)
        : this.#clientAnswer(assignment, use, family, name);
    if (answer === 0) return AnswerWriter.NO_DATA;
    if (answer === FAILURE) return AnswerWriter.FAILED;
    if (whole && !this.#addresses.steered(Section.ANSWER, owner, name.name, 0, name.end, answer, family))
      return AnswerWriter.NO_ROOM;
    if ((this.#signatures.active || !whole) && !this.#signSteered(owner, name, answer, type))
      return AnswerWriter.NO_ROOM;
    // Only now: a negative answer holds for everybody (RFC 7871 §7.4).
    if (use !== 0) this.scope = Math.max(this.scope, this.#client.scope(use));
    this.#slot = plan.slot(answer);
    this.#slots[this.#slot]++;
    return plan.isLastResort(answer) ? AnswerWriter.LAST_RESORT : AnswerWriter.STEERED;
  }

  #signSteered(owner: number, name: Suffixes, answer: number, type: number): boolean {
    const plan = this.#plan;
    const from = plan.recordAt(answer) + TTL_AT + 4;
    const to = plan.recordAt(answer) + (type === RRType.AAAA ? AAAA_RECORD_OCTETS : A_RECORD_OCTETS);
    const ttl = plan.ttl(answer);
    const original = plan.originalTtl(answer);
    const { octets } = plan;
    return this.#signatures.write(Section.ANSWER, owner, name.name, 0, name.end, type, ttl, original, octets, from, to);
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

  /** Writes a whole RRset, and its signatures. `owner` as in `Response.rrset`. */
  rrset(section: Section, owner: number, name: Uint8Array, at: number, end: number, rrset: number): boolean {
    const ttl = this.#tables.rrsetTtl(rrset);
    if (!this.#records(section, owner, name, at, end, rrset)) return false;
    return !this.#signatures.active || this.#signatures.ofRRset(section, owner, name, at, end, rrset, ttl);
  }

  #records(section: Section, owner: number, name: Uint8Array, at: number, end: number, rrset: number): boolean {
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

  /** The SOA of a negative answer and its signatures, at the TTL such an answer may be kept (RFC 2308 §3, §5). */
  negative(lookup: Lookup, name: Suffixes, question: number): boolean {
    const tables = this.#tables;
    const apex = tables.apex(lookup.zone);
    const soa = tables.rrset(apex, RRType.SOA);
    const at = name.at[lookup.apexLabel];
    const owner = pointerTo(at, question);
    const section = Section.AUTHORITY;
    const ttl = tables.negativeTtl(lookup.zone);
    const bytes = tables.rrBytes(soa);
    const from = tables.rrAt(soa);
    const to = tables.rrEnd(soa);
    if (!this.#out.rrset(section, owner, name.name, at, name.end, RRType.SOA, ttl, bytes, from, to)) return false;
    return !this.#signatures.active || this.#signatures.ofRRset(section, owner, name.name, at, name.end, soa, ttl);
  }

  /** The NS of a zone cut, and the addresses of those servers (RFC 1034 §4.2.1, §4.3.2 step 3b). */
  referral(lookup: Lookup, name: Suffixes, question: number): boolean {
    const rrset = this.#tables.rrset(lookup.node, RRType.NS);
    const at = name.at[lookup.label];
    const owner = pointerTo(at, question);
    // The NS of a cut are the child's, so they have no signature here (RFC 4035 §2.2).
    if (!this.#records(Section.AUTHORITY, owner, name.name, at, name.end, rrset)) return false;
    this.#additional.addGlue(lookup, name, rrset, this.#signatures.active);
    return !this.#signatures.active || this.#delegationSigner(lookup, name, owner);
  }

  /** The DS of a referral, or the proof that there is none (RFC 4035 §3.1.4). */
  #delegationSigner(lookup: Lookup, name: Suffixes, owner: number): boolean {
    const ds = this.#tables.rrset(lookup.node, RRType.DS);
    const at = name.at[lookup.label];
    if (ds !== 0) return this.rrset(Section.AUTHORITY, owner, name.name, at, name.end, ds);
    return this.#denial.noSigner(lookup, owner, name);
  }

  /** Writes the signatures of an RRset as it is in the zone, and not the RRset. */
  #signaturesOf(owner: number, name: Suffixes, rrset: number): boolean {
    const ttl = this.#tables.rrsetTtl(rrset);
    return this.#signatures.ofRRset(Section.ANSWER, owner, name.name, 0, name.end, rrset, ttl);
  }

  /**
   * HTTPS and SVCB, whose hints may be steered: all records get the smallest TTL of RRset and answers (RFC 2181 §5.2).
   * @param whole false for their signatures alone
   */
  #service(lookup: Lookup, name: Suffixes, owner: number, type: number, rrset: number, whole: boolean): boolean {
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
    if (!hints && !whole) return this.#signaturesOf(owner, name, rrset);
    if (!hints) return this.rrset(Section.ANSWER, owner, name.name, 0, name.end, rrset);

    out.mark();
    let records = 0;
    let copied = 0;
    for (let p = first; p < last; ) {
      const rdata = p + 2;
      p = rdata + (bytes[p] << 8) + bytes[p + 1];
      this.#ipv4 = this.#ipv6 = 0;
      if (wantsHints(bytes, rdata, p)) this.#hintAnswers(lookup, name, bytes, rdata + TARGET_AT, p);
      const hasHead = out.recordHead(owner, name.name, 0, name.end, type, ttl);
      const from = out.length;
      if (!hasHead || !writeHinted(out, plan, this.#ipv4, this.#ipv6, bytes, rdata, p)) {
        out.undo();
        return false;
      }
      if (this.#signatures.active || !whole) copied = out.copy(from, this.#hinted, copied);
      records++;
    }
    // What is signed is known now that it is written.
    if (whole) out.counted(Section.ANSWER, records);
    else out.undo();
    const signatures = this.#signatures;
    const original = tables.rrsetTtl(rrset);
    return (
      (whole && !signatures.active) ||
      signatures.write(Section.ANSWER, owner, name.name, 0, name.end, type, ttl, original, this.#hinted, 0, copied)
    );
  }

  /** Records with their hints, to be signed as they are sent: no more than fits a message. */
  readonly #hinted = new Uint8Array(0x10000);

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
