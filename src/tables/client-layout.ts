/**
 * Client classes in shared memory: by policy, which class a client's network is of (steering/model.ts `ClientClass`). Indexes count u32 words.
 *
 *     words 0..3   {policies, 0, 0, 0}, then a word a policy: the index of its map, 0 where all clients are of class 0. Policies treated alike share one
 *     map          6 words: {root, entries, count} of IPv4, then of IPv6
 *     root         65,537 words: for each value of an address's first 16 bits the number of the entry that its lowest address is in; the last word is the
 *                  number of the last entry
 *     entries      by rising address. An entry holds from its address to the next one's; the first begins at the lowest address there is.
 *                  IPv4: {address, class}. IPv6: {first 32 bits, next 32 bits, class}
 *
 * Clients are told apart by networks of /24 and /56, so addresses of entries have zeros behind those, and so must what is looked up. Neighbours of one class are one
 * entry: an entry's bounds are where a policy really begins to treat clients differently.
 */

export const CLIENT_HEADER_WORDS = 4;
export const ClientHeader = { POLICIES: 0 } as const;

export const ClientMapWord = { ROOT: 0, ENTRIES: 1, COUNT: 2 } as const;
/** Words from the IPv4 part of a map to its IPv6 part. */
export const CLIENT_FAMILY_WORDS = 3;
export const CLIENT_MAP_WORDS = 2 * CLIENT_FAMILY_WORDS;

/** Bits of an address that the root is indexed by. */
export const ROOT_BITS = 16;
export const ROOT_WORDS = (1 << ROOT_BITS) + 1;

export const ENTRY4_WORDS = 2;
export const ENTRY6_WORDS = 3;
