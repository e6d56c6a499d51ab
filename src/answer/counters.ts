/**
 * What a worker counts, as places in its row of shared 32-bit words. Only the worker writes its row, with plain stores; readers add
 * differences mod 2^32 often enough that a wrap is never missed (`telemetry/totals.ts`).
 *
 *     0..9      single counts
 *     10..15    replies over their rate: by kind, dropped and truncated
 *     16..33    responses by RCODE
 *     34..39    single counts
 *     40..59    service time, a histogram (service-time.ts)
 *     60..63    single counts
 *     64..191   queries: a line of 16 words a channel, a word a query type
 *     192..207  single counts
 *
 * A second row, of ANSWER_SLOTS words, counts steered answers by the slot the plan gives each (plan-layout.ts).
 */
import { Rcode, RRType } from '../wire/constants.ts';

export const Counter = {
  /** Queries answered by the fast path. */
  FAST: 0,
  /** Messages not answered at all: responses, fragments of a header, what was cut off. */
  DROPPED: 1,
  /** Messages that can't be read: answered with FORMERR, or not even that. */
  MALFORMED: 2,
  TRUNCATED: 3,
  /** Answers made from a steered host's plan. */
  STEERED: 4,
  /** Replies the kernel would not send. */
  UNSENT: 5,
  /** TCP connections accepted, and turned away by a limit. */
  CONNECTIONS: 6,
  CONNECTIONS_REFUSED: 7,
  /** Sum of the service times sampled, in microseconds. */
  SERVICE_SUM: 8,
  /** Messages taken from a network interface by XDP. */
  XDP: 9,
  /** Replies over a network's rate: LIMITED_0 + kind * 2, and one more for those truncated (limitedCounter). */
  LIMITED_0: 10,
  /** Response codes: RCODE_0 + rcode, for the header's sixteen. Of what was written, sent or not. */
  RCODE_0: 16,
  BADVERS: 32,
  BADCOOKIE: 33,
  /** Queries with a cookie of the client alone, with a server cookie of ours that holds, and with another one. */
  COOKIES_NEW: 34,
  COOKIES_VALID: 35,
  COOKIES_INVALID: 36,
  /** Headers of trusted proxies (transport/proxy-header.ts), and datagrams and connections of theirs that had none. */
  PROXY_TAKEN: 37,
  PROXY_REFUSED: 38,
  /** First bucket of the service times. */
  SERVICE_0: 40,
  /** Signatures given with answers. */
  SIGNATURES: 60,
  /** Signatures made because an answer lacked them, and before any did. */
  SIGNATURES_MADE: 61,
  SIGNATURES_AHEAD: 62,
  /** How often a query had to wait for a signature, and how many were dropped because too many did. */
  PARKED: 63,
  PARKED_DROPPED: 39,
  /** Signatures that could not be made: what they were asked for is dropped, or answered SERVFAIL. */
  SIGNATURES_FAILED: 192,
  /** Every message received: QUERIES_0 + channel * CHANNEL_WORDS + place in QUERY_TYPES. */
  QUERIES_0: 64,
} as const;

/** Words in a row: whole cache lines, so that workers' rows never share one. */
export const COUNTER_WORDS = 208;

/** Words in a row of answers by slot. Slot 0 is for all that have none of their own. */
export const ANSWER_SLOTS = 4096;

/** The place of a response code. */
export function rcodeCounter(rcode: number): number {
  if (rcode === Rcode.BADVERS) return Counter.BADVERS;
  if (rcode === Rcode.BADCOOKIE) return Counter.BADCOOKIE;
  return Counter.RCODE_0 + (rcode & 0xf);
}

/** The place of replies of a kind (reply-kind.ts) that were over their rate. @param truncated whether they were truncated, not dropped */
export function limitedCounter(kind: number, truncated: boolean): number {
  return Counter.LIMITED_0 + kind * 2 + (truncated ? 1 : 0);
}

/** How a message came: the transport, and its address family. Streams follow UDP, encrypted ones follow TCP; those of IPv6 are odd. */
export const Channel = {
  UDP_IPV4: 0,
  UDP_IPV6: 1,
  TCP_IPV4: 2,
  TCP_IPV6: 3,
  TLS_IPV4: 4,
  TLS_IPV6: 5,
  HTTPS_IPV4: 6,
  HTTPS_IPV6: 7,
} as const;
export type Channel = (typeof Channel)[keyof typeof Channel];

/** Whether nothing is lost or cut to a datagram's size. */
export function isStream(channel: Channel): boolean {
  return channel >= Channel.TCP_IPV4;
}

export function isEncrypted(channel: Channel): boolean {
  return channel >= Channel.TLS_IPV4;
}

/** Whether DNS messages are all there is between client and server: over HTTPS the connection is HTTP's. */
export function isDnsStream(channel: Channel): boolean {
  return isStream(channel) && channel < Channel.HTTPS_IPV4;
}

/** Channels' names, by number. */
export const CHANNELS = [
  { transport: 'udp', family: 'ipv4' },
  { transport: 'udp', family: 'ipv6' },
  { transport: 'tcp', family: 'ipv4' },
  { transport: 'tcp', family: 'ipv6' },
  { transport: 'tls', family: 'ipv4' },
  { transport: 'tls', family: 'ipv6' },
  { transport: 'https', family: 'ipv4' },
  { transport: 'https', family: 'ipv6' },
] as const;

export const CHANNEL_WORDS = 16;

/** Query types counted apart. `other` is also what a message counts as whose question could not be read. */
export const QUERY_TYPES = ['A', 'AAAA', 'CNAME', 'HTTPS', 'MX', 'NS', 'SOA', 'SRV', 'SVCB', 'TXT', 'other'] as const;

export const TypeIndex = { A: 0, AAAA: 1, OTHER: 10 } as const;

/** The place of a query type in QUERY_TYPES. */
export function typeIndex(type: number): number {
  switch (type) {
    case RRType.A:
      return TypeIndex.A;
    case RRType.AAAA:
      return TypeIndex.AAAA;
    case RRType.CNAME:
      return 2;
    case RRType.HTTPS:
      return 3;
    case RRType.MX:
      return 4;
    case RRType.NS:
      return 5;
    case RRType.SOA:
      return 6;
    case RRType.SRV:
      return 7;
    case RRType.SVCB:
      return 8;
    case RRType.TXT:
      return 9;
    default:
      return TypeIndex.OTHER;
  }
}
