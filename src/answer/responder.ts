/**
 * The complete path: any query to its response, by RFC 1034 §4.3.2. This is the specification the fast path is held to.
 *
 * `respond` takes the query apart, walks the name (and the CNAMEs and DNAMEs it meets) with `Lookup`, and writes what it finds; the closed set
 * of look-up results is the state machine's alphabet.
 */
import type { PrefixSet } from '../net/prefix-set.ts';
import type { ClientReader } from '../tables/client-reader.ts';
import type { PlanReader } from '../tables/plan-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { Ede, HEADER_SIZE, Rcode, RRClass, RRType } from '../wire/constants.ts';
import { Found, Lookup } from '../zone/lookup.ts';
import { Suffixes } from '../zone/suffixes.ts';
import { Additional } from './additional.ts';
import { AnswerWriter } from './answer-writer.ts';
import { addressSize, BATCH, type Batch } from './batch.ts';
import { writeChaos } from './chaos.ts';
import { Client, NOBODY } from './client.ts';
import { Cookies, cookieCounter } from './cookies.ts';
import { CHANNEL_WORDS, type Channel, Counter, isStream, rcodeCounter, typeIndex } from './counters.ts';
import { DenialWriter } from './denial-writer.ts';
import { synthesise } from './dname.ts';
import { NO_EDE, optSize, writeOpt } from './edns.ts';
import { FastPath } from './fast-path.ts';
import type { Parking } from './parking.ts';
import { Parsed, Query } from './query.ts';
import { ReplyLimits } from './reply-limits.ts';
import type { CounterRows, ResponderConfig, ResponderTools } from './responder-config.ts';
import { PLAIN_UDP, Response, Section } from './response.ts';
import { SignatureWriter } from './signature-writer.ts';
import { SignedZones } from './signed-zones.ts';
import { Signing } from './signing.ts';
import type { BegunUpdate, HeldUpdate } from './updates.ts';
import { ZoneAccess } from './zone-access.ts';
import { type BegunTransfer, ZoneRequests } from './zone-requests.ts';

/** Largest message over a stream (RFC 1035 §4.2.2). */
const STREAM = 0xffff;
/** CNAMEs and DNAMEs followed in one answer: longer chains, and loops, end here with what was found. */
const MOST_HOPS = 16;

export class Responder {
  /** Of the batch answered last: the hash of the steered host's name (zone/suffixes.ts) each answer is of, 0 where it is of none. */
  readonly hosts: Uint32Array;
  /** Of the batch answered last: 1 for each whose sender has shown that it is who it says, by a server cookie or a signature. */
  readonly known: Uint8Array;
  /** Of the batch answered last: updates whose replies come later, so that there are none now. */
  readonly held: HeldUpdate[] = [];
  /** Whether a reply may come later; where it may not, updates are refused. */
  holds = true;
  /** `hosts`, of the message `respond` answered last. */
  host = 0;
  /** `known`, of the message `respond` answered last. */
  isKnown = false;
  /** Whether the message `respond` took last waits for a signature: it is as it was, and there is no response yet. */
  isAwaiting = false;
  readonly #parking: Parking | undefined;
  /** A query's octets behind its question, while they are written over. */
  readonly #behind: Uint8Array;
  readonly #config: ResponderConfig;
  readonly #tables: TableReader;
  /** This worker's rows (counters.ts). */
  readonly #counters: Uint32Array;
  readonly #fast: FastPath;
  readonly #done = new Uint8Array(BATCH);
  readonly #query: Query;
  readonly #cookies: Cookies | undefined;
  readonly #signing: Signing | undefined;
  readonly #access: ZoneAccess | undefined;
  readonly #requests: ZoneRequests;
  readonly #client: Client;
  readonly #question: Suffixes;
  readonly #target: Suffixes;
  readonly #lookup = new Lookup();
  readonly #out = new Response();
  readonly #write: AnswerWriter;
  readonly #additional: Additional;
  readonly #signedZones: SignedZones | undefined;
  readonly #signatures: SignatureWriter;
  readonly #limits: ReplyLimits | undefined;
  readonly #denial: DenialWriter;
  /** Nodes whose CNAME is in the answer, by hop. */
  readonly #visited = new Int32Array(MOST_HOPS + 1);
  #ede = NO_EDE;
  #rcode = 0;
  #authoritative = false;
  /** Whether the response says that CO was taken. */
  #compact = false;

