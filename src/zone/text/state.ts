/**
 * What a line of a zone file takes from the lines before it (RFC 1035 §5.1, RFC 2308 §4): the origin of relative names, the owner
 * when it names none, the TTL when it gives none.
 */
import { MAX_NAME, RRType } from '../../wire/constants.ts';
import { lowerCase, nameLength, suffixOffset } from '../../wire/name.ts';
import type { ReadingState } from '../source.ts';

/** `ownerEnd` before any owner was named. */
export const NO_OWNER = 0;
/** `ownerEnd` after an owner that was wrong: lines without one are left out, their mistake was told. */
export const BAD_OWNER = -1;

export class ZoneTextState implements ReadingState {
  /** The zone's apex, lower case. */
  readonly apex: Uint8Array;
  /** Wire form of what completes relative names in RDATA, case as written. */
  origin: Uint8Array;
  /** The same for owners: lower case. */
  lowerOrigin: Uint8Array;
  /** Whether the origin is the apex or below it, so that relative owners are in the zone. */
  originInZone = true;

  /** The current owner, wire form, lower case, in `owner[0, ownerEnd)`. */
  readonly owner = new Uint8Array(MAX_NAME + 1);
  ownerEnd = NO_OWNER;

  /** Set by `$TTL`, or -1. */
  dollarTtl = -1;
  /** The last TTL a record stated, or -1. */
  lastTtl = -1;
  /** MINIMUM of the SOA, or -1. */
  soaMinimum = -1;

  constructor(apex: Uint8Array) {
    this.apex = apex;
    this.origin = apex;
    this.lowerOrigin = apex;
  }

  setOrigin(name: Uint8Array): void {
    this.origin = name;
    this.lowerOrigin = name.slice();
    lowerCase(this.lowerOrigin);
    this.originInZone = suffixOffset(this.lowerOrigin, this.apex) >= 0;
  }

  setOwner(name: Uint8Array): void {
    this.owner.set(name);
    this.ownerEnd = name.length;
  }

  /** Whether the name in `owner[0, end)` is the apex or below it. */
  inZone(end: number): boolean {
    const { owner, apex } = this;
    const at = end - apex.length;
    if (at < 0) return false;
    for (let i = 0; i < apex.length; i++) if (owner[at + i] !== apex[i]) return false;
    let p = 0;
    while (p < at) p += owner[p] + 1;
    return p === at;
  }

  /**
   * The TTL of a record that states none: `$TTL`, else the last stated, else the SOA's MINIMUM (RFC 2308 §4, RFC 1035 §5.1).
   * A steered host takes its policy's instead (-1): how fast a host moves is no matter of what data stands above it.
   */
  defaultTtl(type: number): number {
    if (type === RRType.STEER) return -1;
    if (this.dollarTtl >= 0) return this.dollarTtl;
    return this.lastTtl >= 0 ? this.lastTtl : this.soaMinimum;
  }

  /** The owner and TTL that later lines may take. The others are changed by directives and the SOA alone. */
  tail(withOwner: boolean): string {
    const { lastTtl, ownerEnd } = this;
    return withOwner ? `${lastTtl} ${ownerEnd}/${this.owner.subarray(0, Math.max(0, ownerEnd))}` : `${lastTtl}`;
  }

  /** Remembers the MINIMUM of an SOA: its last 32 bits, behind two names and four numbers (RFC 1035 §3.3.13). */
  noteSoa(rdata: Uint8Array): void {
    const mname = nameLength(rdata);
    const at = mname + nameLength(rdata, mname) + 16;
    const minimum = new DataView(rdata.buffer, rdata.byteOffset).getUint32(at);
    this.soaMinimum = minimum > 0x7fffffff ? 0 : minimum;
  }
}
