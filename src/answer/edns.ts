/**
 * The OPT record of a response (RFC 6891 §6.1.2) and the options in it: NSID (RFC 5001), Client Subnet (RFC 7871 §7.2), cookies (RFC 7873), TCP keepalive (RFC 7828), Extended DNS
 * Error (RFC 8914 §2), padding (RFC 7830).
 */
import { EdnsOption, RRType } from '../wire/constants.ts';
import { REPLY_COOKIE } from './cookies.ts';
import { type Channel, isDnsStream, isEncrypted } from './counters.ts';
import { EcsAt } from './ecs.ts';
import { OPT_SIZE, type Query } from './query.ts';
import type { Response } from './response.ts';

/** In place of an INFO-CODE where none is told. */
export const NO_EDE = -1;
/** Octets of an EDE option without text. */
export const EDE_SIZE = 6;
/** Octets of the TCP keepalive option (RFC 7828 §3.1). */
const KEEPALIVE_SIZE = 6;
/** TIMEOUT is in units of 100 milliseconds, 16 bits of them. */
const KEEPALIVE_UNIT_MS = 100;
const LONGEST_KEEPALIVE = 0xffff;
/** Octets of an option before its data: code and length. */
const OPTION_HEAD = 4;
/** Responses are padded to a multiple of this (RFC 8467 §4.1). */
export const PADDING_BLOCK = 468;

export interface EdnsConfig {
  /** Largest UDP payload this server sends and takes (RFC 9715 suggests 1232 to keep clear of fragments). */
  readonly udpSize: number;
  /** Octets to send as NSID, if any. */
  readonly nsid: Uint8Array | undefined;
  /** Milliseconds a connection may stand idle, for clients that ask (RFC 7828); they are told nothing without it. */
  readonly idleTimeout?: number;
}

/** Octets the response's OPT will take, an EDE and padding not counted (they are left out when there is no room). */
export function optSize(query: Query, config: EdnsConfig, channel: Channel): number {
  if (!query.edns) return 0;
  let size = OPT_SIZE;
  if (query.nsid && config.nsid !== undefined) size += 4 + config.nsid.length;
  if (query.ecsLength !== 0) size += 4 + query.ecsLength;
  if (query.cookieLength !== 0) size += OPTION_HEAD + REPLY_COOKIE;
  if (tellsKeepalive(query, config, channel)) size += KEEPALIVE_SIZE;
  return size;
}

/**
 * Writes the OPT as the last record; room for `optSize` was kept.
 *
 * @param channel how the query came, and the response goes
 * @param rcode  the whole RCODE: its upper eight bits go here
 * @param ede    an INFO-CODE, or NO_EDE
 * @param scope  SCOPE PREFIX-LENGTH of the answer (RFC 7871 §7.2.1)
 * @param cookie  the data of the COOKIE option, if the query had one
 * @param behind octets that follow the OPT in the message
 * @param compact whether to say that CO was taken (RFC 9824 §5.1)
 */
export function writeOpt(
  out: Response,
  query: Query,
  config: EdnsConfig,
  channel: Channel,
  rcode: number,
  ede: number,
  scope: number,
  cookie: Uint8Array,
  behind: number,
  compact: boolean,
): void {
  const base = optSize(query, config, channel);
  const tell = ede >= 0 && out.fits(base + EDE_SIZE);
  const size = base + (tell ? EDE_SIZE : 0);
  // RFC 7830 §6: only where others can't see what is in the message.
  const padding = query.padding && isEncrypted(channel) ? paddingOf(out, size, behind) : NO_PADDING;
  out.u8(0);
  out.u16(RRType.OPT);
  out.u16(config.udpSize);
  out.u8(rcode >>> 4);
  out.u8(0);
  out.u16((query.dnssecOk ? 0x8000 : 0) | (compact ? 0x4000 : 0));
  out.u16(size - OPT_SIZE + (padding === NO_PADDING ? 0 : OPTION_HEAD + padding));
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
  if (query.cookieLength !== 0) {
    out.u16(EdnsOption.COOKIE);
    out.u16(REPLY_COOKIE);
    out.octets(cookie, 0, REPLY_COOKIE);
  }
  if (tellsKeepalive(query, config, channel)) {
    out.u16(EdnsOption.TCP_KEEPALIVE);
    out.u16(KEEPALIVE_SIZE - OPTION_HEAD);
    out.u16(Math.min(LONGEST_KEEPALIVE, Math.floor((config.idleTimeout ?? 0) / KEEPALIVE_UNIT_MS)));
  }
  if (tell) {
    out.u16(EdnsOption.EDE);
    out.u16(2);
    out.u16(ede);
  }
  if (padding !== NO_PADDING) {
    out.u16(EdnsOption.PADDING);
    out.u16(padding);
    for (let i = 0; i < padding; i++) out.u8(0);
  }
}

/** RFC 7828 §3.2.1: over UDP the option is ignored; of HTTPS connections HTTP itself tells. */
function tellsKeepalive(query: Query, config: EdnsConfig, channel: Channel): boolean {
  return query.keepalive && config.idleTimeout !== undefined && isDnsStream(channel);
}

const NO_PADDING = -1;

/** Octets of padding that make the message a whole number of blocks once an OPT of `size` octets and `behind` more are in it; NO_PADDING when there is no room for the option. */
function paddingOf(out: Response, size: number, behind: number): number {
  const unpadded = out.length + size + OPTION_HEAD + behind;
  const wanted = Math.ceil(unpadded / PADDING_BLOCK) * PADDING_BLOCK - unpadded;
  for (const padding of [wanted, 0]) if (out.fits(size + OPTION_HEAD + padding)) return padding;
  return NO_PADDING;
}
