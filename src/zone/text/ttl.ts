/**
 * TTLs as zone files write them: seconds, or numbers with the units of BIND (`1h30m`, `2w`), which RFC 2308 §4's `$TTL` made common.
 */
import { MAX_TTL } from '../../wire/constants.ts';

/** What `parseTtl` says of octets that are no TTL. */
export const NOT_A_TTL = -1;
/** What `parseTtl` says of a TTL over 2^31-1 (RFC 2181 §8). */
export const TTL_TOO_LARGE = -2;

const units: ReadonlyMap<number, number> = new Map([
  [0x73, 1],
  [0x6d, 60],
  [0x68, 3600],
  [0x64, 86_400],
  [0x77, 604_800],
]);

/**
 * Reads a TTL from `bytes[at, end)`.
 * @returns seconds, or `NOT_A_TTL`, or `TTL_TOO_LARGE`
 */
export function parseTtl(bytes: Uint8Array, at: number, end: number): number {
  let total = 0;
  let number = -1;
  let sawUnit = false;
  for (let p = at; p < end; p++) {
    const digit = bytes[p] - 0x30;
    if (digit >= 0 && digit <= 9) {
      // Past 2^32 the exact value no longer matters, only that it is too large.
      number = Math.min((number < 0 ? 0 : number) * 10 + digit, 2 ** 32);
      continue;
    }
    const unit = units.get(bytes[p] | 0x20);
    if (unit === undefined || number < 0) return NOT_A_TTL;
    total += number * unit;
    number = -1;
    sawUnit = true;
  }
  // `1h30` could mean minutes or seconds: refused, as BIND does.
  if (sawUnit ? number >= 0 : number < 0) return NOT_A_TTL;
  if (!sawUnit) total = number;
  return total > MAX_TTL ? TTL_TOO_LARGE : total;
}
