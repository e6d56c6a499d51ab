/**
 * SSHFP: fingerprint of an SSH host key (RFC 4255 §3.1).
 *
 *     | ALGORITHM (8) | FP TYPE (8) |  /  FINGERPRINT  /
 */
import { RRType } from '../constants.ts';
import { fieldCodec } from './field-codec.ts';
import { hexToEnd, u8 } from './fields.ts';

export const sshfp = fieldCodec(RRType.SSHFP, 'SSHFP', [
  u8('algorithm'),
  u8('fingerprint_type'),
  hexToEnd('fingerprint'),
]);
