/**
 * The fast path: a whole batch at once, for what nearly every query to a steering server is: one plain question for the A or AAAA of a
 * steered host. Anything else is left alone, for the complete path.
 *
 * It works in stages over the batch (hash every name, find every slot, then read every node), so that the cache misses of different
 * queries overlap instead of adding up.
 */
import { A_RECORD_OCTETS, AAAA_RECORD_OCTETS } from '../tables/plan-layout.ts';
import { isAnswered, isSet, type PlanReader } from '../tables/plan-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { EdnsOption, HEADER_SIZE, MAX_LABEL, MAX_NAME, RRClass, RRType } from '../wire/constants.ts';
import { hashFinish, hashStep } from '../zone/suffixes.ts';
import { BATCH, Batch } from './batch.ts';
import { type Client, NOBODY } from './client.ts';
import { Channel } from './counters.ts';
import { addressBits, ECS_FIXED, EcsAt, isWellFormed } from './ecs.ts';
import { OPT_SIZE } from './query.ts';
import { FamilyIndex, NO_LOCATION } from './steered.ts';

/** Octets of an option before its data: code and length. */
const OPTION_HEAD = 4;
/** The longest Client Subnet option, head included. */
const MOST_ECS = OPTION_HEAD + ECS_FIXED + 16;

/** Before there is one. */
const NONE = new Batch(NOBODY, 0, Channel.UDP_IPV4, NOBODY);

export class FastPath {
  /** The hash of each message's name (zone/suffixes.ts): of those answered, the host's. */
  readonly hash = new Uint32Array(BATCH);
  /** How many of the batch answered last asked for AAAA. */
  aaaa = 0;
  readonly #seed: number;
  readonly #udpSize: number;
  readonly #slots: Uint32Array;
  readonly #client: Client;
  #batch = NONE;
  /** A query's option, while the answer is written over it. */
  readonly #ecs = new Uint8Array(MOST_ECS);
  // Per message: offset after the name (0: not for this path), then its candidate node.
  readonly #nameEnd = new Int32Array(BATCH);
  readonly #node = new Int32Array(BATCH);

  /**
   * @param udpSize the payload size our OPT announces
   * @param slots   this worker's row of answers by slot
   */
  constructor(seed: number, udpSize: number, slots: Uint32Array, client: Client) {
    this.#seed = seed;
    this.#udpSize = udpSize;
    this.#slots = slots;
    this.#client = client;
  }

  /**
   * Answers what it can of a batch, in place.
   *
   * @param batch lengths of those answered become the responses'; messages not answered keep theirs
   * @param done  set to 1 for each answered
   * @returns how many were answered
   */
  run(tables: TableReader, plan: PlanReader, batch: Batch, done: Uint8Array): number {
    const { messages: m, at, lengths, count } = batch;
    this.#batch = batch;
    const nameEnd = this.#nameEnd;
    const hash = this.hash;
    const node = this.#node;
    for (let i = 0; i < count; i++) this.#shape(m, i, at[i], lengths[i]);
    for (let i = 0; i < count; i++) node[i] = nameEnd[i] === 0 ? 0 : tables.candidate(hash[i]);
    let answered = 0;
    let aaaa = 0;
    for (let i = 0; i < count; i++) {
      const length = node[i] === 0 ? 0 : this.#answer(tables, plan, m, at[i], nameEnd[i], node[i], i);
      done[i] = length === 0 ? 0 : 1;
      if (length !== 0) {
        lengths[i] = length;
        answered++;
        if (m[nameEnd[i] + 1] === RRType.AAAA) aaaa++;
      }
    }
    this.aaaa = aaaa;
    return answered;
  }

  /** Whether message i is of the one shape this path takes; if so, notes where its name ends and its hash. */
  #shape(m: Uint8Array, i: number, at: number, length: number): void {
    this.#nameEnd[i] = 0;
    // Header: a standard query with at most RD, AD and CD set; one question, nothing else but at most one additional record.
    if (length < HEADER_SIZE + 5 || (m[at + 2] & 0xfe) !== 0 || (m[at + 3] & 0xcf) !== 0) return;
    if (m[at + 4] !== 0 || m[at + 5] !== 1 || m[at + 6] !== 0 || m[at + 7] !== 0 || m[at + 8] !== 0 || m[at + 9] !== 0)
      return;
    if (m[at + 10] !== 0 || m[at + 11] > 1) return;
    const begin = at + HEADER_SIZE;
    const last = at + length - 5;
    let p = begin;
    while (p <= last) {
      const label = m[p];
      if (label === 0) break;
      if (label > MAX_LABEL) return;
      p += label + 1;
    }
    if (p > last || p - begin >= MAX_NAME) return;
    const end = p + 1;
    if (
      m[end] !== 0 ||
      (m[end + 1] !== RRType.A && m[end + 1] !== RRType.AAAA) ||
      m[end + 2] !== 0 ||
      m[end + 3] !== RRClass.IN
    )
      return;
    const opt = end + 4;
    if (m[at + 11] === 0) {
      if (opt !== at + length) return;
    } else {
      // An OPT of version 0, with one Client Subnet option or none.
      const options = at + length - opt - OPT_SIZE;
      if (options < 0 || m[opt] !== 0 || m[opt + 1] !== 0 || m[opt + 2] !== RRType.OPT || m[opt + 6] !== 0) return;
      if (m[opt + 9] !== 0 || m[opt + 10] !== options) return;
      if (options !== 0 && !isOneClientSubnet(m, opt + OPT_SIZE, options)) return;
    }

