/**
 * What of a zone it is authoritative for (RFC 4035 §2.2, §2.3): which owners have signatures, which stand in the chain of denial, and what types each has there.
 */
import type { TypeSet } from '../dnssec/nsec.ts';
import { RRType } from '../wire/constants.ts';
import { BLOCK_HEAD, blockSize, recordSize, recordsAt, typeAt } from './blocks.ts';
import { isAtOrBelow } from './canonical-order.ts';

export const Place = {
  /** The zone's own data. */
  OWN: 0,
  /** A zone cut: of what is there, DS alone is this zone's own. */
  CUT: 1,
  /** Below a cut or a DNAME: glue at most. */
  BELOW: 2,
} as const;

/** Blocks that are looked at before others may run. */
const PIECE = 8192;

/** The `Place` of every owner. @param order of the blocks (canonical-order.ts) */
export async function placesOf(
  blocks: Uint8Array,
  order: Uint32Array,
  breathe: () => Promise<void>,
): Promise<Uint8Array> {
  const places = new Uint8Array(order.length);
  // The topmost cut or DNAME that was come to: all below it follow.
  let cover = -1;
  for (let i = 0; i < order.length; i++) {
    if (i % PIECE === 0) await breathe();
    const at = order[i];
    if (cover >= 0 && isBelow(blocks, at, cover)) {
      places[i] = Place.BELOW;
      continue;
    }
    const isApex = recordsAt(blocks, at) === at + BLOCK_HEAD;
    const isCut = !isApex && hasType(blocks, at, RRType.NS);
    places[i] = isCut ? Place.CUT : Place.OWN;
    if (isCut || hasType(blocks, at, RRType.DNAME)) cover = at;
  }
  return places;
}

/** Whether an RRset has signatures. */
export function isSigned(place: number, type: number): boolean {
  return place === Place.OWN || (place === Place.CUT && type === RRType.DS);
}

/**
 * Adds the types of an owner that NSEC and NSEC3 tell (RFC 4035 §2.3): at a cut, those of the parent's side.
 * @returns whether any of them has signatures
 */
export function addTypes(types: TypeSet, blocks: Uint8Array, at: number, place: number): boolean {
  let signed = false;
  const end = at + blockSize(blocks, at);
  for (let p = recordsAt(blocks, at); p < end; p += recordSize(blocks, p)) {
    const type = typeAt(blocks, p);
    if (place === Place.OWN || type === RRType.NS || type === RRType.DS) types.add(type);
    signed ||= isSigned(place, type);
  }
  return signed;
}

function isBelow(blocks: Uint8Array, at: number, cover: number): boolean {
  return isAtOrBelow(
    blocks,
    at + BLOCK_HEAD,
    recordsAt(blocks, at),
    blocks,
    cover + BLOCK_HEAD,
    recordsAt(blocks, cover),
  );
}

function hasType(blocks: Uint8Array, at: number, type: number): boolean {
  const end = at + blockSize(blocks, at);
  for (let p = recordsAt(blocks, at); p < end; p += recordSize(blocks, p)) if (typeAt(blocks, p) === type) return true;
  return false;
}
