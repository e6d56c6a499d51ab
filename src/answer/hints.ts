/**
 * HTTPS and SVCB records with `hints: steer`: in zone data they carry the private SvcParam STEER_HINTS; in an answer its place is taken by
 * ipv4hint and ipv6hint equal to the A and AAAA of TargetName (RFC 9460 §7.3), a family without address leaving its key out.
 */
import { A_RECORD_OCTETS, AAAA_RECORD_OCTETS, ADDRESS_AT } from '../tables/plan-layout.ts';
import type { PlanReader } from '../tables/plan-reader.ts';
import { SvcParam } from '../wire/constants.ts';
import type { Response } from './response.ts';

/** Octets of SvcPriority before TargetName (RFC 9460 §2.2). */
export const TARGET_AT = 2;

/** Offset of the SvcParams in RDATA at `from`: behind priority and TargetName. */
export function paramsAt(bytes: Uint8Array, from: number): number {
  let p = from + TARGET_AT;
  while (bytes[p] !== 0) p += bytes[p] + 1;
  return p + 1;
}

/** Whether RDATA asks for steered hints. Keys rise (RFC 9460 §2.2), and STEER_HINTS is above every registered one. */
export function wantsHints(bytes: Uint8Array, from: number, end: number): boolean {
  for (let p = paramsAt(bytes, from); p + 4 <= end; p += 4 + ((bytes[p + 2] << 8) | bytes[p + 3])) {
    if (((bytes[p] << 8) | bytes[p + 1]) === SvcParam.STEER_HINTS) return true;
  }
  return false;
}

/**
 * Writes RDATA with the hints in place, keys in rising order.
 * @param ipv4 answer to take the A from, 0 = none; `ipv6` likewise
 * @returns false when it does not fit
 */
export function writeHinted(
  out: Response,
  plan: PlanReader,
  ipv4: number,
  ipv6: number,
  bytes: Uint8Array,
  from: number,
  end: number,
): boolean {
  const begin = out.beginRdata();
  if (begin < 0) return false;
  let p = paramsAt(bytes, from);
  if (!out.octets(bytes, from, p)) return false;
  let four = ipv4 === 0;
  let six = ipv6 === 0;
  while (p < end) {
    const key = (bytes[p] << 8) | bytes[p + 1];
    const next = p + 4 + ((bytes[p + 2] << 8) | bytes[p + 3]);
    if (!four && key > SvcParam.IPV4HINT) four = hint(out, plan, ipv4, SvcParam.IPV4HINT, A_RECORD_OCTETS);
    if (!six && key > SvcParam.IPV6HINT) six = hint(out, plan, ipv6, SvcParam.IPV6HINT, AAAA_RECORD_OCTETS);
    if (key !== SvcParam.STEER_HINTS && !out.octets(bytes, p, next)) return false;
    p = next;
  }
  if (!four || !six) return false;
  out.endRdata(begin);
  return true;
}

function hint(out: Response, plan: PlanReader, answer: number, key: number, recordOctets: number): boolean {
  const octets = recordOctets - ADDRESS_AT;
  if (!out.fits(4 + octets)) return false;
  out.u16(key);
  out.u16(octets);
  const at = plan.recordAt(answer) + ADDRESS_AT;
  return out.octets(plan.octets, at, at + octets);
}
