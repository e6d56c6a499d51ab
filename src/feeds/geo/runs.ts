/**
 * Runs: what holds from a network on, until the next one. The first begins at the lowest address, so every address is in one.
 *
 * An address is two numbers, its first and its second 32 bits; of IPv4 the second is 0. Networks are told apart down to /24 and /56: the units clients are counted
 * in, for all that is longer is one client's own affair (RFC 7871 §11.1 recommends no more to resolvers).
 */

import type { Prefix } from '../../net/prefix.ts';
import type { Family } from '../../steering/model.ts';

/** Bits that clients are told apart by. */
export const UNIT_BITS = { ipv4: 24, ipv6: 56 } as const;

const FIRST_ROOM = 256;

export class Runs {
  hi = new Uint32Array(FIRST_ROOM);
  lo = new Uint32Array(FIRST_ROOM);
  value = new Uint32Array(FIRST_ROOM);
  length = 0;

  /** Adds a run behind the last; one of the same value only goes on. Begins must rise, and the first be 0. */
  push(hi: number, lo: number, value: number): void {
    const n = this.length;
    if (n > 0 && this.value[n - 1] === value) return;
    if (n === this.hi.length) this.#grow();
    this.hi[n] = hi;
    this.lo[n] = lo;
    this.value[n] = value;
    this.length = n + 1;
  }

  #grow(): void {
    for (const column of ['hi', 'lo', 'value'] as const) {
      const larger = new Uint32Array(this.length * 2);
      larger.set(this[column]);
      this[column] = larger;
    }
  }

  /** The value at an address. */
  at(hi: number, lo: number): number {
    let low = 0;
    let high = this.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.hi[middle] < hi || (this.hi[middle] === hi && this.lo[middle] <= lo)) low = middle;
      else high = middle;
    }
    return this.value[low];
  }
}

/** One run from end to end. */
export function everywhere(value: number): Runs {
  const runs = new Runs();
  runs.push(0, 0, value);
  return runs;
}

/** A place on the line of addresses; `hi` is 2^32 behind the last. */
export interface Point {
  readonly hi: number;
  readonly lo: number;
}

const WORD = 2 ** 32;

/** The first 32 and the next 32 bits of an address of 4 or 16 octets. */
export function pointOf(address: Uint8Array): Point {
  const word = (at: number): number =>
    ((address[at] << 24) | (address[at + 1] << 16) | (address[at + 2] << 8) | address[at + 3]) >>> 0;
  return { hi: word(0), lo: address.length === 4 ? 0 : word(4) };
}

/** The point behind a network that begins at a point. @param length bits; more than a unit's count as a unit's */
export function behind({ hi, lo }: Point, length: number, family: Family): Point {
  const bits = Math.min(length, UNIT_BITS[family]);
  if (bits <= 32) return { hi: hi + 2 ** (32 - bits), lo: 0 };
  const next = lo + 2 ** (64 - bits);
  return next < WORD ? { hi, lo: next } : { hi: hi + 1, lo: 0 };
}

/** Whether a prefix counts: it is as short as a unit, or has a unit's first address. */
export function countsAsUnit({ family, address }: Prefix): boolean {
  const octets = UNIT_BITS[family] / 8;
  for (let i = octets; i < address.length; i++) if (address[i] !== 0) return false;
  return true;
}

/** By address: negative where `a` comes first. */
export function comparePoints(a: Point, b: Point): number {
  return a.hi - b.hi || a.lo - b.lo;
}
