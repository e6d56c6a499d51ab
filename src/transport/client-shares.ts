/**
 * How many connections each client has: a hash table with open addressing, made once for as many clients as there may be connections.
 *
 * A client is 64 bits: the first half of an IPv6 address (a /64 is what one customer has at least), or an IPv4 address behind 32 zero bits. The
 * two can't meet: IPv6 addresses that begin so belong to nobody (RFC 4291 §2.5).
 */

export class ClientShares {
  readonly #mask: number;
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  /** Connections; 0 where there is no client. */
  readonly #count: Uint32Array;
  readonly #seed: number;

  /**
   * @param most connections there can be
   * @param seed secret, because clients choose their addresses
   */
  constructor(most: number, seed: number) {
    const places = 2 ** Math.ceil(Math.log2(most * 2 + 2));
    this.#mask = places - 1;
    this.#high = new Uint32Array(places);
    this.#low = new Uint32Array(places);
    this.#count = new Uint32Array(places);
    this.#seed = seed | 0;
  }

  /** Connections of a client. @param address 4 or 16 octets */
  of(address: Uint8Array): number {
    return this.#count[this.#find(high(address), low(address))];
  }

  add(address: Uint8Array): void {
    const first = high(address);
    const second = low(address);
    const place = this.#find(first, second);
    this.#high[place] = first;
    this.#low[place] = second;
    this.#count[place]++;
  }

  /** A connection of a client that has one is no more. */
  remove(address: Uint8Array): void {
    const place = this.#find(high(address), low(address));
    if (--this.#count[place] === 0) this.#close(place);
  }

  /** Where the client is, or the free place for it. */
  #find(first: number, second: number): number {
    for (let place = this.#home(first, second); ; place = (place + 1) & this.#mask) {
      if (this.#count[place] === 0) return place;
      if (this.#high[place] === first && this.#low[place] === second) return place;
    }
  }

  /** Fills a gap with the next client that a search would otherwise no longer find, and so on. */
  #close(gap: number): void {
    const mask = this.#mask;
    for (let place = (gap + 1) & mask; this.#count[place] !== 0; place = (place + 1) & mask) {
      const home = this.#home(this.#high[place], this.#low[place]);
      if (((place - home) & mask) < ((place - gap) & mask)) continue;
      this.#high[gap] = this.#high[place];
      this.#low[gap] = this.#low[place];
      this.#count[gap] = this.#count[place];
      this.#count[place] = 0;
      gap = place;
    }
  }

  /** The finaliser of MurmurHash3, twice. */
  #home(first: number, second: number): number {
    let h = this.#seed ^ first;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) ^ second;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) & this.#mask;
  }
}

function high(address: Uint8Array): number {
  return address.length === 4 ? 0 : word(address, 0);
}

function low(address: Uint8Array): number {
  return address.length === 4 ? word(address, 0) : word(address, 4);
}

function word(a: Uint8Array, at: number): number {
  return ((a[at] << 24) | (a[at + 1] << 16) | (a[at + 2] << 8) | a[at + 3]) >>> 0;
}
