/**
 * NAPTR: naming authority pointer (RFC 3403 §4.1).
 *
 *     | ORDER (16) | PREFERENCE (16) | / FLAGS / | / SERVICES / | / REGEXP / | / REPLACEMENT /
 */
import { RRType } from '../constants.ts';
import { fieldCodec } from './field-codec.ts';
import { characterString, domainName, u16 } from './fields.ts';

export const naptr = fieldCodec(RRType.NAPTR, 'NAPTR', [
  u16('order'),
  u16('preference'),
  characterString('flags'),
  characterString('service'),
  characterString('regexp'),
  domainName('replacement'),
]);
