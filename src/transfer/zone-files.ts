/**
 * A zone's transfers on disk: the zone as it is at its serial, and what led to it. Written by the transfer worker, read by whoever sends a transfer:
 * who has opened a file has it whole, whatever comes after.
 *
 *     NAME.image     what is sent (image-file.ts); NAME+declared where it is the declared view
 *     NAME.journal   sections, the oldest first: u32 magic, serial before, serial after, octets, CRC-32; then blocks in the order of RFC 1995 §4:
 *                    the old SOA, what is gone (first the old SOA's signatures), the new SOA, what is new (first its signatures)
 *
 * An image is replaced by a rename, a journal is appended to and now and then replaced. A section is written before the image it leads to, so one that leads further
 * is of a change that never was.
 */
import { hash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { TransferView } from '../answer/transfers.ts';
import { formatName } from '../wire/name.ts';
import { blockSize, putU32, u32At } from './blocks.ts';
import {
  type Ends,
  headAt,
  IMAGE_HEAD,
  ImageWriter,
  isRefusal,
  openOrNone,
  readAt,
  writeRefusal,
  writeWhole,
} from './image-file.ts';
import { type Difference, ZoneContent } from './zone-content.ts';

const JOURNAL_MAGIC = 0x534a4e31;
export const SECTION_HEAD = 20;
/** Sections a journal keeps at most: each is looked at when a secondary asks. */
const MOST_SECTIONS = 1000;
/** Octets a journal may have whatever the zone's size; else no more than the zone, since then the zone is sent, and than are read at once. */
const LEAST_JOURNAL = 64 << 10;
const MOST_JOURNAL = 64 << 20;
/** Names that are file names as they are. */
const PLAIN = /^[a-z0-9_][a-z0-9._-]{0,199}$/;

export interface ZonePaths {
  readonly image: string;
  readonly journal: string;
}

/** @param apex wire form, lower case */
export function zonePaths(folder: string, apex: Uint8Array, view: TransferView = 'steered'): ZonePaths {
  const text = formatName(apex).slice(0, -1);
  const base = PLAIN.test(text) ? text : `=${hash('sha256', apex, 'hex')}`;
  // No name that is a file's as it is has this character.
  const name = view === 'declared' ? `${base}+declared` : base;
  return { image: join(folder, `${name}.image`), journal: join(folder, `${name}.journal`) };
}

/** Reads what was written last of a zone that isn't signed; undefined where there is nothing that can be trusted. */
export function readImage({ image }: Pick<ZonePaths, 'image'>, seed: number): ZoneContent | undefined {
  const parts = readImageParts(image);
  if (parts === undefined) return undefined;
  const { soa, blocks } = parts;
  let count = 0;
  for (let at = 0; at < blocks.length; at += blockSize(blocks, at)) count++;
  return new ZoneContent(soa, blocks, count, seed);
}

/** The same without looking at it: the SOA's block, and the others. */
export function readImageParts(image: string): { soa: Uint8Array; blocks: Uint8Array } | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(image);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const head = headAt(bytes);
  if (head === undefined || head.signature > 0) return undefined;
  const soa = bytes.subarray(IMAGE_HEAD, IMAGE_HEAD + head.soa);
  const blocks = bytes.subarray(IMAGE_HEAD + soa.length);
  return head.crc === crc32(soa, crc32(blocks)) ? { soa, blocks } : undefined;
}

/** A text that differs when an image's content does, whatever its file is called; undefined where there is none. */
export function imageStamp(image: string): string | undefined {
  const fd = openOrNone(image);
  if (fd === undefined) return undefined;
  try {
    const bytes = new Uint8Array(IMAGE_HEAD);
    const head = readAt(fd, bytes, 0) ? headAt(bytes) : undefined;
    return head === undefined ? undefined : `${head.serial}:${head.crc}:${fstatSync(fd).size}`;
  } finally {
    closeSync(fd);
  }
}

/** Makes content the one that is sent. */
export function writeImage({ image }: Pick<ZonePaths, 'image'>, content: ZoneContent): void {
  const writer = new ImageWriter(image, content.soa.length, 0);
  try {
    writer.put(content.blocks);
    writer.commit(content);
  } finally {
    writer.discard();
  }
}

/** Makes it so that nothing is sent of a zone, and whoever asks is told that it may not be. */
export function refuseZone(paths: ZonePaths): void {
  forgetJournal(paths);
  writeRefusal(paths.image);
}

