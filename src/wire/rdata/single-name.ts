/**
 * RDATA that is one domain name:
 *
 *     +--------------------------+
 *     /       domain name        /
 *     +--------------------------+
 *
 * NS, CNAME, PTR (RFC 1035 §3.3), whose name may be compressed, and DNAME (RFC 6672 §2.1), whose may not.
 */
import { RRType } from '../constants.ts';
import { fieldCodec } from './field-codec.ts';
import { domainName } from './fields.ts';

export const ns = fieldCodec(RRType.NS, 'NS', [domainName('name server')], {
  plain: true,
  compressible: true,
  additional: 'name server',
});
export const cname = fieldCodec(RRType.CNAME, 'CNAME', [domainName('target')], { plain: true, compressible: true });
export const ptr = fieldCodec(RRType.PTR, 'PTR', [domainName('target')], { plain: true, compressible: true });
export const dname = fieldCodec(RRType.DNAME, 'DNAME', [domainName('target')], { plain: true });
