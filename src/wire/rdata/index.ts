/** The registry of record types: number and mnemonic to codec. */
import { a, aaaa } from './address.ts';
import { caa } from './caa.ts';
import { type RdataCodec, RdataError } from './codec.ts';
import { ds } from './ds.ts';
import { loc } from './loc.ts';
import { mx } from './mx.ts';
import { naptr } from './naptr.ts';
import { openpgpkey } from './openpgpkey.ts';
import { cname, dname, ns, ptr } from './single-name.ts';
import { soa } from './soa.ts';
import { srv } from './srv.ts';
import { sshfp } from './sshfp.ts';
import { steer } from './steer.ts';
import { https, svcb } from './svcb.ts';
import { smimea, tlsa } from './tlsa.ts';
import { txt } from './txt.ts';
import { genericOctets, isGeneric, unknownCodec } from './unknown.ts';
import { uri } from './uri.ts';

const known: readonly RdataCodec[] = [
  a,
  ns,
  cname,
  soa,
  ptr,
  mx,
  txt,
  aaaa,
  loc,
  srv,
  naptr,
  dname,
  ds,
  sshfp,
  tlsa,
  smimea,
  openpgpkey,
  svcb,
  https,
  uri,
  caa,
];

/** A known type may also be written in the generic form (RFC 3597 §5); its octets are then checked like any others. STEER may not: it is no wire data. */
function withGenericForm(codec: RdataCodec): RdataCodec {
  return {
    ...codec,
    fromText(fields, origin, out) {
      if (!isGeneric(fields)) return codec.fromText(fields, origin, out);
      const octets = genericOctets(fields.map((f) => f.text));
      const problem = codec.check(octets);
      if (problem !== undefined) throw new RdataError(problem);
      out.octets(octets);
    },
  };
}

const byType = new Map([...known.map(withGenericForm), steer].map((codec) => [codec.type, codec]));
const byMnemonic = new Map([...byType.values()].map((codec) => [codec.mnemonic, codec.type]));

/** Mnemonics of the types with a codec of their own. */
export const KNOWN_MNEMONICS: readonly string[] = [...byMnemonic.keys()];

/** The codec of a type; of one we know nothing of, that of RFC 3597. */
export function codecOf(type: number): RdataCodec {
  let codec = byType.get(type);
  if (codec === undefined) {
    codec = unknownCodec(type);
    byType.set(type, codec);
  }
  return codec;
}

/** The number of a mnemonic of any case, `TYPE123` included; undefined for none, and for meta-types, which no zone holds (RFC 6895 §3.1). */
export function typeOf(mnemonic: string): number | undefined {
  const upper = mnemonic.toUpperCase();
  const own = byMnemonic.get(upper);
  if (own !== undefined) return own;
  const generic = /^TYPE(0|[1-9]\d{0,4})$/.exec(upper);
  const type = generic === null ? 0 : Number(generic[1]);
  // OPT, and 128 to 255: TKEY, TSIG, IXFR, AXFR, MAILB, MAILA, ANY and what may join them.
  return type === 0 || type > 0xffff || type === 41 || (type >= 128 && type <= 255) || type === steer.type
    ? undefined
    : type;
}

export function mnemonicOf(type: number): string {
  return byType.get(type)?.mnemonic ?? `TYPE${type}`;
}
