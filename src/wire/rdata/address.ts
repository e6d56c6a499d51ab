/**
 * A (RFC 1035 §3.4.1) and AAAA (RFC 3596 §2.2): an address of 4 or 16 octets.
 *
 *     +-------------------------------+
 *     |            ADDRESS            |
 *     +-------------------------------+
 */
import { formatAddress, parseAddress } from '../../net/address.ts';
import { RRType } from '../constants.ts';
import { type RdataCodec, RdataError } from './codec.ts';
import { scalarText } from './field-codec.ts';
import type { RdataWriter } from './writer.ts';

function addressCodec(type: number, mnemonic: string, octets: 4 | 16, name: string, example: string): RdataCodec {
  function read(text: string, out: RdataWriter): void {
    const address = parseAddress(text);
    if (address === undefined || address.length !== octets)
      throw new RdataError(`"${text}" is no ${name} address; write one like ${example}`);
    out.octets(address);
  }
  return {
    type,
    mnemonic,
    fromText(fields, _origin, out) {
      if (fields.length !== 1)
        throw new RdataError(`${mnemonic} takes one ${name} address, not ${fields.length} fields`);
      read(fields[0].text, out);
    },
    toText: formatAddress,
    fromValue: (value, _origin, out) => read(scalarText(value, 'address'), out),
    toValue: formatAddress,
    check: (rdata) =>
      rdata.length === octets ? undefined : `${mnemonic} has ${rdata.length} octets instead of ${octets}`,
  };
}

export const a = addressCodec(RRType.A, 'A', 4, 'IPv4', '192.0.2.1');
export const aaaa = addressCodec(RRType.AAAA, 'AAAA', 16, 'IPv6', '2001:db8::1');
