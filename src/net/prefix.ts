import { formatAddress, parseAddress } from './address.ts';

/** An address prefix in CIDR notation. */
export interface Prefix {
  readonly family: 'ipv4' | 'ipv6';
  /** Network address, 4 or 16 octets, host bits zero. */
  readonly address: Uint8Array;
  /** Bits. */
  readonly length: number;
}

/** `192.0.2.0/24` */
export function formatPrefix({ address, length }: Prefix): string {
  return `${formatAddress(address)}/${length}`;
}

/** Reads a prefix strictly: an address, a slash, a length without leading zeros, and no bits set behind it. @returns undefined when the text is none */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(text.slice(slash + 1))) return undefined;
  const length = Number(text.slice(slash + 1));
  if (length > address.length * 8) return undefined;
  const prefix: Prefix = { family: address.length === 4 ? 'ipv4' : 'ipv6', address, length };
  return isNetwork(address, length) ? prefix : undefined;
}

/** Whether an address has no bits set behind the first `length`. */
export function isNetwork(address: Uint8Array, length: number): boolean {
  const whole = length >>> 3;
  if (whole === address.length) return true;
  if ((address[whole] & (0xff >>> (length & 7))) !== 0) return false;
  for (let i = whole + 1; i < address.length; i++) if (address[i] !== 0) return false;
  return true;
}

/** Whether all addresses of `inner` are of `outer` too: the same prefix, or a longer one in it. */
export function covers(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && holds(outer, inner.address);
}

/** Whether an address lies in a prefix. */
export function holds({ address, length }: Prefix, octets: Uint8Array): boolean {
  if (address.length !== octets.length) return false;
  const whole = length >>> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== octets[i]) return false;
  const rest = length & 7;
  return rest === 0 || (address[whole] ^ octets[whole]) >>> (8 - rest) === 0;
}
