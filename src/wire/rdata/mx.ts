/**
 * MX: mail exchange (RFC 1035 §3.3.9).
 *
 *     | PREFERENCE (16) |  /  EXCHANGE  /
 */
import { RRType } from '../constants.ts';
import { fieldCodec } from './field-codec.ts';
import { domainName, u16 } from './fields.ts';

export const mx = fieldCodec(
  RRType.MX,
  'MX',
  [u16('preference', { alias: 'priority' }), domainName('exchange', { alias: 'value' })],
  {
    compressible: true,
    additional: 'exchange',
  },
);
