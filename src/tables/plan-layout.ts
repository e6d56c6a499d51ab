/**
 * The plan in shared memory: for every (assignment, class, family) what to answer.
 *
 *     rows     words 0..3: {classes, assignments, 0, 0}. Then a block of 1 + classes * 2 words an assignment:
 *              word 0          how the client counts: 0 not at all; else POLICY bits: number + 1 of the policy whose client classes count
 *                              (0: all are of class 0), BUCKET: the bucket is of the client's network
 *              then per (class * 2 + family), IPv4 first:
 *              0               the host does not have the family: no such RRset
 *              FAILURE         nothing is usable and the policy wants SERVFAIL
 *              answer          index (words) of the one answer
 *              SET | set       index of a set of shares in `sets`
 *     sets     word 0 unused. A set: {salt, map, then the answers}: map is the index (words) of 65,536 octets, by bucket the place of the
 *              answer in the set. Sets of equal shares have one map.
 *     answers  word 0..3 unused. An answer: {ttl, flags << 16 | group, slot, original TTL}, then the resource record as it goes on the wire with the owner
 *              compressed to the question's name: c0 0c, type, class, ttl, rdlength, address (16 or 28 octets). The slot is the word of a
 *              worker's row in which its answers are counted. The original TTL is what signatures are made with (RFC 4034 §3.1.4): no TTL served is
 *              above it.
 *
 * Assignment 0 is "not steered" and has no row that anyone reads.
 */

export const PLAN_HEADER_WORDS = 4;
export const PlanHeader = { CLASSES: 0, ASSIGNMENTS: 1 } as const;

/** Words of an assignment's block in `rows`. */
export function blockWords(classes: number): number {
  return 1 + classes * 2;
}

export const ClientWord = { POLICY: 0xffff, BUCKET: 0x1_0000 } as const;

/** Marks a row that names a set of shares instead of one answer. */
export const SET = 0x8000_0000;
/** A row for which SERVFAIL is answered. Below every answer's index. */
export const FAILURE = 1;

export const SetWord = { SALT: 0, MAP: 1, ANSWERS: 2 } as const;

export const Answer = { TTL: 0, GROUP_FLAGS: 1, SLOT: 2, ORIGINAL_TTL: 3, RECORD: 4 } as const;
export const AnswerFlag = { LAST_RESORT: 1 } as const;

/** Octets of the record: owner pointer 2, type 2, class 2, TTL 4, RDLENGTH 2, address 4 or 16. */
export const A_RECORD_OCTETS = 12 + 4;
export const AAAA_RECORD_OCTETS = 12 + 16;
/** Octet offset of the address in the record. */
export const ADDRESS_AT = 12;
/** Octet offset of the TTL in the record. */
export const TTL_AT = 6;
