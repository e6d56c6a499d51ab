/**
 * TLSA (RFC 6698 §2.1), and SMIMEA (RFC 8162 §2), which has the same RDATA.
 *
 *     | USAGE (8) | SELECTOR (8) | MATCHING TYPE (8) |  /  CERTIFICATE ASSOCIATION DATA  /
 */
import { RRType } from '../constants.ts';
import type { RdataCodec } from './codec.ts';
import { fieldCodec } from './field-codec.ts';
import { hexToEnd, u8 } from './fields.ts';

/** Octets of SHA-256 and SHA-512 (RFC 6698 §2.1.3). */
const MATCHING_OCTETS: Readonly<Record<number, number>> = { 1: 32, 2: 64 };

function association(type: number, mnemonic: string): RdataCodec {
  const fields = [
    u8('certificate_usage'),
    u8('selector'),
    u8('matching_type'),
    hexToEnd('certificate_association_data'),
  ];
  return fieldCodec(type, mnemonic, fields, {
    verify(rdata) {
      const octets = MATCHING_OCTETS[rdata[2]];
      if (octets === undefined || rdata.length - 3 === octets) return undefined;
      return `certificate_association_data has ${rdata.length - 3} octets instead of the ${octets} of matching type ${rdata[2]}`;
    },
  });
}

export const tlsa = association(RRType.TLSA, 'TLSA');
export const smimea = association(RRType.SMIMEA, 'SMIMEA');
