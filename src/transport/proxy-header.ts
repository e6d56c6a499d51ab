/**
 * The header by which a proxy tells whose octets follow: version 2 of the PROXY protocol (haproxy's proxy-protocol.txt, §2.2), at the start of a connection or of
 * each datagram. Version 1, which is text, is none.
 *
 *      0  signature, 12 octets                  14  octets that follow, 16 bits
 *     12  version (2), command                  16  source address, destination address, ports (IPv4: 12 octets, IPv6: 36)
 *     13  address family, transport protocol        then TLVs
 *
 * All that counts is the source address. Destination, ports and the proxy's transport to its client are of no use here, and TLVs are passed over, checksums
 * (PP2_TYPE_CRC32C) too: below it TCP and UDP have theirs.
 */

import type { Prefix } from '../net/prefix.ts';

/** Proxies that are believed, and what they do. */
export interface Proxies {
  readonly trust: readonly Prefix[];
  /** Where the header of a connection with TLS is: before TLS begins, or inside it. */
  readonly tlsHeader: 'before' | 'inside';
}

/** In place of the octets of a header: it is not whole yet. */
export const INCOMPLETE = 0;
/** In place of the octets of a header: it is none, and can't become one. */
export const MALFORMED = -1;
/** In place of where the client's address lies. */
export const NOT_TOLD = -1;
/** Octets before what has a length of its own. */
export const PROXY_FIXED = 16;
/** The longest header that is taken, as in PowerDNS; without TLVs 52 octets are the most. */
export const LONGEST_HEADER = 512;

const SIGNATURE = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const COMMAND_AT = 12;
const FAMILY_AT = 13;
const LENGTH_AT = 14;
const LOCAL = 0x20;
const PROXY = 0x21;
const Family = { UNSPEC: 0, INET: 1, INET6: 2, UNIX: 3 } as const;
/** Unspecified, stream, datagram. */
const TRANSPORTS = 3;
/** Octets of two addresses and two ports, by family. */
const BLOCK_OCTETS = [0, 12, 36, 216];

/**
 * Looks for a header at the start of m[at, end).
 * @returns its octets, or INCOMPLETE or MALFORMED
 */
export function proxyHeader(m: Uint8Array, at: number, end: number): number {
  const known = Math.min(end - at, COMMAND_AT);
  for (let i = 0; i < known; i++) if (m[at + i] !== SIGNATURE[i]) return MALFORMED;
  if (end - at < PROXY_FIXED) return INCOMPLETE;
  const command = m[at + COMMAND_AT];
  if (command !== LOCAL && command !== PROXY) return MALFORMED;
  const length = (m[at + LENGTH_AT] << 8) | m[at + LENGTH_AT + 1];
  if (PROXY_FIXED + length > LONGEST_HEADER) return MALFORMED;
  // Of LOCAL the family is not looked at either.
  if (command === PROXY) {
    const family = m[at + FAMILY_AT] >>> 4;
    const transport = m[at + FAMILY_AT] & 0xf;
    if (family > Family.UNIX || transport >= TRANSPORTS || length < BLOCK_OCTETS[family]) return MALFORMED;
  }
  return end - at < PROXY_FIXED + length ? INCOMPLETE : PROXY_FIXED + length;
}

/**
 * Where the client's address lies in the whole header at `m[at..]`. An IPv4 address mapped into IPv6 is an IPv4 one.
 * @returns NOT_TOLD where the client is who sent the header: the proxy asks for itself (LOCAL), or does not tell
 */
export function proxiedAt(m: Uint8Array, at: number): number {
  if (m[at + COMMAND_AT] === LOCAL) return NOT_TOLD;
  switch (m[at + FAMILY_AT] >>> 4) {
    case Family.INET:
      return at + PROXY_FIXED;
    case Family.INET6:
      return at + PROXY_FIXED + (isMapped(m, at + PROXY_FIXED) ? 12 : 0);
    default:
      return NOT_TOLD;
  }
}

/** Octets of that address, 4 or 16. */
export function proxiedSize(m: Uint8Array, at: number): number {
  return m[at + FAMILY_AT] >>> 4 === Family.INET6 && !isMapped(m, at + PROXY_FIXED) ? 16 : 4;
}

/** RFC 4291 §2.5.5.2. */
function isMapped(m: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) if (m[at + i] !== 0) return false;
  return m[at + 10] === 0xff && m[at + 11] === 0xff;
}
