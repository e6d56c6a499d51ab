/**
 * SRV: location of a service (RFC 2782).
 *
 *     | PRIORITY (16) | WEIGHT (16) | PORT (16) |  /  TARGET  /      never compressed
 */
import { RRType } from '../constants.ts';
import { fieldCodec } from './field-codec.ts';
import { domainName, u16 } from './fields.ts';

export const srv = fieldCodec(RRType.SRV, 'SRV', [u16('priority'), u16('weight'), u16('port'), domainName('target')], {
  additional: 'target',
});
