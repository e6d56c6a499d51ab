/**
 * The SOA every zone has, the operator's or one made here, and its serial (RFC 1035 §3.3.13, RFC 1982).
 */
import { isNewerSerial } from '../net/serial.ts';
import { Node } from '../tables/layout.ts';
import { RRType } from '../wire/constants.ts';
import { nameLength, parseName } from '../wire/name.ts';
import { RdataWriter } from '../wire/rdata/writer.ts';
import { DEFAULT_TTL, type ZoneBuilder } from './zone-builder.ts';

/** Values of a SOA that is made, in the ranges of RFC 1912 §2.2; MINIMUM is short because hosts here come and move. */
const REFRESH = 7200;
const RETRY = 1800;
const EXPIRE = 1_209_600;
const MINIMUM = 300;

/** Octets from the end of a SOA's RDATA back to its serial: five 32-bit fields. */
const SERIAL_FROM_END = 20;
/** Octets from the end of a SOA's RDATA back to MINIMUM. */
const MINIMUM_FROM_END = 4;

/** Where the zone's SOA lies, filled in while the zone is built. */
export interface SoaPlace {
  /** The serial the operator wrote, or undefined when the SOA was made here. */
  readonly given: number | undefined;
  /** TTL of negative answers: the smaller of the SOA's TTL and MINIMUM (RFC 2308 §5). */
  readonly negativeTtl: number;
  /** RRset index in the part's data. */
  rrset: number;
}

/** Finds the SOA among the apex's records, or adds one. */
export function completeSoa(zone: ZoneBuilder, apexNode: number): SoaPlace {
  const { records, writer } = zone;
  const head = writer.word(apexNode, Node.RRSETS);
  let primary = 0;
  for (let r = head; r !== 0; r = records.next(r)) {
    if (records.type(r) === RRType.SOA) {
      const rdata = records.rdata(r);
      const view = new DataView(rdata.buffer, rdata.byteOffset, rdata.length);
      const minimum = view.getUint32(rdata.length - MINIMUM_FROM_END);
      return {
        given: view.getUint32(rdata.length - SERIAL_FROM_END),
        negativeTtl: Math.min(records.ttl(r), minimum),
        rrset: 0,
      };
    }
    if (records.type(r) === RRType.NS && (primary === 0 || records.compare(r, primary) < 0)) primary = r;
  }
  const out = new RdataWriter();
  out.octets(primary === 0 ? zone.apex : records.rdata(primary));
  out.octets(parseNameUnder('hostmaster', zone.apex));
  for (const value of [0, REFRESH, RETRY, EXPIRE, MINIMUM]) out.u32(value);
  const rdata = out.view();
  writer.setWord(apexNode, Node.RRSETS, records.add(head, RRType.SOA, DEFAULT_TTL, rdata, rdata.length, 0));
  return { given: undefined, negativeTtl: Math.min(DEFAULT_TTL, MINIMUM), rrset: 0 };
}

/** `label.apex`, or the apex itself where that would be too long. */
function parseNameUnder(label: string, apex: Uint8Array): Uint8Array {
  try {
    return parseName(label, apex);
  } catch {
    return apex;
  }
}

/** The offset of the serial in SOA RDATA that begins at `at`. */
export function serialAt(octets: Uint8Array, at: number): number {
  const afterMname = at + nameLength(octets, at);
  return afterMname + nameLength(octets, afterMname);
}

/**
 * The serial a zone gets. It counts content: it stays when the content did, and otherwise grows.
 *
 * @param given    the operator's, if the file has a SOA. It is taken when it is newer; a forgotten one grows by itself
 * @param previous the serial served before, if any
 * @param changed  whether the content differs from what had the previous serial
 * @param now      Unix time in seconds
 */
export function nextSerial(
  given: number | undefined,
  previous: number | undefined,
  changed: boolean,
  now: number,
): number {
  if (previous === undefined) return given ?? now >>> 0;
  if (given !== undefined && isNewerSerial(given, previous)) return given;
  if (!changed) return previous;
  const grown = (previous + 1) >>> 0;
  return given === undefined && isNewerSerial(now >>> 0, grown) ? now >>> 0 : grown;
}
