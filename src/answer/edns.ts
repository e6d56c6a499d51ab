/**
 * The OPT record of a response (RFC 6891 §6.1.2) and the options in it: NSID (RFC 5001), Client Subnet (RFC 7871 §7.2), Extended DNS
 * Error (RFC 8914 §2).
 */
import { EdnsOption, RRType } from '../wire/constants.ts';
import { EcsAt } from './ecs.ts';
import { OPT_SIZE, type Query } from './query.ts';
import type { Response } from './response.ts';

/** Octets of an EDE option without text. */
export const EDE_SIZE = 6;

export interface EdnsConfig {
  /** Largest UDP payload this server sends and takes (RFC 9715 suggests 1232 to keep clear of fragments). */
  readonly udpSize: number;
  /** Octets to send as NSID, if any. */
  readonly nsid: Uint8Array | undefined;
}

/** Octets the response's OPT will take, an EDE not counted (it is left out when there is no room). */
export function optSize(query: Query, config: EdnsConfig): number {
  if (!query.edns) return 0;
  let size = OPT_SIZE;
  if (query.nsid && config.nsid !== undefined) size += 4 + config.nsid.length;
  if (query.ecsLength !== 0) size += 4 + query.ecsLength;
  return size;
}

/**
 * Writes the OPT as the last record; room for `optSize` was kept.
 *
 * @param rcode  the whole RCODE: its upper eight bits go here
 * @param ede    an INFO-CODE, or -1
 * @param scope  SCOPE PREFIX-LENGTH of the answer (RFC 7871 §7.2.1)
 */
export function writeOpt(
  out: Response,
  query: Query,
  config: EdnsConfig,
  rcode: number,
  ede: number,
  scope: number,
): void {
  const base = optSize(query, config);
  const tell = ede >= 0 && out.fits(base + EDE_SIZE);
  out.u8(0);
  out.u16(RRType.OPT);
  out.u16(config.udpSize);
  out.u8(rcode >>> 4);
  out.u8(0);
  out.u16(query.dnssecOk ? 0x8000 : 0);
  out.u16(base - OPT_SIZE + (tell ? EDE_SIZE : 0));
  if (query.nsid && config.nsid !== undefined) {
    out.u16(EdnsOption.NSID);
    out.u16(config.nsid.length);
    out.octets(config.nsid, 0, config.nsid.length);
  }
  if (query.ecsLength !== 0) {
    query.ecs[EcsAt.SCOPE] = scope;
    out.u16(EdnsOption.CLIENT_SUBNET);
    out.u16(query.ecsLength);
    out.octets(query.ecs, 0, query.ecsLength);
  }
  if (tell) {
    out.u16(EdnsOption.EDE);
    out.u16(2);
    out.u16(ede);
  }
}
