/**
 * RDATA out of a message of another server, made what zones hold: names absolute and uncompressed. Others may compress names of the types of RFC 1035, and of
 * some more that are older than RFC 3597, whose §4 has receivers take both. Those names become lower case, the canonical form of RFC 4034 §6.2, so that a record
 * is the same whatever its sender compressed it against.
 */
import { MAX_LABEL, MAX_NAME, RRType } from './constants.ts';

/** Of the types whose names may be compressed, what RDATA is made of: octets as they are, names, and character strings; the rest is as it is. */
type Piece = number | 'name' | 'string';

const PIECES: Readonly<Record<number, readonly Piece[]>> = {
  [RRType.NS]: ['name'],
  // MD, MF.
  3: ['name'],
  4: ['name'],
  [RRType.CNAME]: ['name'],
  [RRType.SOA]: ['name', 'name', 20],
  // MB, MG, MR.
  7: ['name'],
  8: ['name'],
  9: ['name'],
  [RRType.PTR]: ['name'],
  // MINFO, MX, RP, AFSDB, RT.
  14: ['name', 'name'],
  [RRType.MX]: [2, 'name'],
  17: ['name', 'name'],
  18: [2, 'name'],
  21: [2, 'name'],
  // PX.
  26: [2, 'name', 'name'],
  [RRType.SRV]: [6, 'name'],
  [RRType.NAPTR]: [4, 'string', 'string', 'string', 'name'],
  // KX.
  36: [2, 'name'],
  [RRType.DNAME]: ['name'],
};

/** Reads names and RDATA of messages into one reused buffer. */
export class ReceivedRdata {
  /** What was read last lies at [0, length). */
  readonly octets = new Uint8Array(0xffff + MAX_NAME * 2);
  length = 0;

  /**
   * Reads the name at m[p..] in lower case.
   * @param end octets of the message
   * @returns the offset after it, or -1 when it is none
   */
  takeName(m: Uint8Array, p: number, end: number): number {
    this.length = 0;
    return this.#name(m, p, end, end);
  }

  /**
   * Reads RDATA at m[at, rdataEnd).
   * @param end octets of the message, to which pointers are bound
   * @returns whether it is what its type says, as far as its names go
   */
  take(m: Uint8Array, type: number, at: number, rdataEnd: number, end: number): boolean {
    this.length = 0;
    let p = at;
    for (const piece of PIECES[type] ?? []) {
      if (piece === 'name') p = this.#name(m, p, rdataEnd, end);
      else p = this.#copy(m, p, piece === 'string' ? p + 1 + (m[p] ?? 0) : p + piece, rdataEnd);
      if (p < 0) return false;
    }
    if (type in PIECES) return p === rdataEnd;
    return this.#copy(m, p, rdataEnd, rdataEnd) >= 0;
  }

  #copy(m: Uint8Array, from: number, to: number, end: number): number {
    if (to > end) return -1;
    for (let i = from; i < to; i++) this.octets[this.length++] = m[i];
    return to;
  }

  /** @param own where the octets of the name itself must end */
  #name(m: Uint8Array, at: number, own: number, end: number): number {
    const first = this.length;
    let p = at;
    // Each pointer leads further back than the one before, so there is an end to it (RFC 1035 §4.1.4: to a prior occurrence).
    let before = at;
    let after = -1;
    for (;;) {
      if (p >= (after < 0 ? own : end)) return -1;
      const size = m[p];
      if (size >= 0xc0) {
        if (p + 2 > (after < 0 ? own : end)) return -1;
        if (after < 0) after = p + 2;
        p = ((size & 0x3f) << 8) | m[p + 1];
        if (p >= before) return -1;
        before = p;
        continue;
      }
      if (size > MAX_LABEL || this.length - first + size + 1 > MAX_NAME) return -1;
      if (p + size + 1 > (after < 0 ? own : end)) return -1;
      this.octets[this.length++] = size;
      for (let i = p + 1; i <= p + size; i++) {
        const c = m[i];
        this.octets[this.length++] = c >= 0x41 && c <= 0x5a ? c | 0x20 : c;
      }
      p += size + 1;
      if (size === 0) return after < 0 ? p : after;
    }
  }
}
