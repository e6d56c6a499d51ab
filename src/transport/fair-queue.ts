/**
 * Who waits, fairly by client network: places of a fixed number, taken by queries and given turns by networks (/24, /56) one after another. When all are taken, the network that has
 * most waiting gives up its newest; a newcomer of that network gets no place. So a flood from one network costs others nothing but a turn.
 *
 * Networks are told apart by a keyed hash into buckets: two that share one, by chance, share its turns. Nobody outside can choose with whom.
 *
 *     take ──> waiting, in its bucket's line ──next──> served: still has its place ──release──> free
 */

export const NONE = -1;

const BUCKETS = 128;

/** A bucket's network: so many octets of the address, by its size. */
const IPV4_OCTETS = 3;
const IPV6_OCTETS = 7;

export class FairQueue {
  readonly #seed: number;
  readonly #free: Int32Array;
  #frees: number;
  /** By place: the bucket, and neighbours in its line. */
  readonly #bucket: Uint8Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** By bucket: the line's ends, and how many are in it. */
  readonly #first = new Int32Array(BUCKETS).fill(NONE);
  readonly #last = new Int32Array(BUCKETS).fill(NONE);
  readonly #count = new Int32Array(BUCKETS);
  /** The bucket that had a turn last. */
  #turn = 0;
  #waiting = 0;
  /** How many gave up their places for others. */
  displaced = 0;

  /**
   * @param seed  secret, because clients choose their addresses
   * @param taken whether a place is taken from the beginning, and comes back by `release`
   */
  constructor(places: number, seed: number, taken: (place: number) => boolean = () => false) {
    this.#seed = seed | 0;
    this.#bucket = new Uint8Array(places);
    this.#next = new Int32Array(places);
    this.#previous = new Int32Array(places);
    this.#free = new Int32Array(places);
    this.#frees = 0;
    for (let place = places - 1; place >= 0; place--) if (!taken(place)) this.#free[this.#frees++] = place;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Finds a place for a query.
   * @param address where the client's address lies, 4 or 16 octets at `at`
   * @returns the place, or NONE. It may be that of one displaced, which then has none any more.
   */
  take(address: Uint8Array, at: number, octets: number): number {
    const bucket = this.#bucketOf(address, at, octets);
    let place: number;
    if (this.#frees > 0) place = this.#free[--this.#frees];
    else {
      const greediest = this.#greediest();
      // Else two that have the same would displace each other.
      if (this.#count[greediest] <= this.#count[bucket] + 1) return NONE;
      place = this.#last[greediest];
      this.#remove(place);
      this.displaced++;
    }
    this.#bucket[place] = bucket;
    const last = this.#last[bucket];
    this.#previous[place] = last;
    this.#next[place] = NONE;
    if (last === NONE) this.#first[bucket] = place;
    else this.#next[last] = place;
    this.#last[bucket] = place;
    this.#count[bucket]++;
    this.#waiting++;
    return place;
  }

  /** The place whose turn it is, which waits no longer; NONE when none does. */
  next(): number {
    if (this.#waiting === 0) return NONE;
    let bucket = this.#turn;
    do bucket = (bucket + 1) % BUCKETS;
    while (this.#count[bucket] === 0);
    this.#turn = bucket;
    const place = this.#first[bucket];
    this.#remove(place);
    return place;
  }

  /** Gives a place back that does not wait. */
  release(place: number): void {
    this.#free[this.#frees++] = place;
  }

  #remove(place: number): void {
    const bucket = this.#bucket[place];
    const next = this.#next[place];
    const previous = this.#previous[place];
    if (previous === NONE) this.#first[bucket] = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#last[bucket] = previous;
    else this.#previous[next] = previous;
    this.#count[bucket]--;
    this.#waiting--;
  }

  #greediest(): number {
    const count = this.#count;
    let most = 0;
    for (let bucket = 1; bucket < BUCKETS; bucket++) if (count[bucket] > count[most]) most = bucket;
    return most;
  }

  /** FNV-1a over the network, then the finaliser of MurmurHash3. */
  #bucketOf(address: Uint8Array, at: number, octets: number): number {
    const network = octets === 4 ? IPV4_OCTETS : IPV6_OCTETS;
    let h = this.#seed ^ network;
    for (let i = 0; i < network; i++) h = Math.imul(h ^ address[at + i], 0x01000193);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) & (BUCKETS - 1);
  }
}
