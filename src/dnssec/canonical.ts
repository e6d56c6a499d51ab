/**
 * Canonical form (RFC 4034 §6): what signatures are made over. Names in the RDATA of the types listed in §6.2 are in lower case; the records of an RRset are in the
 * order of their RDATA, each once (§6.3).
 */
import { RRType } from '../wire/constants.ts';

/** Where names lie in the RDATA of a type: so many octets on, so many of them. */
interface Names {
  readonly skip: number;
  readonly count: number;
}

/** RFC 4034 §6.2, as RFC 6840 §5.1 has it: neither NSEC nor what has no codec but obsolete forms (A6, SIG). */
const NAMES: ReadonlyMap<number, Names> = new Map([
  [RRType.NS, { skip: 0, count: 1 }],
  // MD, MF
  [3, { skip: 0, count: 1 }],
  [4, { skip: 0, count: 1 }],
  [RRType.CNAME, { skip: 0, count: 1 }],
  [RRType.SOA, { skip: 0, count: 2 }],
  // MB, MG, MR
  [7, { skip: 0, count: 1 }],
  [8, { skip: 0, count: 1 }],
  [9, { skip: 0, count: 1 }],
  [RRType.PTR, { skip: 0, count: 1 }],
  // MINFO
  [14, { skip: 0, count: 2 }],
  [RRType.MX, { skip: 2, count: 1 }],
  // RP, AFSDB, RT
  [17, { skip: 0, count: 2 }],
  [18, { skip: 2, count: 1 }],
  [21, { skip: 2, count: 1 }],
  // PX, NXT
  [26, { skip: 2, count: 2 }],
  [30, { skip: 0, count: 1 }],
  [RRType.SRV, { skip: 6, count: 1 }],
  // KX
  [36, { skip: 2, count: 1 }],
  [RRType.DNAME, { skip: 0, count: 1 }],
]);

/** Whether RDATA of a type may have letters to make small, so that its stored order need not be the canonical one. */
export function hasNames(type: number): boolean {
  return type === RRType.NAPTR || NAMES.has(type);
}

/** Makes RDATA at [at, end) canonical, in place. Octets that are not what the type promises stay as they are. */
export function canonicalise(type: number, bytes: Uint8Array, at: number, end: number): void {
  if (type === RRType.NAPTR) {
    // Order, preference, then three character-strings before the name (RFC 3403 §4.1).
    let p = at + 4;
    for (let i = 0; i < 3 && p < end; i++) p += bytes[p] + 1;
    lowerName(bytes, p, end);
    return;
  }
  const names = NAMES.get(type);
  if (names === undefined) return;
  let p = at + names.skip;
  for (let i = 0; i < names.count; i++) p = lowerName(bytes, p, end);
}

/** @returns the octet after the name */
function lowerName(bytes: Uint8Array, at: number, end: number): number {
  let p = at;
  while (p < end && bytes[p] !== 0) {
    const next = Math.min(end, p + bytes[p] + 1);
    for (p++; p < next; p++) {
      const c = bytes[p];
      if (c >= 0x41 && c <= 0x5a) bytes[p] = c | 0x20;
    }
  }
  return p + 1;
}

/** Order of two RDATAs as octets, the shorter first where it is the other's beginning (RFC 4034 §6.3). */
export function compareRdata(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  const length = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < length; i++) {
    const difference = bytes[a + i] - bytes[b + i];
    if (difference !== 0) return difference;
  }
  return aEnd - a - (bEnd - b);
}
