import type { Prefix } from './prefix.ts';

/** Prefixes of both families, to ask whether an address is in one of them. */
export class PrefixSet {
  readonly #ipv4: Sorted;
  readonly #ipv6: Sorted;

  constructor(prefixes: readonly Prefix[]) {
    this.#ipv4 = sorted(prefixes, 4);
    this.#ipv6 = sorted(prefixes, 16);
  }

  /** @param size 4 or 16: octets of the address at `at` */
  has(octets: Uint8Array, at: number, size: number): boolean {
    const { count, addresses, lengths } = size === 4 ? this.#ipv4 : this.#ipv6;
    // The last prefix that does not begin behind the address: they don't overlap, so no other can hold it.
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(addresses, middle * size, octets, at, size) <= 0) low = middle + 1;
      else high = middle;
    }
    return low > 0 && begins(octets, at, addresses, (low - 1) * size, lengths[low - 1]);
  }
}

interface Sorted {
  readonly count: number;
  readonly addresses: Uint8Array;
  readonly lengths: Uint8Array;
}

/** By address, without those that lie in another one. */
function sorted(prefixes: readonly Prefix[], size: number): Sorted {
  const own = prefixes
    .filter(({ address }) => address.length === size)
    .toSorted((a, b) => compare(a.address, 0, b.address, 0, size) || a.length - b.length);
  const kept: Prefix[] = [];
  for (const prefix of own) {
    const last = kept.at(-1);
    if (last === undefined || !begins(prefix.address, 0, last.address, 0, last.length)) kept.push(prefix);
  }
  return {
    count: kept.length,
    addresses: Uint8Array.from(kept.flatMap(({ address }) => [...address])),
    lengths: Uint8Array.from(kept, ({ length }) => length),
  };
}

function compare(a: Uint8Array, at: number, b: Uint8Array, bt: number, size: number): number {
  for (let i = 0; i < size; i++) if (a[at + i] !== b[bt + i]) return a[at + i] - b[bt + i];
  return 0;
}

/** Whether an address has the first `length` bits of another. */
function begins(a: Uint8Array, at: number, b: Uint8Array, bt: number, length: number): boolean {
  const whole = length >>> 3;
  for (let i = 0; i < whole; i++) if (a[at + i] !== b[bt + i]) return false;
  const rest = length & 7;
  return rest === 0 || (a[at + whole] ^ b[bt + whole]) >>> (8 - rest) === 0;
}
