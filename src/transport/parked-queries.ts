/**
 * A UDP worker's queries that wait for signatures: asked of the signer threads, answered again when the signature is in the cache. The octets of a query stay with the source it came
 * from, under the number of its place.
 *
 *     miss ──> a place in the fair queue ──its network's turn──> sent to the signers ──signed, and rung──> its source answers it again
 *
 * Few are with the signers at a time: enough that they are never idle, so few that a network's turn comes soon.
 */
import { BATCH, type Batch } from '../answer/batch.ts';
import { Counter } from '../answer/counters.ts';
import type { Awaited, Parking } from '../answer/parking.ts';
import { MOST_OCTETS, PLACES, type SignatureRequests } from '../dnssec/signature-requests.ts';
import { FairQueue } from './fair-queue.ts';
import type { UdpSource } from './udp-loop.ts';
import type { Wake } from './wake.ts';

/** Requests with the signers at once, for each of them. */
const AHEAD = 16;
/** Where a place is whose query is nobody's: of a worker that died. */
const NOBODYS = 0xff;

export class ParkedQueries implements Parking, UdpSource {
  readonly fd: number;
  readonly mostOctets = MOST_OCTETS;
  readonly #requests: SignatureRequests;
  readonly #wake: Wake;
  readonly #queue: FairQueue;
  readonly #counters: Uint32Array;
  readonly #most: number;
  /** By number; by place, whose it is. */
  #sources: readonly UdpSource[] = [];
  readonly #source = new Uint8Array(PLACES);
  /** Places with the signers. */
  readonly #sent: Int32Array;
  #sentCount = 0;
  /** Places of one source that are done. */
  readonly #done: Int32Array;

  /**
   * @param counters this worker's row
   * @param signers  how many threads sign
   * @param seed     of the fair queue
   */
  constructor(requests: SignatureRequests, wake: Wake, counters: Uint32Array, signers: number, seed: number) {
    this.fd = wake.fd;
    this.#requests = requests;
    this.#wake = wake;
    this.#counters = counters;
    this.#most = Math.min(BATCH, AHEAD * signers);
    this.#sent = new Int32Array(PLACES);
    this.#done = new Int32Array(PLACES);
    this.#queue = new FairQueue(PLACES, seed, (place) => this.#adopt(place));
    // A worker that died may have heard without saying so, and signers then not have rung for what they have done since.
    requests.heard();
    wake.ring();
  }

  /** Where messages come from, by the number they are parked with. */
  set sources(sources: readonly UdpSource[]) {
    this.#sources = sources;
  }

  park(batch: Batch, i: number, { octets, length, key, madeUp }: Awaited): number {
    const queue = this.#queue;
    const before = queue.displaced;
    const place = queue.take(batch.clients, batch.clientAt[i], batch.addressSize);
    this.#counters[Counter.PARKED_DROPPED] += queue.displaced - before;
    if (place < 0) return place;
    this.#requests.write(place, octets, length, key, madeUp);
    this.#source[place] = batch.source;
    this.#send();
    return place;
  }

  /** Answers what has its signature now. */
  serve(isReadable: boolean): number {
    const requests = this.#requests;
    if (!isReadable && !requests.isRung) return 0;
    // Set before it can be heard: if it can't yet, it will be.
    if (this.#wake.hear()) requests.heard();
    let answered = this.#answer(NOBODYS);
    for (let source = 0; source < this.#sources.length; source++) answered += this.#answer(source);
    this.#send();
    return answered;
  }

  /** Has a source answer again what is done of it. */
  #answer(source: number): number {
    const sent = this.#sent;
    const done = this.#done;
    let count = 0;
    let left = 0;
    for (let i = 0; i < this.#sentCount; i++) {
      const place = sent[i];
      if (this.#source[place] === source && this.#requests.isSigned(place)) done[count++] = place;
      else if (this.#requests.isUnable(place)) this.#drop(place);
      else sent[left++] = place;
    }
    this.#sentCount = left;
    if (count === 0) return 0;
    // Free at once: one may have to wait again, for another signature.
    for (let i = 0; i < count; i++) {
      this.#requests.free(done[i]);
      this.#queue.release(done[i]);
    }
    if (source !== NOBODYS) this.#sources[source].again?.(done, count);
    return count;
  }

  /** A query that can't be answered: to ask again would be in vain. */
  #drop(place: number): void {
    this.#requests.free(place);
    this.#queue.release(place);
    if (this.#source[place] !== NOBODYS) this.#counters[Counter.PARKED_DROPPED]++;
  }

  /** Gives signers what is next. */
  #send(): void {
    while (this.#sentCount < this.#most && this.#queue.waiting > 0) {
      const place = this.#queue.next();
      this.#sent[this.#sentCount++] = place;
      this.#requests.send(place);
    }
  }

  /** A place that a worker before this one had sent: it is free when it is done. */
  #adopt(place: number): boolean {
    if (!this.#requests.isSent(place)) {
      this.#requests.free(place);
      return false;
    }
    this.#source[place] = NOBODYS;
    this.#sent[this.#sentCount++] = place;
    return true;
  }
}
