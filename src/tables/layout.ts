/**
 * Where things lie in a *part*: slots, nodes and data, the same in a base and in an overlay. Indexes count u32 words unless they say
 * octets. Word 0 of nodes and data is never used, so that 0 can mean "none".
 *
 *     slots   2 words each: {hash of the name (31 bits), node}; node 0 = free. Linear probing; a power of two of them, at most half full.
 *
 *     nodes   words 0..3: see `Header`. Then records:
 *             +0 cell          assignment answered now, 0 = not a steered host. Stored atomically: moving a host is this one store
 *             +1 declared      assignment of the zone file, 0 = not steered
 *             +2 rrsets        index in data, 0 = none
 *             +3 zone << 8 | NodeFlag bits
 *             +4 name          u8 length, then the name in wire form, lower case, padded to a word
 *
 *     data    words 0..3 unused. Then RRset lists and records:
 *             list:  word 0 = number of RRsets, then 4 words each, by rising type:
 *                 +0 records << 16 | type    +1 ttl    +2 first octet of the records    +3 octet after the last
 *             records: u16 RDLENGTH (big-endian, as on the wire), RDATA; in canonical order (RFC 4034 §6.3)
 *
 * A head also has
 *
 *     zones       16 words a zone, indexed by its number; number 0 holds `Header` instead: see `Zone`
 *     zoneSlots   like slots: {hash of the apex, zone}; behind them the filter of zone-filter.ts
 */

export const SLOT_WORDS = 2;

export const Node = { CELL: 0, DECLARED: 1, RRSETS: 2, ZONE_FLAGS: 3, NAME: 4 } as const;
/** Octets before a node's name: four words and the length octet. */
export const NODE_NAME_OCTET = Node.NAME * 4 + 1;

/** Zones are numbered in 24 bits. */
export const MAX_ZONES = (1 << 24) - 1;

export const RRset = { WORDS: 4, TYPE: 0, TTL: 1, FIRST: 2, END: 3 } as const;

export const Zone = {
  WORDS: 16,
  /** The apex node as a reference: base index, or minus an overlay index. 0 = no zone has this number. */
  APEX: 0,
  /** TTL of negative answers. */
  NEGATIVE_TTL: 1,
  /** SOA serial. */
  SERIAL: 2,
  /** The zone's nodes lie together in the base: [first, end). Both 0 when it has none there. */
  BASE_FIRST: 3,
  BASE_END: 4,
  /** Nodes of the zone, wherever they lie, hidden ones not counted. */
  NODES: 5,
  /** Steered hosts, and records beside them. */
  HOSTS: 6,
  RECORDS: 7,
  /** 1: nothing of it is answered. It comes from elsewhere, and is too old or not there yet. */
  WITHHELD: 8,
} as const;

/** Words of a node record whose name has `nameEnd` octets. */
export function nodeWords(nameEnd: number): number {
  return Node.NAME + ((1 + nameEnd + 3) >>> 2);
}

/**
 * The first words of nodes and zones say how much of the (reused, so perhaps larger) columns counts.
 */
export const Header = {
  /** Slots in use, a power of two. */
  SLOTS: 0,
  /** Nodes (of the zones column: zones). */
  COUNT: 1,
  /** First free word of this column. */
  END: 2,
  /** Of the zones column only: labels of the apex that has the most. */
  APEX_LABELS: 3,
  /** Of the zones column only: words of the filter, a power of two; 0 for none. */
  FILTER: 4,
  /** Of the zones column only: how many zones are withheld. */
  WITHHELD: 5,
} as const;

/** Index of a part's first node, and of its first RRset list. */
export const FIRST_WORD = 4;