/** Adds a change to the journal, durably, and sees to it that it stays within its bounds. @param next `octets` are of the zone's other blocks */
export function appendJournal(
  paths: ZonePaths,
  old: Ends,
  next: Ends & { readonly octets: number },
  difference: Omit<Difference, 'soa'>,
): void {
  const { deleted, added } = difference;
  const body = Buffer.concat([old.soa, old.signature, deleted, next.soa, next.signature, added]);
  const head = new Uint8Array(SECTION_HEAD);
  [JOURNAL_MAGIC, old.serial, next.serial, body.length, crc32(body)].forEach((word, i) => {
    putU32(head, i * 4, word);
  });
  const { bytes, sections } = readJournal(paths, old.serial);
  const most = mostJournal(next.octets);
  const all = [...sections, { from: bytes.length, end: bytes.length + SECTION_HEAD + body.length }];
  const kept = all.findIndex(
    ({ from }, i) => all.length - i <= MOST_SECTIONS && all[all.length - 1].end - from <= most,
  );
  if (kept < 0) {
    // It alone is larger than what the whole zone takes.
    rmSync(paths.journal, { force: true });
    return;
  }
  if (kept === 0 && bytes.length > 0) {
    const fd = openSync(paths.journal, 'r+');
    try {
      writeWhole(fd, Buffer.concat([head, body]), sections.at(-1)?.end ?? 0);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return;
  }
  const beside = `${paths.journal}.new`;
  const rest = kept < sections.length ? bytes.subarray(all[kept].from) : new Uint8Array(0);
  writeFileSync(beside, Buffer.concat([rest, head, body]), { mode: 0o600, flush: true });
  renameSync(beside, paths.journal);
}

/** Octets that the journal of a zone of so many may have. */
export function mostJournal(octets: number): number {
  return Math.max(LEAST_JOURNAL, Math.min(octets, MOST_JOURNAL));
}

/** Forgets what led to a zone: nobody knows. */
export function forgetJournal({ journal }: ZonePaths): void {
  rmSync(journal, { force: true });
}

export interface Section {
  /** Octets of the file. */
  readonly from: number;
  readonly end: number;
}

/**
 * The sections of a journal that follow one another and lead to a serial, whole as they were written.
 * @returns what of the file they are, from its beginning; nothing if they don't lead there
 */
function readJournal({ journal }: ZonePaths, serial: number): { bytes: Uint8Array; sections: Section[] } {
  const none = { bytes: new Uint8Array(0), sections: [] };
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(journal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return none;
    throw error;
  }
  const sections: Section[] = [];
  let before: number | undefined;
  for (let at = 0; at + SECTION_HEAD <= bytes.length; ) {
    const end = at + SECTION_HEAD + u32At(bytes, at + 12);
    if (u32At(bytes, at) !== JOURNAL_MAGIC || end > bytes.length) break;
    if (before !== undefined && before !== u32At(bytes, at + 4)) break;
    if (crc32(bytes.subarray(at + SECTION_HEAD, end)) !== u32At(bytes, at + 16)) break;
    before = u32At(bytes, at + 8);
    sections.push({ from: at, end });
    if (before === serial) return { bytes: bytes.subarray(0, end), sections };
    at = end;
  }
  return none;
}

/** A zone's image, opened. */
export interface OpenImage {
  readonly fd: number;
  readonly serial: number;
  readonly soa: Uint8Array;
  /** Where the other blocks are: the SOA's signatures are the first of them. */
  readonly from: number;
  readonly end: number;
}

/** @returns undefined when there is none, 'refused' when there is to be none */
export function openImage({ image }: ZonePaths): OpenImage | 'refused' | undefined {
  const fd = openOrNone(image);
  if (fd === undefined) return undefined;
  const { size } = fstatSync(fd);
  const bytes = new Uint8Array(Math.min(size, IMAGE_HEAD));
  const head = readAt(fd, bytes, 0) ? headAt(bytes) : undefined;
  if (head !== undefined) {
    const soa = new Uint8Array(Math.min(size, head.soa));
    if (readAt(fd, soa, IMAGE_HEAD)) return { fd, serial: head.serial, soa, from: IMAGE_HEAD + soa.length, end: size };
  }
  closeSync(fd);
  return isRefusal(bytes) ? 'refused' : undefined;
}

/** The sections of a journal between two serials, opened; undefined where one of both is unknown to it. */
export function openJournal(
  { journal }: ZonePaths,
  after: number,
  until: number,
): { fd: number; sections: Section[] } | undefined {
  const fd = openOrNone(journal);
  if (fd === undefined) return undefined;
  const { size } = fstatSync(fd);
  const head = new Uint8Array(SECTION_HEAD);
  const sections: Section[] = [];
  let serial = after;
  for (let at = 0; at + SECTION_HEAD <= size && readAt(fd, head, at) && u32At(head, 0) === JOURNAL_MAGIC; ) {
    const end = at + SECTION_HEAD + u32At(head, 12);
    if (end > size) break;
    if (u32At(head, 4) === serial) {
      serial = u32At(head, 8);
      sections.push({ from: at + SECTION_HEAD, end });
      if (serial === until) return { fd, sections };
    } else if (sections.length > 0) break;
    at = end;
  }
  closeSync(fd);
  return undefined;
}
