/**
 * Headers of the frames the XDP program lets through (program.ts): Ethernet, IPv4 without options or IPv6 without extension headers, UDP. A query's frame becomes its
 * reply's: addresses and ports change places, lengths and checksums are made anew.
 */
export const ETHERNET = 14;
const IPV4 = 20;
const IPV6 = 40;
export const UDP = 8;
/** Octets before the message. */
export const HEADERS4 = ETHERNET + IPV4 + UDP;
export const HEADERS6 = ETHERNET + IPV6 + UDP;
/** Where the client's address lies. */
export const CLIENT4 = 26;
export const CLIENT6 = 22;
/** Hops a reply may take: the usual default (RFC 1700). */
const HOPS = 64;
const PROTOCOL_UDP = 17;

/** Whether a frame that was let through is of IPv4; else it is of IPv6. */
export function isIpv4(m: Uint8Array, frame: number): boolean {
  return m[frame + 12] === 0x08;
}

/**
 * Octets of the message in a frame of `octets` octets, or -1 when its headers contradict each other. What lies behind the datagram (Ethernet pads short frames) is not counted.
 * @param headers HEADERS4 or HEADERS6
 */
export function messageOctets(m: Uint8Array, frame: number, octets: number, headers: number): number {
  const length = (m[frame + headers - 4] << 8) | m[frame + headers - 3];
  return length < UDP || length - UDP > octets - headers ? -1 : length - UDP;
}

/**
 * Turns a query's headers into those of its reply.
 * @param m16    the memory frames lie in, as 16-bit words; frames begin at even places
 * @param octets of the message, which lies behind the headers already
 * @param id     of the IPv4 packet: different from those sent lately, because a router may cut it into fragments (RFC 6864 §4.3)
 * @returns octets of the frame
 */
export function replyHeaders4(m: Uint8Array, m16: Uint16Array, frame: number, octets: number, id: number): number {
  const w = frame >>> 1;
  swapEthernet(m16, w);
  const length = UDP + octets;
  const total = IPV4 + length;
  m[frame + 15] = 0;
  m[frame + 16] = total >>> 8;
  m[frame + 17] = total;
  m[frame + 18] = id >>> 8;
  m[frame + 19] = id;
  // May be fragmented, as replies over sockets may.
  m[frame + 20] = 0;
  m[frame + 21] = 0;
  m[frame + 22] = HOPS;
  m16[w + 12] = 0;
  swap(m16, w + 13, w + 15);
  swap(m16, w + 14, w + 16);
  swap(m16, w + 17, w + 18);
  m[frame + 38] = length >>> 8;
  m[frame + 39] = length;
  m16[w + 20] = 0;
  let sum = 0;
  for (let i = w + 7; i < w + 17; i++) sum += m16[i];
  m16[w + 12] = ~fold(sum);
  // RFC 768: over a pseudo header of addresses, protocol and length, too.
  sum = m16[w + 13] + m16[w + 14] + m16[w + 15] + m16[w + 16];
  m16[w + 20] = udpChecksum(m, m16, frame + HEADERS4 - UDP, length, sum);
  return HEADERS4 + octets;
}

/** As `replyHeaders4`. IPv6 has no identification: nobody on the way cuts it (RFC 8200 §5). */
export function replyHeaders6(m: Uint8Array, m16: Uint16Array, frame: number, octets: number): number {
  const w = frame >>> 1;
  swapEthernet(m16, w);
  const length = UDP + octets;
  m[frame + 14] = 0x60;
  m[frame + 15] = 0;
  m[frame + 16] = 0;
  m[frame + 17] = 0;
  m[frame + 18] = length >>> 8;
  m[frame + 19] = length;
  m[frame + 21] = HOPS;
  let sum = 0;
  for (let i = 0; i < 8; i++) {
    swap(m16, w + 11 + i, w + 19 + i);
    sum += m16[w + 11 + i] + m16[w + 19 + i];
  }
  swap(m16, w + 27, w + 28);
  m[frame + 58] = length >>> 8;
  m[frame + 59] = length;
  m16[w + 30] = 0;
  m16[w + 30] = udpChecksum(m, m16, frame + HEADERS6 - UDP, length, sum);
  return HEADERS6 + octets;
}

/**
 * The checksum of a datagram whose own checksum field is zero (RFC 768). Sums of 16-bit words may be made in either byte order (RFC 1071 §2 B), so words are taken as the
 * machine has them.
 * @param sum of the pseudo header's addresses
 */
function udpChecksum(m: Uint8Array, m16: Uint16Array, at: number, length: number, sum: number): number {
  sum += PROTOCOL_UDP << 8;
  sum += ((length & 0xff) << 8) | (length >>> 8);
  const end = at + length;
  const whole = end & ~1;
  for (let w = at >>> 1; w < whole >>> 1; w++) sum += m16[w];
  if (end !== whole) sum += m[whole];
  // All zero means: none was made.
  return ~fold(sum) & 0xffff || 0xffff;
}

/** End-around carry. At most 2^15 words were added, so twice is enough. */
function fold(sum: number): number {
  sum = (sum & 0xffff) + (sum >>> 16);
  return (sum & 0xffff) + (sum >>> 16);
}

function swapEthernet(m16: Uint16Array, w: number): void {
  swap(m16, w, w + 3);
  swap(m16, w + 1, w + 4);
  swap(m16, w + 2, w + 5);
}

function swap(words: Uint16Array, a: number, b: number): void {
  const word = words[a];
  words[a] = words[b];
  words[b] = word;
}
