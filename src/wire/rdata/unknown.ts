/** RDATA of types this server knows nothing of (RFC 3597 §5): `\# LENGTH HEX`. */
import { type RdataCodec, RdataError, type TextField } from './codec.ts';
import { scalarText } from './field-codec.ts';
import { hexOctets, hexText, integer } from './text-form.ts';
import { MAX_RDATA } from './writer.ts';

/** Whether fields are in the generic form, which any type may be written in. */
export function isGeneric(fields: readonly TextField[]): boolean {
  return fields.length > 0 && fields[0].text === '\\#' && !fields[0].quoted;
}

/** Octets of the generic form. @throws RdataError */
export function genericOctets(fields: readonly string[]): Uint8Array {
  if (fields[0] !== '\\#' || fields[1] === undefined)
    throw new RdataError('write the data as \\# LENGTH HEXADECIMAL, e.g. \\# 4 0a000001');
  const length = integer(fields[1], MAX_RDATA, 'length');
  const octets = hexOctets(fields.slice(2).join(''), 'data');
  if (octets.length !== length) throw new RdataError(`length says ${length} octets, but there are ${octets.length}`);
  return octets;
}

export function genericText(rdata: Uint8Array): string {
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${hexText(rdata)}`;
}

export function unknownCodec(type: number): RdataCodec {
  return {
    type,
    mnemonic: `TYPE${type}`,
    fromText: (fields, _origin, out) => out.octets(genericOctets(fields.map((f) => f.text))),
    toText: genericText,
    fromValue: (value, _origin, out) => out.octets(genericOctets(scalarText(value, 'data').trim().split(/\s+/))),
    toValue: genericText,
    check: () => undefined,
  };
}
