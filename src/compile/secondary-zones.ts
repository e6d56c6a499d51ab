/**
 * Zones that come from other servers (transfer/incoming/): what was transferred lies below the operator's file, if there is one, which steers names of it or adds some.
 */

import { BLOCK_HEAD, blockSize, RECORD_HEAD, recordSize, recordsAt, u32At } from '../transfer/blocks.ts';
import { ZoneImage } from '../transfer/incoming/zone-images.ts';
import { imageStamp, readImageParts } from '../transfer/zone-files.ts';
import { MAX_TTL } from '../wire/constants.ts';
import { formatName } from '../wire/name.ts';
import type { RecordSink } from '../zone/source.ts';
import type { InputSet, ZoneInput } from './input.ts';
import type { Layer } from './layers.ts';
import { nameKey } from './zone-set.ts';

export interface SecondaryImages {
  /** Where images are. */
  readonly folder: string;
  /** The zones: wire form, lower case. */
  readonly zones: readonly Uint8Array[];
  /** Those of which what has just come is read, not what is answered. */
  readonly next: readonly Uint8Array[];
  /** Names of those that are too old to be answered. */
  readonly withheld: ReadonlySet<string>;
}

/** Puts what was transferred below the files there are, and adds zones that have none. */
export function withSecondaries(set: InputSet, images: SecondaryImages): InputSet {
  const files = new Map(set.zones.map((zone) => [nameKey(zone.apex), zone]));
  const next = new Set(images.next.map((apex) => nameKey(apex)));
  const zones = images.zones.map((apex): ZoneInput => {
    const key = nameKey(apex);
    const image = new ZoneImage(images.folder, apex);
    const layer = transferredLayer(next.has(key) ? image.next : image.path, apex);
    const file = files.get(key) ?? withoutFile(image.path, apex);
    files.delete(key);
    // Without `parts`: what a change of a file hides of a layer is known only when all is read.
    return {
      file: file.file,
      apex,
      isUnchanged: (stamps) => file.isUnchanged(stamps),
      read: (sink, progress) => file.read(sink, progress),
      under: [...(file.under ?? []), ...(layer === undefined ? [] : [layer])],
      secondary: layer === undefined ? 'waiting' : images.withheld.has(formatName(apex)) ? 'withheld' : 'answered',
    };
  });
  return { ...set, zones: [...files.values(), ...zones] };
}

/**
 * What is loaded, but for zones of which something has come, and for which of them are too old.
 * @param open the files there are: asked only if something has come
 */
export function unchangedBut(
  unchanged: InputSet,
  come: readonly Uint8Array[],
  images: SecondaryImages,
  open: () => InputSet,
): InputSet {
  const read = come.length === 0 ? [] : withSecondaries(open(), images).zones;
  const keys = new Set(come.map((apex) => nameKey(apex)));
  const fresh = new Map(read.filter(({ apex }) => keys.has(nameKey(apex))).map((zone) => [nameKey(zone.apex), zone]));
  const zones = unchanged.zones.map((zone): ZoneInput => {
    const { secondary } = zone;
    const again = fresh.get(nameKey(zone.apex));
    if (again !== undefined) return again;
    return secondary === undefined || secondary === 'waiting'
      ? zone
      : { ...zone, secondary: images.withheld.has(formatName(zone.apex)) ? 'withheld' : 'answered' };
  });
  return { ...unchanged, zones };
}

/** A zone all of which is from elsewhere. */
function withoutFile(file: string, apex: Uint8Array): ZoneInput {
  return { file, apex, isUnchanged: () => true, read: () => new Map() };
}

/** @returns undefined when nothing has come */
function transferredLayer(path: string, apex: Uint8Array): Layer | undefined {
  const stamp = imageStamp(path);
  if (stamp === undefined) return undefined;
  return {
    from: 'its primary',
    stamp,
    read(sink) {
      const parts = readImageParts(path);
      if (parts === undefined) throw Object.assign(new Error(`${path} is damaged`), { code: 'EBADMSG' });
      readBlocks(parts.soa, apex, sink);
      readBlocks(parts.blocks, apex, sink);
    },
  };
}

function readBlocks(blocks: Uint8Array, apex: Uint8Array, sink: RecordSink): void {
  const owner = new Uint8Array(256);
  const rdata = new Uint8Array(0xffff);
  for (let at = 0; at < blocks.length; at += blockSize(blocks, at)) {
    const first = recordsAt(blocks, at);
    const labelsEnd = first - at - BLOCK_HEAD;
    for (let i = 0; i < labelsEnd; i++) owner[i] = blocks[at + BLOCK_HEAD + i];
    owner.set(apex, labelsEnd);
    const end = at + blockSize(blocks, at);
    const ttls = lowestTtls(blocks, first, end);
    for (let p = first; p < end; p += recordSize(blocks, p)) {
      const type = (blocks[p] << 8) | blocks[p + 1];
      const octets = recordSize(blocks, p) - RECORD_HEAD;
      for (let i = 0; i < octets; i++) rdata[i] = blocks[p + RECORD_HEAD + i];
      sink.record(owner, labelsEnd + apex.length, type, ttls.get(type) ?? 0, rdata, octets, 0);
    }
  }
}

/** By type: of several TTLs in an RRset the lowest is taken (RFC 2181 §5.2). */
function lowestTtls(blocks: Uint8Array, first: number, end: number): Map<number, number> {
  const ttls = new Map<number, number>();
  for (let p = first; p < end; p += recordSize(blocks, p)) {
    const type = (blocks[p] << 8) | blocks[p + 1];
    ttls.set(type, Math.min(ttls.get(type) ?? MAX_TTL, u32At(blocks, p + 4)));
  }
  return ttls;
}
