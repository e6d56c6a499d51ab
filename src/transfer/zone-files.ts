/**
 * A zone's transfers on disk: the zone as it is at its serial, and what led to it. Written by the transfer worker, read by whoever sends a transfer:
 * who has opened a file has it whole, whatever comes after.
 *
 *     NAME.image     u32 magic, serial, CRC-32 of what follows the head, octets of the SOA's block; then that block, and the others (blocks.ts)
 *     NAME.journal   sections, the oldest first: u32 magic, serial before, serial after, octets, CRC-32; then blocks in the order of RFC 1995 §4:
 *                    the old SOA, what is gone, the new SOA, what is new
 *
 * An image is replaced by a rename, a journal is appended to and now and then replaced. A section is written before the image it leads to, so one that leads further
 * is of a change that never was.
 */
import { hash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { formatName } from '../wire/name.ts';
import { blockSize, putU32, u32At } from './blocks.ts';
import { type Difference, ZoneContent } from './zone-content.ts';

const IMAGE_MAGIC = 0x535a4931;
const IMAGE_HEAD = 16;
const JOURNAL_MAGIC = 0x534a4e31;
export const SECTION_HEAD = 20;
/** Sections a journal keeps at most: each is looked at when a secondary asks. */
const MOST_SECTIONS = 1000;
/** Octets a journal may have whatever the zone's size; else no more than the zone, since then the zone is sent. */
const LEAST_JOURNAL = 64 << 10;
/** Names that are file names as they are. */
const PLAIN = /^[a-z0-9_][a-z0-9._-]{0,199}$/;

export interface ZonePaths {
  readonly image: string;
  readonly journal: string;
}

/** @param apex wire form, lower case */
export function zonePaths(folder: string, apex: Uint8Array): ZonePaths {
  const text = formatName(apex).slice(0, -1);
  const name = PLAIN.test(text) ? text : `=${hash('sha256', apex, 'hex')}`;
  return { image: join(folder, `${name}.image`), journal: join(folder, `${name}.journal`) };
}

/** Reads what was written last; undefined where there is nothing that can be trusted. */
export function readImage({ image }: ZonePaths, seed: number): ZoneContent | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(image);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (bytes.length < IMAGE_HEAD || u32At(bytes, 0) !== IMAGE_MAGIC) return undefined;
  if (u32At(bytes, 8) !== crc32(bytes.subarray(IMAGE_HEAD))) return undefined;
  const soa = bytes.subarray(IMAGE_HEAD, IMAGE_HEAD + u32At(bytes, 12));
  const blocks = bytes.subarray(IMAGE_HEAD + soa.length);
  let count = 0;
  for (let at = 0; at < blocks.length; at += blockSize(blocks, at)) count++;
  return new ZoneContent(soa, blocks, count, seed);
}

/** Makes content the one that is sent. */
export function writeImage({ image }: ZonePaths, { soa, blocks, serial }: ZoneContent): void {
  const head = new Uint8Array(IMAGE_HEAD);
  putU32(head, 0, IMAGE_MAGIC);
  putU32(head, 4, serial);
  putU32(head, 8, crc32(blocks, crc32(soa)));
  putU32(head, 12, soa.length);
  const beside = `${image}.new`;
  const fd = openSync(beside, 'w', 0o600);
  try {
    for (const piece of [head, soa, blocks]) writeWhole(fd, piece);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(beside, image);
}

/** Adds a change to the journal, durably, and sees to it that it stays within its bounds. */
export function appendJournal(paths: ZonePaths, old: ZoneContent, next: ZoneContent, difference: Difference): void {
  const body = Buffer.concat([old.soa, difference.deleted, next.soa, difference.added]);
  const head = new Uint8Array(SECTION_HEAD);
  [JOURNAL_MAGIC, old.serial, next.serial, body.length, crc32(body)].forEach((word, i) => {
    putU32(head, i * 4, word);
  });
  const { bytes, sections } = readJournal(paths, old.serial);
  const most = Math.max(LEAST_JOURNAL, next.blocks.length);
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
  /** Where the other blocks are. */
  readonly from: number;
  readonly end: number;
}

/** @returns undefined when there is none */
export function openImage({ image }: ZonePaths): OpenImage | undefined {
  const fd = openOrNone(image);
  if (fd === undefined) return undefined;
  const head = new Uint8Array(IMAGE_HEAD);
  const { size } = fstatSync(fd);
  if (readAt(fd, head, 0) && u32At(head, 0) === IMAGE_MAGIC) {
    const soa = new Uint8Array(Math.min(size, u32At(head, 12)));
    if (readAt(fd, soa, IMAGE_HEAD))
      return { fd, serial: u32At(head, 4), soa, from: IMAGE_HEAD + soa.length, end: size };
  }
  closeSync(fd);
  return undefined;
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

function openOrNone(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Fills an array from a file. @returns whether there was enough */
export function readAt(fd: number, into: Uint8Array, at: number): boolean {
  for (let got = 0; got < into.length; ) {
    const n = readSync(fd, into, got, into.length - got, at + got);
    if (n === 0) return false;
    got += n;
  }
  return true;
}

function writeWhole(fd: number, bytes: Uint8Array, at?: number): void {
  for (let put = 0; put < bytes.length; )
    put += writeSync(fd, bytes, put, bytes.length - put, at === undefined ? null : at + put);
}
