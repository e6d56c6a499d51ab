/**
 * The EDNS Client Subnet option (RFC 7871 §6):
 *
 *     u16 FAMILY   u8 SOURCE PREFIX-LENGTH   u8 SCOPE PREFIX-LENGTH   ADDRESS: as many octets as SOURCE needs
 */

/** Octets before the address. */
export const ECS_FIXED = 4;
/** Offsets; of FAMILY its second octet, for the first is 0. */
export const EcsAt = { FAMILY: 1, SOURCE: 2, SCOPE: 3 } as const;
/** Address family numbers of IANA. */
export const EcsFamily = { IPV4: 1, IPV6: 2 } as const;

/** Bits of an address of the option's family; 0 for a family that is not known. */
export function addressBits(m: Uint8Array, at: number): number {
  if (m[at] !== 0) return 0;
  const family = m[at + EcsAt.FAMILY];
  return family === EcsFamily.IPV4 ? 32 : family === EcsFamily.IPV6 ? 128 : 0;
}

/** Whether a query's option of a known family is as it must be (RFC 7871 §6): SCOPE 0, no octet too many or too few, no bit set behind SOURCE. */
export function isWellFormed(m: Uint8Array, at: number, length: number, bits: number): boolean {
  const source = m[at + EcsAt.SOURCE];
  if (source > bits || m[at + EcsAt.SCOPE] !== 0 || length !== ECS_FIXED + ((source + 7) >>> 3)) return false;
  const spare = (8 - (source & 7)) & 7;
  return spare === 0 || (m[at + length - 1] & ((1 << spare) - 1)) === 0;
}
