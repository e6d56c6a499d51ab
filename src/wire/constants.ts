/**
 * Numbers of the DNS protocol that code here tests for or writes.
 * Source: IANA "Domain Name System (DNS) Parameters"; each group cites the RFC that gives it meaning.
 */

/** Octets of a message header (RFC 1035 §4.1.1). */
export const HEADER_SIZE = 12;
/** Octets of the longest name in wire form, root label included (RFC 1035 §3.1). */
export const MAX_NAME = 255;
/** Octets of the longest label (RFC 1035 §3.1). */
export const MAX_LABEL = 63;
/** The most labels a name can have, root not counted: (MAX_NAME - 1) / 2, each a length octet and one octet. */
export const MAX_LABELS = (MAX_NAME - 1) >> 1;
/** The largest TTL (RFC 2181 §8). */
export const MAX_TTL = 0x7fffffff;

/** RR types (RFC 1035 §3.2.2 and the type's own RFC), by mnemonic. */
export const RRType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  SVCB: 64,
  HTTPS: 65,
  /** Stands in NSEC bit maps for "no such name" (RFC 9824 §2); no data, so it can't be asked for (§3.5). */
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  /** Private use (RFC 6895 §3.1): a host steered to a service. Lives in zone data only, never on the wire. */
  STEER: 65280,
} as const;

/** Classes (RFC 1035 §3.2.4; RFC 2136 §1.3 NONE). */
export const RRClass = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

/** Header OPCODE (RFC 1035 §4.1.1, RFC 1996, RFC 2136). */
export const Opcode = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5 } as const;

/** RCODE, the header's four bits extended by OPT's eight (RFC 1035 §4.1.1, RFC 2136 §2.2, RFC 6891 §6.1.3). */
export const Rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

/** EDNS option codes (RFC 5001, RFC 7871, RFC 7873, RFC 7828, RFC 7830, RFC 8914). */
export const EdnsOption = { NSID: 3, CLIENT_SUBNET: 8, COOKIE: 10, TCP_KEEPALIVE: 11, PADDING: 12, EDE: 15 } as const;

/** Extended DNS Error INFO-CODEs (RFC 8914 §4) this server gives. */
export const Ede = {
  OTHER: 0,
  STALE_ANSWER: 3,
  NOT_READY: 14,
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  INVALID_DATA: 24,
  INVALID_QUERY_TYPE: 30,
} as const;

/** SvcParamKeys (RFC 9460 §14.3.2) the server reads or writes itself. */
export const SvcParam = {
  MANDATORY: 0,
  ALPN: 1,
  NO_DEFAULT_ALPN: 2,
  PORT: 3,
  IPV4HINT: 4,
  ECH: 5,
  IPV6HINT: 6,
  DOHPATH: 7,
  OHTTP: 8,
  /**
   * Private use (RFC 9460 §14.3.2): stands in zone data for "put the steered addresses of TargetName here as ipv4hint and
   * ipv6hint"; replaced or left out in every answer, never sent.
   */
  STEER_HINTS: 65280,
} as const;
