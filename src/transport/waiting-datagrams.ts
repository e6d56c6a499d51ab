/** Queries over node's own UDP sockets that wait for signatures made here, between other messages: fairly by client network, and no more than so many. */
import { Counter } from '../answer/counters.ts';
import { PLACES } from '../dnssec/signature-requests.ts';
import { parseAddress } from '../net/address.ts';
import { FairQueue } from './fair-queue.ts';
import type { SigningTurns } from './signing-turns.ts';

export class WaitingDatagrams {
  readonly #turns: SigningTurns;
  readonly #counters: Uint32Array;
  readonly #queue: FairQueue;
  readonly #again: (() => void)[] = [];

  /** @param seed of the fair queue */
  constructor(turns: SigningTurns, counters: Uint32Array, seed: number) {
    this.#turns = turns;
    this.#counters = counters;
    this.#queue = new FairQueue(PLACES, seed);
  }

  /** @param again answers the message of a client, or has it wait once more */
  wait(client: Uint8Array | string, again: () => void): void {
    const address = typeof client === 'string' ? parseAddress(client) : client;
    const before = this.#queue.displaced;
    const place = address === undefined ? -1 : this.#queue.take(address, 0, address.length);
    const displaced = this.#queue.displaced - before;
    this.#counters[Counter.PARKED_DROPPED] += displaced + (place < 0 ? 1 : 0);
    if (place < 0) return;
    this.#counters[Counter.PARKED]++;
    this.#again[place] = again;
    // One that gave up its place has left its turn behind: so there are never more turns than places.
    if (displaced === 0) this.#turns.add(() => this.#next());
  }

  #next(): void {
    const place = this.#queue.next();
    if (place < 0) return;
    this.#queue.release(place);
    this.#again[place]();
  }
}
