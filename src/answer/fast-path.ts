/**
 * The fast path: a whole batch at once, for what nearly every query is: one plain question (plain-query.ts) for a steered host, a name or type that does not
 * exist, a name that is not ours, or records that are copied as they are. Anything else is left alone, for the complete path: what it finds by the
 * same look-up to be an alias, a referral, or records with names in them; in signed zones, for who wants signatures, what has none yet, and what is denied otherwise than by compact
 * denial; and zones that not everybody may ask for.
 *
 * It works in stages over the batch (hash every name, find every slot, touch every node, then answer), so that the cache misses of different queries overlap
 * instead of adding up.
 */
import { Signer } from '../dnssec/signer.ts';
import type { ZoneKeys } from '../dnssec/zone-keys.ts';
import type { PrefixSet } from '../net/prefix-set.ts';
import { A_RECORD_OCTETS, AAAA_RECORD_OCTETS, ClientWord } from '../tables/plan-layout.ts';
import { isAnswered, isSet, type PlanReader } from '../tables/plan-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { Ede, EdnsOption, HEADER_SIZE, Rcode, RRType } from '../wire/constants.ts';
import { Found, Lookup } from '../zone/lookup.ts';
import { NodeFlag } from '../zone/reader.ts';
import { Suffixes } from '../zone/suffixes.ts';
import { BATCH, Batch } from './batch.ts';
import { type Client, NOBODY } from './client.ts';
import { CompactDenial, DENIAL_RECORDS } from './compact-denial.ts';
import { type CookieConfig, Cookies, cookieCounter, REPLY_COOKIE } from './cookies.ts';
import { QUESTION_POINTER, RECORD_HEAD, writeHead } from './copied-record.ts';
import { CHANNEL_WORDS, Channel, Counter, TypeIndex, typeIndex } from './counters.ts';
import { ECS_FIXED, EcsAt } from './ecs.ts';
import { EDE_SIZE } from './edns.ts';
import { NegativeTails } from './negative-tails.ts';
import { PlainQueries } from './plain-query.ts';
import { OPT_SIZE } from './query.ts';
import { PLAIN_UDP } from './response.ts';
import { SignatureFinder } from './signature-finder.ts';
import type { SignedZones } from './signed-zones.ts';
import { bucketOf, FamilyIndex, NO_LOCATION } from './steered.ts';
import type { ZoneAccess } from './zone-access.ts';

/** Octets of an option before its data: code and length. */
const OPTION_HEAD = 4;
/** Octets of the COOKIE option in a response. */
const COOKIE_SIZE = OPTION_HEAD + REPLY_COOKIE;

/** In the third octet of an OPT's flags and version: signatures are wanted (RFC 3225 §3), and compact answers are known (RFC 9824 §5.1). */
const DO = 0x80;
const CO = 0x40;
/** Where the client makes no difference. */
const NO_SCOPE = 0;
/** Before there is one. */
const NO_BATCH = new Batch(NOBODY, 0, Channel.UDP_IPV4, NOBODY);

export class FastPath {
  /** By message: of those answered, the hash of the steered host's name (zone/suffixes.ts), or 0 when the answer is of none. */
  readonly hosts = new Uint32Array(BATCH);
  /** By message: of those answered, 1 when its sender has shown a valid server cookie. */
  readonly known = new Uint8Array(BATCH);
  readonly #tables: TableReader;
  readonly #plan: PlanReader;
  readonly #udpSize: number;
  readonly #counters: Uint32Array;
  readonly #slots: Uint32Array;
  readonly #client: Client;
  readonly #zones: SignedZones | undefined;
  readonly #finder: SignatureFinder | undefined;
  readonly #denial: CompactDenial | undefined;
  /** Whether the name being answered is one that a wildcard stands for. */
  #madeUp = false;
  readonly #queries: PlainQueries;
  readonly #cookies: Cookies | undefined;
  readonly #access: ZoneAccess | undefined;
  /** Whether the cookie looked at last is valid. */
  #valid = false;
  readonly #lookup = new Lookup();
  readonly #name: Suffixes;
  /** The message whose name that is; -1 for none of the batch. */
  #taken = -1;
  readonly #negative: NegativeTails;
  #batch = NO_BATCH;
  /** Counters of the batch's channel begin here. */
  #line = 0;
  /** A query's Client Subnet, while the answer is written over it. */
  readonly #ecs = new Uint8Array(ECS_FIXED + 16);
  // Per message: its candidate node, and that node's zone and flags.
  readonly #node = new Int32Array(BATCH);
  readonly #found = new Uint32Array(BATCH);

