/**
 * What a look-up needs of zone data, whoever holds it: the tables in shared memory (`tables/`), or a plain Map in tests (the
 * oracle). Nodes, RRsets and zones are numbers that mean something to their reader only; 0 is "there is none".
 */

/** Properties of a node, as bits. The builder works them out, so that a query needs no walk to know them. */
export const NodeFlag = {
  /** The zone's apex. */
  APEX: 1,
  /** A zone cut: NS below the apex (RFC 1034 §4.2.1). */
  CUT: 2,
  /** Owns a DNAME (RFC 6672). */
  DNAME: 4,
  /** Below a zone cut or a DNAME: glue at most, no authoritative data (RFC 6672 §2.4). */
  OCCLUDED: 8,
  /** Has a child `*`: a source of synthesis (RFC 4592 §2.1.1). */
  WILDCARD_CHILD: 16,
  /** Owns a CNAME. */
  CNAME: 32,
  /** Authoritative here whatever zones there are below: a steered host may be answered from the node alone. */
  FAST: 64,
  /** In an overlay: the node is gone. Readers never hand one out. */
  HIDDEN: 128,
} as const;

export interface ZoneReader {
  /** Labels of the apex that has the most: a longer suffix needs no look for a zone. */
  readonly apexLabels: number;
  /** The zone whose apex is exactly this name. `hash` is `Suffixes.hash`; the name is lower-case wire form. */
  findZone(hash: number, name: Uint8Array, at: number, end: number): number;
  /** The node of `zone` at exactly this name: one that owns records, is steered, or is an empty non-terminal. */
  find(zone: number, hash: number, name: Uint8Array, at: number, end: number): number;

  /** The zone's apex node. */
  apex(zone: number): number;
  /** TTL of negative answers: the smaller of the SOA's own and its MINIMUM (RFC 2308 §5). */
  negativeTtl(zone: number): number;

  /** `NodeFlag` bits. */
  flags(node: number): number;
  /** The assignment in the node's cell, or 0 when it is not a steered host. */
  assignment(node: number): number;
  /** The node's RRset of a type. */
  rrset(node: number, type: number): number;
  /** How many RRsets the node owns (a steered host's A and AAAA are not among them). */
  rrsetCount(node: number): number;
  /** The node's i-th RRset, by rising type. */
  rrsetAt(node: number, i: number): number;

  rrsetType(rrset: number): number;
  rrsetTtl(rrset: number): number;
  /** Records in the RRset. */
  rrCount(rrset: number): number;
  /** Where the records lie: each an RDLENGTH (16 bits, big-endian) and RDATA, one after another from `rrAt` to `rrEnd`. */
  rrBytes(rrset: number): Uint8Array;
  rrAt(rrset: number): number;
  rrEnd(rrset: number): number;
}
