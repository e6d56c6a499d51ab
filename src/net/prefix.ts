import { formatAddress } from './address.ts';

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