  /**
   * @param udpSize  the payload size our OPT announces
   * @param counters this worker's row
   * @param slots    this worker's row of answers by slot
   * @param zones    zones whose answers are signed, for clients that want it
   * @param cookies  without it COOKIE is an option as any other
   * @param access   who may ask for which zones; without it everybody may
   */
  constructor(
    seed: number,
    udpSize: number,
    tables: TableReader,
    plan: PlanReader,
    counters: Uint32Array,
    slots: Uint32Array,
    client: Client,
    zones: SignedZones | undefined,
    cookies: CookieConfig | undefined,
    access: ZoneAccess | undefined,
  ) {
    this.#access = access;
    this.#zones = zones;
    const signer = zones && new Signer(zones.cache);
    this.#finder = signer && new SignatureFinder(signer);
    this.#denial = signer && this.#finder && new CompactDenial(tables, plan, signer, this.#finder);
    this.#udpSize = udpSize;
    this.#tables = tables;
    this.#plan = plan;
    this.#counters = counters;
    this.#slots = slots;
    this.#client = client;
    this.#queries = new PlainQueries(seed, cookies !== undefined, cookies?.required === true);
    this.#cookies = cookies && new Cookies(cookies.secrets);
    this.#name = new Suffixes(seed);
    this.#negative = new NegativeTails(seed, tables);
  }

  /**
   * Answers what it can of a batch, in place, and counts it.
   *
   * @param batch lengths of those answered become the responses'; messages not answered keep theirs
   * @param done  set to 1 for each answered, else 0
   * @returns how many were answered
   */
  run(batch: Batch, done: Uint8Array): number {
    const { messages: m, at, lengths, count } = batch;
    this.#batch = batch;
    this.#line = Counter.QUERIES_0 + batch.channel * CHANNEL_WORDS;
    this.#taken = -1;
    const tables = this.#tables;
    const queries = this.#queries;
    const { hash, questionEnd } = queries;
    const node = this.#node;
    const found = this.#found;
    for (let i = 0; i < count; i++) queries.read(m, i, at[i], lengths[i]);
    if (batch.allow !== undefined) this.#leaveStrangers(batch, batch.allow);
    for (let i = 0; i < count; i++) node[i] = questionEnd[i] === 0 ? 0 : tables.candidate(hash[i]);
    for (let i = 0; i < count; i++) found[i] = node[i] === 0 ? 0 : tables.zoneAndFlags(node[i]);
    let answered = 0;
    for (let i = 0; i < count; i++) {
      this.known[i] = 0;
      const length = questionEnd[i] === 0 ? 0 : node[i] === 0 ? this.#search(m, i, at[i]) : this.#named(m, i, at[i]);
      done[i] = length === 0 ? 0 : 1;
      if (length === 0) continue;
      lengths[i] = length;
      answered++;
    }
    this.#counters[Counter.FAST] += answered;
    return answered;
  }

