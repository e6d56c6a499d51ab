import { hashStep } from '../zone/suffixes.ts';
import type { AssignmentTable } from './assignment-table.ts';

/** Places for lately interned assignments, a power of two. */
const RECENT = 256;

interface Recent {
  readonly rdata: Uint8Array;
  readonly ttl: number;
  readonly assignment: number;
}

/** Interns the assignments of STEER data. A zone uses few different ones many times, so what was interned lately is found by its octets. */
export class Interner {
  readonly #assignments: AssignmentTable;
  readonly #recent: (Recent | undefined)[] = new Array(RECENT);

  constructor(assignments: AssignmentTable) {
    this.#assignments = assignments;
  }

  /** @param rdata wire form, in `rdata[0, end)` */
  number(rdata: Uint8Array, end: number, ttl: number): number {
    let hash = ttl;
    for (let i = 0; i < end; i++) hash = hashStep(hash, rdata[i]);
    const place = (hash >>> 8) & (RECENT - 1);
    const recent = this.#recent[place];
    if (recent !== undefined && recent.ttl === ttl && sameOctets(recent.rdata, rdata, end)) return recent.assignment;
    const fields: string[] = [];
    for (let p = 0; p < end; p += rdata[p] + 1)
      fields.push(String.fromCharCode(...rdata.subarray(p + 1, p + 1 + rdata[p])));
    const [service, ipv4, ipv6, policy] = fields;
    const assignment = this.#assignments.intern({ service, ipv4, ipv6, policy: policy || 'default', ttl });
    this.#recent[place] = { rdata: rdata.slice(0, end), ttl, assignment };
    return assignment;
  }
}

function sameOctets(a: Uint8Array, b: Uint8Array, end: number): boolean {
  if (a.length !== end) return false;
  for (let i = 0; i < end; i++) if (a[i] !== b[i]) return false;
  return true;
}
