/**
 * Addresses straight from a file's octets. Only the plainest forms: whatever these functions refuse (-1) may still be an address,
 * and is for the type's codec to judge.
 */

const DOT = 0x2e;
const COLON = 0x3a;

/**
 * Reads a dotted quad without leading zeros at `at` into `out[0, 4)`.
 * @returns the offset behind it, or -1
 */
export function readIpv4(bytes: Uint8Array, at: number, limit: number, out: Uint8Array): number {
  let p = at;
  for (let i = 0; i < 4; i++) {
    if (i > 0 && bytes[p++] !== DOT) return -1;
    let octet = bytes[p] - 0x30;
    if (p >= limit || octet < 0 || octet > 9) return -1;
    p++;
    if (octet > 0) {
      for (let digits = 1; digits < 3 && p < limit; digits++, p++) {
        const digit = bytes[p] - 0x30;
        if (digit < 0 || digit > 9) break;
        octet = octet * 10 + digit;
      }
      if (octet > 255) return -1;
    }
    out[i] = octet;
  }
  return p;
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const letter = c | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/**
 * Reads an IPv6 address of hexadecimal groups, `::` included (RFC 4291 §2.2 forms 1 and 2), at `at` into `out[0, 16)`.
 * @returns the offset behind it, or -1
 */
export function readIpv6(bytes: Uint8Array, at: number, limit: number, out: Uint8Array): number {
  let p = at;
  let groups = 0;
  let gap = -1;
  if (bytes[p] === COLON) {
    if (bytes[p + 1] !== COLON) return -1;
    gap = 0;
    p += 2;
  }
  while (p < limit && groups < 8) {
    let value = hexDigit(bytes[p]);
    if (value < 0) break; // only behind `::`
    p++;
    for (let digits = 1; digits < 4 && p < limit; digits++, p++) {
      const digit = hexDigit(bytes[p]);
      if (digit < 0) break;
      value = (value << 4) | digit;
    }
    out[groups * 2] = value >> 8;
    out[groups * 2 + 1] = value & 0xff;
    groups++;
    if (p >= limit || bytes[p] !== COLON) break;
    if (bytes[p + 1] === COLON) {
      if (gap >= 0) return -1;
      gap = groups;
      p += 2;
    } else {
      if (p + 1 >= limit || hexDigit(bytes[p + 1]) < 0 || groups === 8) return -1;
      p++;
    }
  }
  if (gap < 0) return groups === 8 ? p : -1;
  // `::` for a single group is allowed on input (RFC 5952 §4.2.2 is about output), for none it isn't.
  if (groups > 7) return -1;
  const tail = (groups - gap) * 2;
  out.copyWithin(16 - tail, gap * 2, gap * 2 + tail);
  out.fill(0, gap * 2, 16 - tail);
  return p;
}
