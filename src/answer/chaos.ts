/** Class CHAOS: what the operator chose to tell about the server (`version.bind`, `id.server`, RFC 4892). */
import { HEADER_SIZE, Rcode, RRClass, RRType } from '../wire/constants.ts';
import { nameLength, parseName } from '../wire/name.ts';
import type { Suffixes } from '../zone/suffixes.ts';
import type { Query } from './query.ts';
import { type Response, Section } from './response.ts';

export interface ChaosConfig {
  /** Answer to `version.bind` and `version.server`; undefined refuses. */
  readonly version: string | undefined;
  /** Answer to `id.server` and `hostname.bind`; undefined refuses. */
  readonly id: string | undefined;
}

const VERSION_NAMES = ['version.bind.', 'version.server.'].map((name) => parseName(name));
const ID_NAMES = ['id.server.', 'hostname.bind.'].map((name) => parseName(name));

/** @returns the RCODE */
export function writeChaos(out: Response, query: Query, name: Suffixes, config: ChaosConfig): number {
  if (query.type !== RRType.TXT && query.type !== RRType.ANY) return Rcode.REFUSED;
  const text = isOneOf(name, VERSION_NAMES) ? config.version : isOneOf(name, ID_NAMES) ? config.id : undefined;
  if (text === undefined) return Rcode.REFUSED;
  const octets = new TextEncoder().encode(text).subarray(0, 255);
  out.mark();
  if (!out.recordHead(HEADER_SIZE, name.name, 0, name.end, RRType.TXT, 0, RRClass.CH)) return Rcode.SERVFAIL;
  const begin = out.beginRdata();
  if (begin < 0 || !out.fits(1 + octets.length)) {
    out.undo();
    out.truncated = true;
    return Rcode.NOERROR;
  }
  out.u8(octets.length);
  out.octets(octets, 0, octets.length);
  out.endRdata(begin);
  out.counted(Section.ANSWER, 1);
  return Rcode.NOERROR;
}

function isOneOf(name: Suffixes, names: readonly Uint8Array[]): boolean {
  return names.some((candidate) => {
    if (nameLength(candidate) !== name.end) return false;
    for (let i = 0; i < name.end; i++) if (candidate[i] !== name.name[i]) return false;
    return true;
  });
}