  /** Leaves those whom the listener does not answer to the complete path. */
  #leaveStrangers({ clients, clientAt, addressSize, count }: Batch, allow: PrefixSet): void {
    const { questionEnd } = this.#queries;
    for (let i = 0; i < count; i++) if (!allow.has(clients, clientAt[i], addressSize)) questionEnd[i] = 0;
  }

  /** Answers message i from its candidate. @returns the response's octets, or 0 when the complete path must answer */
  #named(m: Uint8Array, i: number, at: number): number {
    const tables = this.#tables;
    const node = this.#node[i];
    const found = this.#found[i];
    // Of two zones' nodes of one name only the one that is authoritative has FAST, so it says which zone answers too.
    if (
      (found & (NodeFlag.FAST | NodeFlag.HIDDEN)) !== NodeFlag.FAST ||
      !tables.isNamed(node, m, at + HEADER_SIZE, at + this.#queries.questionEnd[i] - 4)
    )
      return 0;
    if (tables.isWithheld(found >>> 8)) return 0;
    this.hosts[i] = this.#queries.hash[i];
    this.#madeUp = false;
    return this.#at(m, i, at, node, found);
  }

  /** Answers message i, whose name is nowhere. */
  #search(m: Uint8Array, i: number, at: number): number {
    if (!this.#tables.mayHold(this.#queries.ending[i])) return this.#refuse(m, i, at);
    const lookup = this.#lookup;
    const name = this.#name;
    name.begin(m, at + HEADER_SIZE, m.length);
    // No table has the name, so its first label says nothing.
    name.reach(Math.min(1, name.labels));
    this.#taken = i;
    const found = lookup.run(this.#tables, name, this.#queries.type[i], true);
    if (found !== Found.REFUSED && this.#tables.isWithheld(lookup.zone)) return 0;
    switch (found) {
      case Found.REFUSED:
        return this.#refuse(m, i, at);
      case Found.NXDOMAIN: {
        if (!this.#isOpen(lookup.zone)) return 0;
        const keys = this.#keysOf(m, i, at, lookup.zone);
        if (keys !== undefined) return this.#deny(m, i, at, lookup.zone, keys, 0);
        return this.#none(m, i, at, lookup.zone, Rcode.NXDOMAIN);
      }
      case Found.NODE: {
        if (!lookup.wildcard) return 0;
        // What stands at a wildcard is signed as the name asked for under compact denial only; else it needs a proof.
        const keys = this.#keysOf(m, i, at, lookup.zone);
        if (keys !== undefined && keys.denial !== 'compact') return 0;
        this.#madeUp = true;
        this.hosts[i] = name.wildcardHash(lookup.label);
        return this.#at(m, i, at, lookup.node, this.#tables.zoneAndFlags(lookup.node));
      }
      default:
        return 0;
    }
  }

  /** Answers message i from the node that stands for its name. @param found the node's zone and flags */
  #at(m: Uint8Array, i: number, at: number, node: number, found: number): number {
    if (!this.#isOpen(found >>> 8)) return 0;
    const keys = this.#keysOf(m, i, at, found >>> 8);
    const tables = this.#tables;
    const type = this.#queries.type[i];
    if (type === RRType.A || type === RRType.AAAA) {
      const assignment = tables.assignment(node);
      if (assignment !== 0) return this.#steered(m, i, at, node, assignment, found >>> 8, type === RRType.AAAA, keys);
    }
    if ((found & NodeFlag.CNAME) !== 0) return 0;
    const rrset = tables.rrset(node, type);
    if (rrset === 0) return this.#noData(m, i, at, found >>> 8, keys, node);
    return isCopied(type) ? this.#records(m, i, at, node, type, rrset, keys) : 0;
  }

  /** Whether everybody may ask for a zone. */
  #isOpen(zone: number): boolean {
    const access = this.#access;
    return access === undefined || access.isOpen(zone);
  }

  /** The keys that sign what message i is answered from a zone; undefined where the answer has no signatures. */
  #keysOf(m: Uint8Array, i: number, at: number, zone: number): ZoneKeys | undefined {
    const zones = this.#zones;
    if (zones === undefined || m[at + 11] === 0 || (m[at + this.#queries.questionEnd[i] + 7] & DO) === 0)
      return undefined;
    const keys = zones.keysOf(zone);
    keys?.follow(zones.now);
    return keys;
  }

  /** Whether signatures of message i's answer are looked for here: not if there are several keys, or the response must say that CO was taken. */
  #mayFind(keys: ZoneKeys, m: Uint8Array, i: number, at: number): boolean {
    return keys.forData.length === 1 && (m[at + this.#queries.questionEnd[i] + 7] & CO) === 0;
  }

  /**
   * Looks for the signature of an RRset of message i's name, for which a node stands.
   * @returns false when the complete path must answer
   */
  #findSignature(
    keys: ZoneKeys,
    m: Uint8Array,
    i: number,
    at: number,
    node: number,
    type: number,
    original: number,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): boolean {
    const finder = this.#finder!;
    const { version } = this.#tables;
    if (!this.#mayFind(keys, m, i, at)) return false;
    finder.begin(keys.forData[0], type, original, bytes, from, to, this.#zones!.now);
    if (this.#madeUp) return finder.findMadeUp(keys.apex, this.#takeName(m, i, at));
    return finder.findKept(node, version) || finder.find(keys.apex, this.#takeName(m, i, at), node, version);
  }

  /** Writes the signature found. @returns the octet after it */
  #writeSignature(m: Uint8Array, at: number, ttl: number): number {
    this.#counters[Counter.SIGNATURES]++;
    return this.#finder!.write(m, this.#batch.view, at, QUESTION_POINTER, ttl);
  }

  #steered(
    m: Uint8Array,
    i: number,
    at: number,
    node: number,
    assignment: number,
    zone: number,
    ipv6: boolean,
    keys: ZoneKeys | undefined,
  ): number {
    const plan = this.#plan;
    const use = plan.client(assignment);
    const clientClass = use === 0 ? NO_LOCATION : this.#classOf(use, m, i, at);
    let answer = plan.row(assignment, clientClass, ipv6 ? FamilyIndex.IPV6 : FamilyIndex.IPV4);
    if (answer === 0) return this.#noData(m, i, at, zone, keys, node);
    if (isSet(answer)) answer = plan.answer(answer, this.#bucket(m, i, at, answer, use));
    if (!isAnswered(answer) || plan.isLastResort(answer)) return 0;

    const edns = m[at + 11] !== 0;
    const size = ipv6 ? AAAA_RECORD_OCTETS : A_RECORD_OCTETS;
    const scope = use === 0 ? NO_SCOPE : this.#client.scope(use);
    const octets = plan.octets;
    const record = plan.recordAt(answer);
    let p = at + this.#queries.questionEnd[i];
    if (keys !== undefined) {
      const type = ipv6 ? RRType.AAAA : RRType.A;
      const original = plan.originalTtl(answer);
      const rdata = record + RECORD_HEAD;
      if (!this.#findSignature(keys, m, i, at, node, type, original, octets, rdata, record + size)) return 0;
      if (p + size + this.#finder!.size > this.#limit(m, i, at)) return 0;
    }
    const dnssecOk = edns ? this.#keep(m, i, at) : 0;
    for (let j = 0; j < size; j++) m[p + j] = octets[record + j];
    p += size;
    m[at + 7] = 1;
    if (keys !== undefined) {
      p = this.#writeSignature(m, p, plan.ttl(answer));
      m[at + 7] = 2;
    }
    this.#slots[plan.slot(answer)]++;
    const counters = this.#counters;
    counters[Counter.STEERED]++;
    counters[Counter.RCODE_0]++;
    counters[this.#line + (ipv6 ? TypeIndex.AAAA : TypeIndex.A)]++;
    // QR and AA set, RD as it was; RA, Z, AD, CD and RCODE zero.
    m[at + 2] = 0x84 | (m[at + 2] & 1);
    m[at + 3] = Rcode.NOERROR;
    return edns ? this.#opt(m, i, p, dnssecOk, scope, false) - at : p - at;
  }

  /** The name of message i and all its suffixes; what looks at the whole name only does without. */
  #takeName(m: Uint8Array, i: number, at: number): Suffixes {
    const name = this.#name;
    if (this.#taken !== i) name.begin(m, at + HEADER_SIZE, m.length);
    name.reach(0);
    this.#taken = i;
    return name;
  }

  /** The class of message i's client. */
  #classOf(use: number, m: Uint8Array, i: number, at: number): number {
    const client = this.#client;
    const { clients, clientAt, addressSize } = this.#batch;
    client.from(clients, clientAt[i], addressSize);
    client.locate(m, at + this.#queries.ecsAt[i], this.#queries.ecsLength[i]);
    return client.classOf(use);
  }

  /** The bucket that chooses in a set of shares. */
  #bucket(m: Uint8Array, i: number, at: number, row: number, use: number): number {
    const salt = this.#plan.salt(row);
    if ((use & ClientWord.BUCKET) !== 0) return bucketOf(salt, this.#client.network, 0, this.#client.octets);
    const name = this.#takeName(m, i, at);
    return bucketOf(salt, name.name, 0, name.end);
  }

  /** Copies an RRset behind the question. */
  #records(
    m: Uint8Array,
    i: number,
    at: number,
    node: number,
    type: number,
    rrset: number,
    keys: ZoneKeys | undefined,
  ): number {
    const tables = this.#tables;
    const bytes = tables.rrBytes(rrset);
    const first = tables.rrAt(rrset);
    const end = tables.rrEnd(rrset);
    const ttl = tables.rrsetTtl(rrset);
    let count = tables.rrCount(rrset);
    let p = at + this.#queries.questionEnd[i];
    let size = count * RECORD_HEAD + end - first;
    if (keys !== undefined) {
      if (!this.#findSignature(keys, m, i, at, node, type, ttl, bytes, first, end)) return 0;
      size += this.#finder!.size;
    }
    if (p + size > this.#limit(m, i, at)) return 0;
    const dnssecOk = m[at + 11] === 0 ? 0 : this.#keep(m, i, at);
    for (let q = first; q < end; ) {
      p = writeHead(m, p, QUESTION_POINTER, type, ttl);
      // RDLENGTH and RDATA, as they are on the wire.
      const next = q + 2 + ((bytes[q] << 8) | bytes[q + 1]);
      while (q < next) m[p++] = bytes[q++];
    }
    if (keys !== undefined) {
      p = this.#writeSignature(m, p, ttl);
      count++;
    }
    m[at + 6] = count >>> 8;
    m[at + 7] = count;
    return this.#end(m, i, at, p, dnssecOk, 0x84, Rcode.NOERROR);
  }

  /** The name is there, the type is not. */
  #noData(m: Uint8Array, i: number, at: number, zone: number, keys: ZoneKeys | undefined, node: number): number {
    return keys === undefined ? this.#none(m, i, at, zone, Rcode.NOERROR) : this.#deny(m, i, at, zone, keys, node);
  }

  /** A negative answer, proved by compact denial. @param node what stands for the name, 0 when it is not there */
  #deny(m: Uint8Array, i: number, at: number, zone: number, keys: ZoneKeys, node: number): number {
    const denial = this.#denial;
    if (denial === undefined || keys.denial !== 'compact' || !this.#mayFind(keys, m, i, at)) return 0;
    const name = this.#takeName(m, i, at);
    const { questionEnd, hash, type } = this.#queries;
    const size = denial.find(this.#zones!.now, keys, zone, name, node, type[i], node === 0 || this.#madeUp);
    if (size === 0) return 0;
    const limit = this.#limit(m, i, at) - size;
    const dnssecOk = this.#keep(m, i, at);
    const end = this.#negative.write(zone, name, hash[i], m, this.#batch.view, at + questionEnd[i], limit);
    if (end === 0) return 0;
    this.#counters[Counter.SIGNATURES] += 2;
    m[at + 9] = 1 + DENIAL_RECORDS;
    return this.#end(m, i, at, denial.write(m, this.#batch.view, end), dnssecOk, 0x84, Rcode.NOERROR);
  }

  /** A negative answer (RFC 2308 §2). */
  #none(m: Uint8Array, i: number, at: number, zone: number, rcode: number): number {
    const name = this.#name;
    if (this.#taken !== i) this.#takeName(m, i, at);
    const limit = this.#limit(m, i, at);
    const { questionEnd, hash } = this.#queries;
    const dnssecOk = m[at + 11] === 0 ? 0 : this.#keep(m, i, at);
    const end = this.#negative.write(zone, name, hash[i], m, this.#batch.view, at + questionEnd[i], limit);
    if (end === 0) return 0;
    m[at + 9] = 1;
    return this.#end(m, i, at, end, dnssecOk, 0x84, rcode);
  }

  /** No zone of ours holds the name. */
  #refuse(m: Uint8Array, i: number, at: number): number {
    const dnssecOk = m[at + 11] === 0 ? 0 : this.#keep(m, i, at);
    return this.#end(m, i, at, at + this.#queries.questionEnd[i], dnssecOk, 0x80, Rcode.REFUSED);
  }

  /**
   * Ends the response to a question that no steered address answers.
   * @param flags the header's third octet, without RD
   * @returns its octets
   */
  #end(m: Uint8Array, i: number, at: number, p: number, dnssecOk: number, flags: number, rcode: number): number {
    this.hosts[i] = 0;
    const counters = this.#counters;
    counters[Counter.RCODE_0 + rcode]++;
    counters[this.#line + typeIndex(this.#queries.type[i])]++;
    m[at + 2] = flags | (m[at + 2] & 1);
    m[at + 3] = rcode;
    if (m[at + 11] === 0) return p - at;
    return this.#opt(m, i, p, dnssecOk, NO_SCOPE, rcode === Rcode.REFUSED) - at;
  }

  /** The first octet that records may not reach: room for the OPT is kept (as `Responder.respond` does). */
  #limit(m: Uint8Array, i: number, at: number): number {
    if (m[at + 11] === 0) return at + Math.min(PLAIN_UDP, this.#batch.room);
    const queries = this.#queries;
    const most = Math.max(PLAIN_UDP, Math.min(queries.udpSize[i], this.#udpSize));
    const ecs = queries.ecsLength[i];
    const options = (ecs === 0 ? 0 : OPTION_HEAD + ecs) + (queries.cookieLength[i] === 0 ? 0 : COOKIE_SIZE);
    return at + Math.min(most, this.#batch.room) - OPT_SIZE - options;
  }

  /** Keeps what the response's OPT takes of the query's, before records are written over it. @returns the octet with DO (RFC 3225 §3) */
  #keep(m: Uint8Array, i: number, at: number): number {
    const queries = this.#queries;
    const ecs = this.#ecs;
    const from = at + queries.ecsAt[i];
    for (let j = 0, length = queries.ecsLength[i]; j < length; j++) ecs[j] = m[from + j];
    const cookieLength = queries.cookieLength[i];
    if (cookieLength !== 0 && this.#cookies !== undefined) {
      const { clients, clientAt, addressSize } = this.#batch;
      this.#valid = this.#cookies.take(m, at + queries.cookieAt[i], cookieLength, clients, clientAt[i], addressSize);
    }
    return m[at + queries.questionEnd[i] + 7] & 0x80;
  }

  /**
   * Writes the OPT, as `writeOpt` does.
   * @param refused whether to say why (RFC 8914)
   * @returns the octet after it
   */
  #opt(m: Uint8Array, i: number, p: number, dnssecOk: number, scope: number, refused: boolean): number {
    const ecsLength = this.#queries.ecsLength[i];
    const cookie = this.#queries.cookieLength[i] !== 0;
    const options =
      (ecsLength === 0 ? 0 : OPTION_HEAD + ecsLength) + (cookie ? COOKIE_SIZE : 0) + (refused ? EDE_SIZE : 0);
    m[p] = 0;
    m[p + 1] = 0;
    m[p + 2] = RRType.OPT;
    m[p + 3] = this.#udpSize >>> 8;
    m[p + 4] = this.#udpSize;
    m[p + 5] = 0;
    m[p + 6] = 0;
    m[p + 7] = dnssecOk;
    m[p + 8] = 0;
    m[p + 9] = 0;
    m[p + 10] = options;
    p += OPT_SIZE;
    if (ecsLength !== 0) {
      const ecs = this.#ecs;
      ecs[EcsAt.SCOPE] = scope;
      m[p] = 0;
      m[p + 1] = EdnsOption.CLIENT_SUBNET;
      m[p + 2] = 0;
      m[p + 3] = ecsLength;
      p += OPTION_HEAD;
      for (let j = 0; j < ecsLength; j++) m[p + j] = ecs[j];
      p += ecsLength;
    }
    if (cookie) p = this.#writeCookie(m, i, p);
    if (!refused) return p;
    m[p] = 0;
    m[p + 1] = EdnsOption.EDE;
    m[p + 2] = 0;
    m[p + 3] = 2;
    m[p + 4] = 0;
    m[p + 5] = Ede.NOT_AUTHORITATIVE;
    return p + EDE_SIZE;
  }

  /** Writes the cookie that was made from message i's, and counts that. @returns the octet after it */
  #writeCookie(m: Uint8Array, i: number, p: number): number {
    if (this.#cookies === undefined) return p;
    const { reply } = this.#cookies;
    m[p] = 0;
    m[p + 1] = EdnsOption.COOKIE;
    m[p + 2] = 0;
    m[p + 3] = REPLY_COOKIE;
    p += OPTION_HEAD;
    for (let j = 0; j < REPLY_COOKIE; j++) m[p + j] = reply[j];
    this.known[i] = this.#valid ? 1 : 0;
    this.#counters[cookieCounter(this.#queries.cookieLength[i], this.#valid)]++;
    return p + REPLY_COOKIE;
  }
}

/** Whether RDATA of a type goes on the wire as it lies in the tables, and brings no additional record: no name in it is compressed, looked up or hinted at. */
function isCopied(type: number): boolean {
  switch (type) {
    case RRType.NS:
    case RRType.CNAME:
    case RRType.SOA:
    case RRType.PTR:
    case RRType.MX:
    case RRType.SRV:
    case RRType.SVCB:
    case RRType.HTTPS:
      return false;
    default:
      return true;
  }
}