    let state = this.#seed;
    for (let q = p; q >= begin; q--) {
      let c = m[q];
      if (c >= 0x41 && c <= 0x5a) c |= 0x20;
      state = hashStep(state, c);
    }
    this.#nameEnd[i] = end;
    this.hash[i] = hashFinish(state);
  }

  /** @returns the response's octets, or 0 when the complete path must answer */
  #answer(
    tables: TableReader,
    plan: PlanReader,
    m: Uint8Array,
    at: number,
    end: number,
    node: number,
    i: number,
  ): number {
    const assignment = tables.fastAssignment(node, m, at + HEADER_SIZE, end);
    if (assignment === 0) return 0;
    const edns = m[at + 11] !== 0;
    const answerAt = end + 4;
    const optionAt = answerAt + OPT_SIZE;
    const option = edns ? m[optionAt - 1] : 0;
    const use = plan.client(assignment);
    const clientClass = use === 0 ? NO_LOCATION : this.#classOf(use, i, m, optionAt, option);
    const ipv6 = m[end + 1] === RRType.AAAA;
    const row = plan.row(assignment, clientClass, ipv6 ? FamilyIndex.IPV6 : FamilyIndex.IPV4);
    if (!isAnswered(row) || isSet(row) || plan.isLastResort(row)) return 0;

    const ecs = this.#ecs;
    for (let j = 0; j < option; j++) ecs[j] = m[optionAt + j];
    const dnssecOk = edns ? m[answerAt + 7] & 0x80 : 0;
    const octets = plan.octets;
    const record = plan.recordAt(row);
    const size = ipv6 ? AAAA_RECORD_OCTETS : A_RECORD_OCTETS;
    for (let j = 0; j < size; j++) m[answerAt + j] = octets[record + j];
    // QR and AA set, RD as it was; RA, Z, AD, CD and RCODE zero.
    m[at + 2] = 0x84 | (m[at + 2] & 1);
    m[at + 3] = 0;
    m[at + 7] = 1;
    this.#slots[plan.slot(row)]++;
    if (!edns) return answerAt + size - at;
    let p = answerAt + size;
    m[p++] = 0;
    m[p++] = 0;
    m[p++] = RRType.OPT;
    m[p++] = this.#udpSize >>> 8;
    m[p++] = this.#udpSize;
    m[p++] = 0;
    m[p++] = 0;
    m[p++] = dnssecOk;
    m[p++] = 0;
    m[p++] = 0;
    m[p++] = option;
    if (option === 0) return p - at;
    ecs[OPTION_HEAD + EcsAt.SCOPE] = use === 0 ? 0 : this.#client.scope(use);
    for (let j = 0; j < option; j++) m[p++] = ecs[j];
    return p - at;
  }

  /** The class of message i's client. */
  #classOf(use: number, i: number, m: Uint8Array, optionAt: number, option: number): number {
    const client = this.#client;
    const { clients, clientAt, addressSize } = this.#batch;
    client.from(clients, clientAt[i], addressSize);
    client.locate(m, optionAt + OPTION_HEAD, option === 0 ? 0 : option - OPTION_HEAD);
    return client.classOf(use);
  }
}

/** Whether the options of an OPT are one well-formed Client Subnet of a known family. */
function isOneClientSubnet(m: Uint8Array, at: number, octets: number): boolean {
  if (octets < OPTION_HEAD + ECS_FIXED || octets > MOST_ECS) return false;
  if (m[at] !== 0 || m[at + 1] !== EdnsOption.CLIENT_SUBNET || m[at + 2] !== 0 || m[at + 3] !== octets - OPTION_HEAD)
    return false;
  const bits = addressBits(m, at + OPTION_HEAD);
  return bits !== 0 && isWellFormed(m, at + OPTION_HEAD, octets - OPTION_HEAD, bits);
}
