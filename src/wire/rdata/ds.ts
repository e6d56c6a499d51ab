/**
 * DS: delegation signer (RFC 4034 §5.1).
 *
 *     | KEY TAG (16) | ALGORITHM (8) | DIGEST TYPE (8) |  /  DIGEST  /
 */
import { RRType } from '../constants.ts';
import { fieldCodec } from './field-codec.ts';
import { hexToEnd, u8, u16 } from './fields.ts';

/** Octets of the digests of RFC 4034, 4509, 6605. */
const DIGEST_OCTETS: Readonly<Record<number, number>> = { 1: 20, 2: 32, 4: 48 };

export const ds = fieldCodec(
  RRType.DS,
  'DS',
  [u16('key_tag'), u8('algorithm'), u8('digest_type'), hexToEnd('digest')],
  {
    verify(rdata) {
      const octets = DIGEST_OCTETS[rdata[3]];
      if (octets === undefined || rdata.length - 4 === octets) return undefined;
      return `digest of type ${rdata[3]} has ${rdata.length - 4} octets instead of ${octets}`;
    },
  },
);
