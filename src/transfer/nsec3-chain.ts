/**
 * The NSEC3 records of a zone that is transferred (RFC 5155 §7.1): of every name that NSEC would have, insecure delegations included (no opt-out), and of empty non-terminals too.
 * They are owners of their own, in the order of their hashes, which is the canonical one.
 */
import { TypeSet } from '../dnssec/nsec.ts';
import { HASH_LABEL, HASH_OCTETS, hashOwner, writeHashLabel, writeNsec3 } from '../dnssec/nsec3.ts';
import { MAX_NAME, RRType } from '../wire/constants.ts';
import { addTypes, Place } from './authority.ts';
import { BLOCK_HEAD, BlockWriter, recordsAt } from './blocks.ts';
import { isAtOrBelow } from './canonical-order.ts';

/** Names that are looked at before others may run. */
const PIECE = 4096;
/** Octets of type bit maps of a name: 34 a window, of which there are 256. */
const MOST_BITMAPS = 256 * 34;
/** Octets of an NSEC3's block but for its bit maps: of its head, owner, record and RDATA. */
const BLOCK_OCTETS = BLOCK_HEAD + HASH_LABEL + 10 + 6 + HASH_OCTETS;

/** What of a zone the chain is made of. */
export interface ChainOf {
  readonly apex: Uint8Array;
  readonly blocks: Uint8Array;
  /** Places of blocks, in canonical order, and where they stand (authority.ts). */
  readonly order: Uint32Array;
  readonly places: Uint8Array;
  /** Types that signing adds at the apex. */
  readonly apexTypes: readonly number[];
  /** Of all NSEC3, seconds. */
  readonly ttl: number;
}

/** Blocks of a zone's NSEC3 records, without signatures. */
export async function nsec3Blocks(of: ChainOf, breathe: () => Promise<void>): Promise<Uint8Array> {
  const names = await hashedNames(of, breathe);
  const order = Uint32Array.from({ length: names.count }, (_, i) => i);
  const { hashes } = names;
  order.sort((a, b) => compareHashes(hashes, a, b));
  const out = new BlockWriter(names.count * (BLOCK_OCTETS + 10));
  const label = new Uint8Array(HASH_LABEL);
  const rdata = new Uint8Array(6 + HASH_OCTETS + MOST_BITMAPS);
  for (let i = 0; i < order.length; i++) {
    if (i % PIECE === 0) await breathe();
    const at = order[i] * HASH_OCTETS;
    const next = order[(i + 1) % order.length] * HASH_OCTETS;
    writeHashLabel(hashes.subarray(at, at + HASH_OCTETS), label, 0);
    out.begin(label, 0, HASH_LABEL);
    const end = writeNsec3(hashes.subarray(next, next + HASH_OCTETS), names.types(order[i]), rdata, 0);
    out.record(RRType.NSEC3, of.ttl, end);
    out.octetsOf(rdata, 0, end);
    out.finish();
  }
  return out.view();
}

interface Hashed {
  readonly count: number;
  /** HASH_OCTETS a name. */
  readonly hashes: Uint8Array;
  /** The types of a name: good until the next is asked for. */
  types(name: number): TypeSet;
}

async function hashedNames(of: ChainOf, breathe: () => Promise<void>): Promise<Hashed> {
  const { blocks, order, places, apex } = of;
  const from = await chainNames(of, breathe);
  const hashes = new Uint8Array(from.length * HASH_OCTETS);
  const name = new Uint8Array(MAX_NAME);
  for (let i = 0; i < from.length; i++) {
    if (i % PIECE === 0) await breathe();
    const { at, end } = labelsOf(blocks, order, from[i]);
    for (let p = at; p < end; p++) name[p - at] = blocks[p];
    name.set(apex, end - at);
    hashOwner(name, 0, end - at + apex.length, hashes, i * HASH_OCTETS);
  }
  const types = new TypeSet();
  return {
    count: from.length,
    hashes,
    types: (i) => {
      types.clear();
      // An empty non-terminal has no types at all.
      if (skipOf(from[i]) > 0) return types;
      const index = indexOf(from[i]);
      const isApex = index === 0;
      const isSigned = addTypes(types, blocks, order[index], places[index]);
      if (isApex) for (const type of of.apexTypes) types.add(type);
      if (isSigned || isApex) types.add(RRType.RRSIG);
      return types;
    },
  };
}

/**
 * Names of the chain: each the owner of a block, or a name above it that owns nothing. As numbers: the place of the block in the order, and how many labels are
 * left out in front.
 */
async function chainNames({ blocks, order, places }: ChainOf, breathe: () => Promise<void>): Promise<number[]> {
  const names: number[] = [];
  let before = -1;
  for (let i = 0; i < order.length; i++) {
    if (i % PIECE === 0) await breathe();
    if (places[i] === Place.BELOW) continue;
    const at = order[i] + BLOCK_HEAD;
    const end = recordsAt(blocks, order[i]);
    names.push(nameOf(i, 0));
    // In canonical order a name that owns records comes right before those below it: what is above this one, and neither is nor is above the one before, owns nothing.
    let labels = 1;
    for (let p = at; p < end; labels++) {
      p += blocks[p] + 1;
      if (p >= end || before < 0) break;
      if (isAtOrBelow(blocks, order[before] + BLOCK_HEAD, recordsAt(blocks, order[before]), blocks, p, end)) break;
      names.push(nameOf(i, labels));
    }
    before = i;
  }
  return names;
}

/** Labels a name can have fit in seven bits. */
const SKIP = 128;
const nameOf = (index: number, skip: number): number => index * SKIP + skip;
const indexOf = (name: number): number => Math.floor(name / SKIP);
const skipOf = (name: number): number => name % SKIP;

function labelsOf(blocks: Uint8Array, order: Uint32Array, name: number): { at: number; end: number } {
  const block = order[indexOf(name)];
  let at = block + BLOCK_HEAD;
  for (let skip = skipOf(name); skip > 0; skip--) at += blocks[at] + 1;
  return { at, end: recordsAt(blocks, block) };
}

function compareHashes(hashes: Uint8Array, a: number, b: number): number {
  for (let i = 0, p = a * HASH_OCTETS, q = b * HASH_OCTETS; i < HASH_OCTETS; i++) {
    const difference = hashes[p + i] - hashes[q + i];
    if (difference !== 0) return difference;
  }
  return 0;
}
