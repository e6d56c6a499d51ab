/**
 * The image of a zone: what is transferred, as a file.
 *
 *     u32 magic, serial, CRC-32, octets of the SOA's block, octets of its signatures' block    then these two blocks, and those of all other records (blocks.ts)
 *
 * The signatures of the SOA stand apart because they change with every serial. Where there are any the zone is signed, and its other blocks are in canonical order
 * (canonical-order.ts): one that is as large as memory is read and written from the first to the last, a piece at a time. The CRC is of the other blocks, then of the SOA,
 * then of its signatures. A zone that may not be transferred has an image of four octets that says so.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { BLOCK_HEAD, BlockWriter, blockSize, putU32, u32At } from './blocks.ts';

const MAGIC = 0x535a4932;
const REFUSED = 0x535a4e4f;
export const IMAGE_HEAD = 20;
/** Octets that are read or written at once. */
const PIECE = 1 << 20;

/** What an image has beside the blocks of its records. */
export interface Ends {
  readonly serial: number;
  /** The block of the SOA, and that of its signatures: of no octets where the zone isn't signed. */
  readonly soa: Uint8Array;
  readonly signature: Uint8Array;
}

export interface ImageHead {
  readonly serial: number;
  readonly crc: number;
  readonly soa: number;
  readonly signature: number;
}

/** @returns undefined where the octets begin no image */
export function headAt(bytes: Uint8Array): ImageHead | undefined {
  if (bytes.length < IMAGE_HEAD || u32At(bytes, 0) !== MAGIC) return undefined;
  return { serial: u32At(bytes, 4), crc: u32At(bytes, 8), soa: u32At(bytes, 12), signature: u32At(bytes, 16) };
}

/** Whether an image says that its zone is not transferred. */
export function isRefusal(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && u32At(bytes, 0) === REFUSED;
}

/** Writes an image beside the one there is, from its first block to its last. */
export class ImageWriter {
  /** Blocks are written here; then call `flush`. */
  readonly out = new BlockWriter(PIECE);
  readonly #path: string;
  readonly #fd: number;
  /** Octets that the blocks of the SOA and of its signatures take. */
  readonly #ends: number;
  #at: number;
  #crc = 0;
  #isOpen = true;

  /** @param soa, signature octets of these blocks, which are known last */
  constructor(path: string, soa: number, signature: number) {
    this.#path = path;
    this.#ends = soa + signature;
    this.#at = IMAGE_HEAD + this.#ends;
    this.#fd = openSync(`${path}.new`, 'w', 0o600);
  }

  /** Octets of the file so far. */
  get octets(): number {
    return this.#at + this.out.octets;
  }

  /** Writes to the file what has come together. @param all whatever it is; else only what is worth a call */
  flush(all = false): void {
    const { out } = this;
    if (out.octets === 0 || (!all && out.octets < PIECE)) return;
    this.put(out.view());
    out.clear();
  }

  /** Writes blocks that lie elsewhere. */
  put(blocks: Uint8Array): void {
    this.#crc = crc32(blocks, this.#crc);
    writeWhole(this.#fd, blocks, this.#at);
    this.#at += blocks.length;
  }

  /** Makes it the image that is sent. */
  commit({ serial, soa, signature }: Ends): void {
    this.flush(true);
    if (soa.length + signature.length !== this.#ends) throw new Error('the SOA of an image takes another place');
    const head = new Uint8Array(IMAGE_HEAD + this.#ends);
    const crc = crc32(signature, crc32(soa, this.#crc));
    [MAGIC, serial, crc, soa.length, signature.length].forEach((word, i) => {
      putU32(head, i * 4, word);
    });
    head.set(soa, IMAGE_HEAD);
    head.set(signature, IMAGE_HEAD + soa.length);
    writeWhole(this.#fd, head, 0);
    fsyncSync(this.#fd);
    this.#close();
    renameSync(`${this.#path}.new`, this.#path);
  }

  /** Leaves the image that there is, unless `commit` has replaced it. */
  discard(): void {
    if (!this.#isOpen) return;
    this.#close();
    rmSync(`${this.#path}.new`, { force: true });
  }

  #close(): void {
    this.#isOpen = false;
    closeSync(this.#fd);
  }
}

/** Says in place of an image that the zone is not transferred. */
export function writeRefusal(path: string): void {
  const bytes = new Uint8Array(4);
  putU32(bytes, 0, REFUSED);
  const fd = openSync(`${path}.new`, 'w', 0o600);
  try {
    writeWhole(fd, bytes, 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.new`, path);
}

/** Reads an image from its first block to its last. */
export class ImageReader {
  readonly ends: Ends;
  /** Octets of the whole file. */
  readonly octets: number;
  /** The block that was come to: at `at` in `bytes`, which are good until `next`. */
  bytes: Uint8Array = new Uint8Array(PIECE);
  at = 0;
  isDone = false;
  readonly #fd: number;
  readonly #crc: number;
  #sum = 0;
  #end = 0;
  #next: number;

  private constructor(fd: number, octets: number, crc: number, ends: Ends) {
    this.#fd = fd;
    this.octets = octets;
    this.#crc = crc;
    this.ends = ends;
    this.#next = IMAGE_HEAD + ends.soa.length + ends.signature.length;
    this.#come();
  }

  /** @returns undefined where there is no image of a signed zone */
  static open(path: string): ImageReader | undefined {
    const fd = openOrNone(path);
    if (fd === undefined) return undefined;
    const { size } = fstatSync(fd);
    const bytes = new Uint8Array(IMAGE_HEAD);
    const head = readAt(fd, bytes, 0) ? headAt(bytes) : undefined;
    if (head !== undefined && head.signature > 0 && head.soa + head.signature <= size) {
      const soa = new Uint8Array(head.soa);
      const signature = new Uint8Array(head.signature);
      if (readAt(fd, soa, IMAGE_HEAD) && readAt(fd, signature, IMAGE_HEAD + head.soa))
        return new ImageReader(fd, size, head.crc, { serial: head.serial, soa, signature });
    }
    closeSync(fd);
    return undefined;
  }

  next(): void {
    this.at += blockSize(this.bytes, this.at);
    this.#come();
  }

  /** Whether it is as it was written. Ask at its end. */
  get isWhole(): boolean {
    const { soa, signature } = this.ends;
    return this.isDone && crc32(signature, crc32(soa, this.#sum)) === this.#crc;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #come(): void {
    if (this.#want(BLOCK_HEAD) && this.#want(blockSize(this.bytes, this.at))) return;
    this.isDone = true;
  }

  /** Sees to it that so many octets lie at `at`. @returns false at the end of the file */
  #want(octets: number): boolean {
    if (this.#end - this.at >= octets) return true;
    if (this.#next + octets - (this.#end - this.at) > this.octets) return false;
    const from = this.bytes;
    if (octets > from.length) this.bytes = new Uint8Array(octets * 2);
    this.bytes.set(from.subarray(this.at, this.#end));
    this.#end -= this.at;
    this.at = 0;
    while (this.#end < octets) {
      const room = Math.min(this.bytes.length - this.#end, this.octets - this.#next);
      const got = readSync(this.#fd, this.bytes, this.#end, room, this.#next);
      if (got === 0) return false;
      this.#sum = crc32(this.bytes.subarray(this.#end, this.#end + got), this.#sum);
      this.#end += got;
      this.#next += got;
    }
    return true;
  }
}

export function openOrNone(path: string): number | undefined {
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

export function writeWhole(fd: number, bytes: Uint8Array, at: number): void {
  for (let put = 0; put < bytes.length; ) put += writeSync(fd, bytes, put, bytes.length - put, at + put);
}