  /**
   * @param clients maps of clients, published with the plan
   * @param rows    this worker's rows of counters
   * @param tools   what TSIG and transfers need; without them a signature is passed over, and nobody gets a zone
   */
  constructor(
    config: ResponderConfig,
    tables: TableReader,
    plan: PlanReader,
    clients: ClientReader,
    rows: CounterRows,
    tools?: ResponderTools,
  ) {
    this.#config = config;
    this.#signing = tools && new Signing(config.tsigKeys ?? [], tools);
    if (config.access !== undefined && config.access.length > 0)
      this.#access = new ZoneAccess(config.access, config.transfers ?? [], tables);
    this.#parking = tools?.parking;
    this.#behind = new Uint8Array(config.dnssec === undefined ? 0 : STREAM);
    this.#tables = tables;
    this.#counters = rows.counters;
    this.#query = new Query(
      config.cookies !== undefined,
      config.notifications !== undefined,
      (config.updates ?? []).length > 0,
    );
    this.#cookies = config.cookies && new Cookies(config.cookies.secrets);
    this.#client = new Client(clients, config.ecsTrust);
    this.#limits = config.rateLimit && new ReplyLimits(config.rateLimit, rows.counters);
    const { seed, udpSize } = config;
    this.#signedZones = config.dnssec && new SignedZones(config.dnssec, tables);
    this.#fast = new FastPath(
      seed,
      udpSize,
      tables,
      plan,
      rows.counters,
      rows.answers,
      this.#client,
      this.#signedZones,
      config.cookies,
      this.#access,
    );
    this.hosts = this.#fast.hosts;
    this.known = this.#fast.known;
    this.#question = new Suffixes(config.seed);
    this.#target = new Suffixes(config.seed);
    const asked = { query: this.#query, question: this.#question, client: this.#client, signing: this.#signing };
    this.#requests = new ZoneRequests(config, asked, tables, this.#out, tools);
    this.#additional = new Additional(config.seed, tables, plan, this.#out);
    const most = tools?.parking?.mostOctets ?? Number.POSITIVE_INFINITY;
    const signatures = new SignatureWriter(this.#signedZones, tables, this.#out, rows.counters, most);
    const client = this.#client;
    this.#signatures = signatures;
    this.#denial = new DenialWriter(config.seed, tables, plan, this.#out, signatures);
    this.#write = new AnswerWriter(
      tables,
      plan,
      this.#out,
      this.#additional,
      rows.answers,
      this.#query,
      client,
      signatures,
      this.#denial,
    );
  }

  /** Whether any message since it was said to be false met a zone that not everybody may ask for: its response is for who asked alone. */
  get isRestricted(): boolean {
    return this.#access?.isMet ?? false;
  }

  set isRestricted(is: boolean) {
    if (this.#access !== undefined) this.#access.isMet = is;
  }

  /** The time signatures are made for, in Unix seconds. Say it before a batch or message. */
  set now(seconds: number) {
    if (this.#signedZones === undefined) return;
    this.#signedZones.now = seconds;
    this.#signedZones.renew();
  }

  /** The time rates are reckoned by, in milliseconds of a clock that is never set. Say it before a batch or message if there are limits. */
  set clock(milliseconds: number) {
    if (this.#limits !== undefined) this.#limits.now = milliseconds;
  }

  /** How many signatures that are not there yet may be made while answering; without a limit until it is told. What more is missing is awaited. */
  get allowance(): number {
    return this.#signatures.allowance;
  }

  set allowance(signatures: number) {
    this.#signatures.allowance = signatures;
  }

  /** Answers a batch of UDP messages in place: lengths become those of the responses, 0 for none. Those that wait for signatures are parked. */
  respondBatch(batch: Batch): void {
    batch.waiting = 0;
    const done = this.#done;
    if (this.held.length > 0) this.held.length = 0;
    if (this.#fast.run(batch, done) < batch.count) this.#respondRest(batch, done);
    this.#limits?.batch(batch, this.known);
  }

  /** Answers what is not done. */
  #respondRest(batch: Batch, done: Uint8Array): void {
    const { messages, at, lengths, room, count, channel, clients, clientAt, allow } = batch;
    for (let i = 0; i < count; i++) {
      if (done[i] !== 0) continue;
      const octets = lengths[i];
      lengths[i] = this.#respond(messages, at[i], octets, room, channel, clients, clientAt[i], allow);
      if (this.isAwaiting) this.#park(batch, i, octets);
      this.hosts[i] = this.host;
      this.known[i] = this.isKnown ? 1 : 0;
      const update = this.takeUpdate();
      if (update !== undefined) this.held.push({ message: i, update });
    }
  }

  #park(batch: Batch, i: number, octets: number): void {
    const place = this.#parking?.park(batch, i, this.#signatures.awaited) ?? -1;
    if (place < 0) {
      this.#counters[Counter.PARKED_DROPPED]++;
      return;
    }
    this.#counters[Counter.PARKED]++;
    batch.waitingMessage[batch.waiting] = i;
    batch.waitingOctets[batch.waiting] = octets;
    batch.waitingPlace[batch.waiting] = place;
    batch.waiting++;
  }

  /**
   * Answers one message in place, by the complete path, within the limits of a datagram's sender.
   *
   * @param room    octets the response may fill from `at` on
   * @param channel how it came: over a stream nothing is truncated at the client's UDP size
   * @param client  the address it came from: as text, or lying at `clientAt`, 4 or 16 octets by the channel
   * @param allow   whom the listener answers that it came to; undefined for everybody
   * @returns the response's octets, or 0 when there must be none
   */
  respond(
    m: Uint8Array,
    at: number,
    length: number,
    room: number,
    channel: Channel,
    client: Uint8Array | string = NOBODY,
    clientAt = 0,
    allow?: PrefixSet,
  ): number {
    const octets = this.#respond(m, at, length, room, channel, client, clientAt, allow);
    const limits = this.#limits;
    if (limits === undefined || octets === 0 || this.isKnown || isStream(channel)) return octets;
    const { address, addressAt, addressSize: size } = this.#client;
    return limits.reply(m, at, octets, address, addressAt, size);
  }

  #respond(
    m: Uint8Array,
    at: number,
    length: number,
    room: number,
    channel: Channel,
    client: Uint8Array | string,
    clientAt: number,
    allow: PrefixSet | undefined,
  ): number {
    const query = this.#query;
    const counters = this.#counters;
    this.host = 0;
    this.isKnown = false;
    this.isAwaiting = false;
    this.#requests.forget();
    const parsed = query.parse(m, at, length, this.#question);
    counters[Counter.QUERIES_0 + channel * CHANNEL_WORDS + typeIndex(query.type)]++;
    if (parsed === Parsed.DROP) {
      if (length < HEADER_SIZE) counters[Counter.MALFORMED]++;
      counters[Counter.DROPPED]++;
      return 0;
    }
    const out = this.#out;
    const signing = this.#signing;
    let refused: number = Rcode.NOERROR;
    if (signing !== undefined) {
      if (query.tsigAt === 0) signing.forget();
      else refused = signing.take(m, at, query.tsigAt, query.tsigEnd);
    }
    const most = isStream(channel)
      ? STREAM
      : query.edns
        ? Math.max(PLAIN_UDP, Math.min(query.udpSize, this.#config.udpSize))
        : PLAIN_UDP;
    const limit = Math.min(room, most) - (signing?.size ?? 0);
    out.begin(m, at, query.questionEnd, limit - optSize(query, this.#config, channel), this.#question);
    this.#ede = NO_EDE;
    this.#authoritative = false;
    this.#compact = false;
    this.#signatures.leave();
    this.#denial.begin();
    this.#rcode = Rcode.NOERROR;
    this.#additional.begin();
    this.#write.begin();
    if (typeof client === 'string') this.#client.fromText(client);
    else this.#client.from(client, clientAt, addressSize(channel));
    const opcode = (m[at + 2] >>> 3) & 0xf;
    const given = counters[Counter.SIGNATURES];
    const steered = counters[Counter.STEERED];
    // RRSIG is the one type whose answer takes a signature without DO.
    if (query.dnssecOk || query.type === RRType.RRSIG) this.#keep(m, at + query.questionEnd, at + length);
    const cookies = query.cookieLength === 0 ? undefined : this.#cookies;
    this.isKnown = cookies !== undefined && this.#judge(cookies);
    const hasShown = this.isKnown;
    if (signing?.key !== undefined) this.isKnown = true;

    if (refused !== Rcode.NOERROR) this.#rcode = refused;
    else if (allow !== undefined && !this.#client.isIn(allow)) this.#refuse(Ede.PROHIBITED);
    else if (parsed === Parsed.COOKIE) this.#rcode = Rcode.NOERROR;
    else if (parsed === Parsed.OK && cookies !== undefined && this.#mustShow(channel)) this.#rcode = Rcode.BADCOOKIE;
    else if (parsed === Parsed.OK) this.#answer(channel);
    else if (parsed === Parsed.NOTIFY) {
      this.#requests.notification();
      this.#sayAsRequested();
    } else if (parsed === Parsed.UPDATE) {
      // The one writer answers it, once it is stored and everybody is answered by it.
      if (this.#requests.update(m, at, this.holds)) return 0;
      this.#sayAsRequested();
    } else this.#rcode = ERROR_OF[parsed];

    if (this.#signatures.isAwaiting || this.#signatures.hasFailed) {
      counters[Counter.SIGNATURES] = given;
      counters[Counter.STEERED] = steered;
      this.#write.takeBack();
      if (!this.#signatures.hasFailed) return this.#takeBack(m, at, length, channel, hasShown);
      out.begin(m, at, query.questionEnd, limit - optSize(query, this.#config, channel), this.#question);
      this.#fail();
    }
    out.limit = limit;
    // FORMERR from a message whose OPT could not be read has none to answer (RFC 6891 §7).
    const edns = query.edns;
    if (edns) {
      const behind = signing?.size ?? 0;
      const { scope } = this.#write;
      const cookie = cookies?.reply ?? NOBODY;
      writeOpt(out, query, this.#config, channel, this.#rcode, this.#ede, scope, cookie, behind, this.#compact);
    }
    m[at + 2] =
      0x80 | (opcode << 3) | (this.#authoritative ? 0x04 : 0) | (out.truncated ? 0x02 : 0) | (m[at + 2] & 0x01);
    m[at + 3] = this.#rcode & 0xf;
    m[at + 4] = 0;
    m[at + 5] = query.questionEnd > HEADER_SIZE ? 1 : 0;
    if (out.truncated) counters[Counter.TRUNCATED]++;
    if (this.#rcode === Rcode.FORMERR) counters[Counter.MALFORMED]++;
    counters[rcodeCounter(this.#rcode)]++;
    const octets = out.finish(edns ? 1 : 0);
    if (signing === undefined || query.tsigAt === 0) return octets;
    // Only the longest names come near what a buffer holds.
    return octets + signing.size > room ? 0 : signing.finish(m, at, at + octets) - at;
  }

  /** Keeps what lies behind a question whose answer may have to wait. */
  #keep(m: Uint8Array, from: number, end: number): void {
    const behind = this.#behind;
    if (behind.length === 0) return;
    for (let p = from; p < end; p++) behind[p - from] = m[p];
  }

  /**
   * Makes of a response that lacks a signature the query again, as if it had not been looked at.
   * @param hasShown whether it has a valid server cookie
   */
  #takeBack(m: Uint8Array, at: number, length: number, channel: Channel, hasShown: boolean): number {
    const query = this.#query;
    const counters = this.#counters;
    const behind = this.#behind;
    const end = at + length;
    for (let p = at + query.questionEnd, i = 0; p < end; p++, i++) m[p] = behind[i];
    counters[Counter.QUERIES_0 + channel * CHANNEL_WORDS + typeIndex(query.type)]--;
    if (query.cookieLength !== 0 && this.#cookies !== undefined)
      counters[cookieCounter(query.cookieLength, hasShown)]--;
    this.isKnown = false;
    this.host = 0;
    this.isAwaiting = true;
    return 0;
  }

  /** @returns whether the query has a valid server cookie */
  #judge(cookies: Cookies): boolean {
    const query = this.#query;
    const client = this.#client;
    const { address } = client;
    const valid = cookies.take(query.cookie, 0, query.cookieLength, address, client.addressAt, client.addressSize);
    this.#counters[cookieCounter(query.cookieLength, valid)]++;
    return valid;
  }

  /** RFC 7873 §5.2.3, §5.2.4: over a stream the address is not forged. */
  #mustShow(channel: Channel): boolean {
    return !this.isKnown && !isStream(channel) && this.#config.cookies?.required === true;
  }

  /** What is left of a transfer that was answered just now; undefined if the message was all of it. Whoever takes it ends it. */
  takeTransfer(): BegunTransfer | undefined {
    return this.#requests.takeTransfer();
  }

  /** The update that `respond` left unanswered; undefined if it did not. Whoever takes it sees to it that it is answered. */
  takeUpdate(): BegunUpdate | undefined {
    return this.#requests.takeUpdate();
  }

  #answerTransfer(channel: Channel): void {
    const isForSerial = this.#requests.transfer(channel);
    this.#sayAsRequested();
    if (!isForSerial) return;
    this.#query.type = RRType.SOA;
    this.#walk();
  }

  /** What was asked of a whole zone is answered as that says. */
  #sayAsRequested(): void {
    const { rcode, ede, isAuthoritative } = this.#requests;
    this.#rcode = rcode;
    this.#ede = ede;
    this.#authoritative = isAuthoritative;
  }

  #answer(channel: Channel): void {
    const query = this.#query;
    if (query.class === RRClass.CH) {
      this.#rcode = writeChaos(this.#out, query, this.#question, this.#config);
      this.#authoritative = this.#rcode === Rcode.NOERROR;
      return;
    }
    if (!query.isInternet) {
      this.#refuse(Ede.NOT_SUPPORTED);
      return;
    }
    switch (query.type) {
      case RRType.AXFR:
      case RRType.IXFR:
        this.#answerTransfer(channel);
        return;
      case RRType.OPT:
      case RRType.TKEY:
      case RRType.TSIG:
      case 0:
        // Not something to ask for (RFC 6895 §3.1: OPT, TKEY and TSIG are meta-types of messages, not data).
        this.#rcode = Rcode.FORMERR;
        return;
      case RRType.NXNAME:
        // RFC 9824 §3.5.
        this.#rcode = Rcode.FORMERR;
        this.#ede = Ede.INVALID_QUERY_TYPE;
        return;
      case RRType.MAILA:
      case RRType.MAILB:
        this.#rcode = Rcode.NOTIMP;
        return;
    }
    // A class of ANY promises nothing about other classes, so the answer is not authoritative (RFC 1035 §6.2).
    this.#authoritative = query.class === RRClass.IN;
    this.#walk();
    const out = this.#out;
    if (!out.truncated && !this.#denial.finish()) out.truncated = true;
    if (!out.truncated) this.#additional.write();
  }

  /** Whether who asks may ask for names of a zone. */
  #mayAsk(zone: number): boolean {
    const access = this.#access;
    return access === undefined || access.allows(zone, this.#client, this.#signing?.key?.name);
  }

  /** RFC 8914 §4.25: the zone is one of ours, but what there is of it is too old, or nothing is. */
  #withhold(): void {
    this.#authoritative = false;
    this.#rcode = Rcode.SERVFAIL;
    this.#ede = Ede.INVALID_DATA;
  }

  /** What was to be answered can't be signed. */
  #fail(): void {
    this.host = 0;
    this.#authoritative = false;
    this.#compact = false;
    this.#write.begin();
    this.#rcode = Rcode.SERVFAIL;
    this.#ede = Ede.OTHER;
  }

  #refuse(ede: number): void {
    this.#rcode = Rcode.REFUSED;
    this.#ede = ede;
  }

  /** Notes that a chain came to a node by its own name. @returns false when it was there before */
  #visit(lookup: Lookup, hop: number): boolean {
    const node = lookup.wildcard ? 0 : lookup.node;
    this.#visited[hop] = node;
    if (node === 0) return true;
    for (let i = 0; i < hop; i++) if (this.#visited[i] === node) return false;
    return true;
  }

  /** The name is there, the type is not. @param question offset of the question's name if that is the name, else 0 @returns false without room */
  #noData(lookup: Lookup, name: Suffixes, question: number, type: number): boolean {
    if (!this.#write.negative(lookup, name, question)) return false;
    return !this.#signatures.active || this.#denial.noData(lookup, question, name, type);
  }

  /** RFC 1034 §4.3.2: from the question's name through CNAMEs and DNAMEs to where the answer is. */
  #walk(): void {
    const tables = this.#tables;
    const lookup = this.#lookup;
    const out = this.#out;
    const write = this.#write;
    const { type, dnssecOk, compactOk } = this.#query;
    const signatures = this.#signatures;
    const denial = this.#denial;
    let name = this.#question;
    // Where the name being looked up can be pointed to in the message.
    let owner = HEADER_SIZE;
    for (let hop = 0; ; hop++) {
      let found: Found = lookup.run(tables, name, type);
      if (found !== Found.REFUSED) {
        if (!this.#mayAsk(lookup.zone)) {
          // A chain that leads there ends, as one that leads out of our zones does.
          if (hop > 0) return;
          this.#authoritative = false;
          this.#refuse(Ede.PROHIBITED);
          return;
        }
        if (tables.isWithheld(lookup.zone)) {
          if (hop === 0) this.#withhold();
          return;
        }
        signatures.enter(lookup, name, dnssecOk);
        if (signatures.isCompact && compactOk) this.#compact = true;
        if (found === Found.CNAME && signatures.isBesideAlias(type)) found = Found.NODE;
      }
      switch (found) {
        case Found.REFUSED:
          // A chain that leads out of our zones ends there; the resolver goes on by itself.
          if (hop === 0) {
            this.#authoritative = false;
            this.#refuse(Ede.NOT_AUTHORITATIVE);
          }
          return;
        case Found.DELEGATION:
          if (hop === 0) this.#authoritative = false;
          if (!write.referral(lookup, name, hop === 0 ? HEADER_SIZE : 0)) out.truncated = true;
          return;
        case Found.NXDOMAIN:
          // RFC 6604 §3: the RCODE is that of the last name of a chain.
          // RFC 9824 §3.1, §5.1: where a signed NSEC says so, the RCODE does only for those who know that.
          if (!signatures.isCompact || compactOk) this.#rcode = Rcode.NXDOMAIN;
          if (!write.negative(lookup, name, hop === 0 ? HEADER_SIZE : 0)) out.truncated = true;
          else if (signatures.active && !denial.noName(lookup, hop === 0 ? HEADER_SIZE : 0, name)) out.truncated = true;
          return;
        case Found.NODE: {
          const state = write.node(lookup, name, owner, type);
          if (lookup.wildcard && AnswerWriter.isAnswer(state)) denial.fromWildcard(lookup, name);
          if (state === AnswerWriter.STEERED || state === AnswerWriter.LAST_RESORT) {
            this.#counters[Counter.STEERED]++;
            this.host = lookup.wildcard ? name.wildcardHash(lookup.label) : name.hash(0);
            if (state === AnswerWriter.LAST_RESORT) this.#ede = Ede.STALE_ANSWER;
          }
          if (state === AnswerWriter.FAILED) {
            this.#rcode = Rcode.SERVFAIL;
            this.#ede = Ede.OTHER;
          }
          if (state === AnswerWriter.NO_ROOM) out.truncated = true;
          if (state === AnswerWriter.NO_DATA && !this.#noData(lookup, name, hop === 0 ? HEADER_SIZE : 0, type))
            out.truncated = true;
          return;
        }
        case Found.CNAME: {
          // Round again: the chain is a loop, and all of it is in the answer already.
          if (!this.#visit(lookup, hop)) return;
          const rrset = tables.rrset(lookup.node, RRType.CNAME);
          if (!write.rrset(Section.ANSWER, owner, name.name, 0, name.end, rrset)) {
            out.truncated = true;
            return;
          }
          if (lookup.wildcard) denial.fromWildcard(lookup, name);
          owner = out.lastName;
          const at = tables.rrAt(rrset) + 2;
          this.#target.take(tables.rrBytes(rrset), at, tables.rrEnd(rrset));
          break;
        }
        case Found.DNAME: {
          this.#visited[hop] = 0;
          const result = synthesise(tables, lookup, name, owner, hop === 0 ? HEADER_SIZE : 0, write, this.#target);
          if (result < 0) {
            out.truncated = true;
            return;
          }
          if (result === 0) {
            // RFC 6672 §2.2: the name would be too long.
            this.#rcode = Rcode.YXDOMAIN;
            return;
          }
          // The synthesised CNAME is what was asked for (RFC 6672 §3.2 step 3C: go on unless QTYPE is CNAME).
          if (type === RRType.CNAME) return;
          owner = result;
          break;
        }
      }
      // A loop through wildcards or DNAMEs names something new each time; resolvers detect the rest.
      if (hop === MOST_HOPS) return;
      name = this.#target;
    }
  }
}

const ERROR_OF: Readonly<Record<number, number>> = {
  [Parsed.FORMERR]: Rcode.FORMERR,
  [Parsed.NOTIMP]: Rcode.NOTIMP,
  [Parsed.BADVERS]: Rcode.BADVERS,
};
