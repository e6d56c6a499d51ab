/**
 * Batches that proxies have a part in: what a trusted one sends has a header in front (proxy-header.ts), which is taken off and says whose query it is. A client may
 * be of another family than the way to its proxy, and a batch is of one family, so each batch is answered as two. Only workers that are told of proxies come here.
 *
 * A header is wanted of a trusted proxy, always, and never looked for in what others send: nobody guesses (proxy-protocol.txt §2).
 */
import { BATCH, Batch } from '../answer/batch.ts';
import { Channel, Counter } from '../answer/counters.ts';
import type { PrefixSet } from '../net/prefix-set.ts';
import { LONGEST_HEADER, NOT_TOLD, proxiedAt, proxiedSize, proxyHeader } from './proxy-header.ts';

/** Octets of the larger address. */
const ADDRESS = 16;

export class ProxiedBatches {
  readonly #proxies: PrefixSet;
  readonly #counters: Uint32Array;
  readonly #answer: (batch: Batch) => void;
  /** A transport has a batch for each family, which it fills again and again. */
  readonly #halves = new Map<Batch, Halves>();

  /**
   * @param counters this worker's row
   * @param answer   what batches without headers are handed on to
   */
  constructor(proxies: PrefixSet, counters: Uint32Array, answer: (batch: Batch) => void) {
    this.#proxies = proxies;
    this.#counters = counters;
    this.#answer = answer;
  }

  /** Answers a batch in place: messages are moved to where their headers began. */
  answer(batch: Batch): void {
    const { messages, at, lengths, clients, clientAt, addressSize, count } = batch;
    const halves = this.#halvesOf(batch);
    for (let i = 0; i < count; i++) {
      const begin = at[i];
      const end = begin + lengths[i];
      if (!this.#proxies.has(clients, clientAt[i], addressSize)) {
        halves.add(i, clients, clientAt[i], addressSize);
        continue;
      }
      const header = proxyHeader(messages, begin, end);
      if (header <= 0) {
        this.#counters[Counter.PROXY_REFUSED]++;
        // As what was cut off: it can't be judged.
        lengths[i] = 0;
        halves.add(i, clients, clientAt[i], addressSize);
        continue;
      }
      this.#counters[Counter.PROXY_TAKEN]++;
      halves.keepHeader(i, header);
      lengths[i] -= header;
      const client = proxiedAt(messages, begin);
      if (client === NOT_TOLD) halves.add(i, clients, clientAt[i], addressSize);
      else halves.add(i, messages, client, proxiedSize(messages, begin));
      messages.copyWithin(begin, begin + header, end);
    }
    if (halves.ipv4.count > 0) this.#answer(halves.ipv4);
    if (halves.ipv6.count > 0) this.#answer(halves.ipv6);
    this.#counters[Counter.PROXY_TAKEN] -= halves.join();
  }

  #halvesOf(batch: Batch): Halves {
    let halves = this.#halves.get(batch);
    if (halves === undefined) {
      halves = new Halves(batch);
      this.#halves.set(batch, halves);
    }
    halves.begin();
    return halves;
  }
}

/** A batch as two: messages of IPv4 clients and of IPv6 clients. */
class Halves {
  readonly ipv4: Batch;
  readonly ipv6: Batch;
  readonly #whole: Batch;
  /** By message of the whole: its place in its half, and which that is. */
  readonly #place = new Int32Array(BATCH);
  readonly #isIpv6 = new Uint8Array(BATCH);
  /** And by place in a half, the message of the whole. */
  readonly #ofIpv4 = new Int32Array(BATCH);
  readonly #ofIpv6 = new Int32Array(BATCH);
  /** Headers that were taken off, for messages that have to wait for signatures and come again. */
  readonly #headers = new Uint8Array(BATCH * LONGEST_HEADER);
  readonly #headerOctets = new Int32Array(BATCH);

  constructor(whole: Batch) {
    this.#whole = whole;
    const { messages, room } = whole;
    this.ipv4 = new Batch(messages, room, Channel.UDP_IPV4, new Uint8Array(BATCH * ADDRESS));
    this.ipv6 = new Batch(messages, room, Channel.UDP_IPV6, new Uint8Array(BATCH * ADDRESS));
    for (let i = 0; i < BATCH; i++) this.ipv4.clientAt[i] = this.ipv6.clientAt[i] = i * ADDRESS;
  }

  /** A batch begins. */
  begin(): void {
    this.#begin(this.ipv4);
    this.#begin(this.ipv6);
    this.#headerOctets.fill(0);
  }

  #begin(half: Batch): void {
    half.count = 0;
    half.waiting = 0;
    half.source = this.#whole.source;
    half.allow = this.#whole.allow;
  }

  /** Keeps the header of message i, of so many octets, while it is off. */
  keepHeader(i: number, octets: number): void {
    const { messages, at } = this.#whole;
    for (let j = 0; j < octets; j++) this.#headers[i * LONGEST_HEADER + j] = messages[at[i] + j];
    this.#headerOctets[i] = octets;
  }

  /** Adds message i of the whole, whose client's address is the `size` octets at `octets[at..]`. */
  add(i: number, octets: Uint8Array, at: number, size: number): void {
    const isIpv4 = size === 4;
    const half = isIpv4 ? this.ipv4 : this.ipv6;
    const place = half.count++;
    this.#place[i] = place;
    (isIpv4 ? this.#ofIpv4 : this.#ofIpv6)[place] = i;
    this.#isIpv6[i] = isIpv4 ? 0 : 1;
    half.at[place] = this.#whole.at[i];
    half.lengths[place] = this.#whole.lengths[i];
    for (let j = 0; j < size; j++) half.clients[place * ADDRESS + j] = octets[at + j];
  }

  /**
   * Gives the whole the lengths of the replies, and the messages that wait, as they came.
   * @returns how many of these have their headers again
   */
  join(): number {
    const { lengths, count } = this.#whole;
    for (let i = 0; i < count; i++) {
      const half = this.#isIpv6[i] === 0 ? this.ipv4 : this.ipv6;
      lengths[i] = half.lengths[this.#place[i]];
    }
    this.#whole.waiting = 0;
    return this.#wait(this.ipv4, this.#ofIpv4) + this.#wait(this.ipv6, this.#ofIpv6);
  }

  #wait({ waiting, waitingMessage, waitingOctets, waitingPlace }: Batch, of: Int32Array): number {
    const whole = this.#whole;
    const { messages, at } = whole;
    let headers = 0;
    for (let k = 0; k < waiting; k++) {
      const i = of[waitingMessage[k]];
      const octets = this.#headerOctets[i];
      if (octets > 0) {
        headers++;
        messages.copyWithin(at[i] + octets, at[i], at[i] + waitingOctets[k]);
        for (let j = 0; j < octets; j++) messages[at[i] + j] = this.#headers[i * LONGEST_HEADER + j];
      }
      whole.waitingMessage[whole.waiting] = i;
      whole.waitingOctets[whole.waiting] = waitingOctets[k] + octets;
      whole.waitingPlace[whole.waiting] = waitingPlace[k];
      whole.waiting++;
    }
    return headers;
  }
}
