/**
 * A transfer on its way out: AXFR (RFC 5936) or IXFR (RFC 1995), read from files (zone-files.ts) a piece at a time, as fast as the other side takes it.
 * It holds two open files and one buffer, and nothing of the tables.
 */
import { closeSync, readSync } from 'node:fs';
import type { Transfer } from '../answer/transfers.ts';
import { isNewerSerial } from '../net/serial.ts';
import { BLOCK_HEAD, RECORD_HEAD, recordSize, u32At } from './blocks.ts';
import { openImage, openJournal, type Section, type ZonePaths } from './zone-files.ts';

/** A pointer to the question's name (RFC 1035 §4.1.4). */
const POINTER = Uint8Array.of(0xc0, 12);
/** Octets read of a file at once; more than any record and the head of its block. */
const BUFFER = 128 << 10;

interface Piece extends Section {
  /** A file, or octets in memory. */
  readonly of: number | Uint8Array;
}

export class Outgoing implements Transfer {
  isDone = false;
  records = 0;
  readonly #pieces: Piece[];
  readonly #files: number[];
  #bytes: Uint8Array = new Uint8Array(0);
  #buffer: Uint8Array | undefined;
  /** What of `bytes` was not looked at yet; and what of the piece's file was not read yet. */
  #at = 0;
  #end = 0;
  #next = 0;
  #left = 0;
  /** The block that is being written: its owner's labels, and octets of its records. */
  #owner: Uint8Array = new Uint8Array(0);
  #rest = 0;

  readonly #closed: () => void;

  private constructor(pieces: Piece[], files: number[], closed: () => void) {
    this.#pieces = pieces;
    this.#files = files;
    this.#closed = closed;
    this.#advance();
  }

  /**
   * @param known  the serial the other side has, for IXFR
   * @param closed called once, when the transfer is over
   * @returns undefined when nothing is there to be sent yet, 'refused' when nothing is to be
   */
  static open(paths: ZonePaths, known: number | undefined, closed: () => void): Outgoing | 'refused' | undefined {
    const image = openImage(paths);
    if (image === undefined || image === 'refused') return image;
    const { fd, serial, soa, from, end } = image;
    const ends: Piece = { of: soa, from: 0, end: soa.length };
    if (known !== undefined && !isNewerSerial(serial, known)) {
      // RFC 1995 §2: who has this serial or a newer one gets the SOA alone.
      closeSync(fd);
      return new Outgoing([ends], [], closed);
    }
    const changes = known === undefined ? undefined : openJournal(paths, known, serial);
    if (changes !== undefined) {
      const octets = changes.sections.reduce((sum, section) => sum + section.end - section.from, 0);
      if (octets < end - from) {
        closeSync(fd);
        return new Outgoing(
          [ends, ...changes.sections.map((s) => ({ ...s, of: changes.fd })), ends],
          [changes.fd],
          closed,
        );
      }
      closeSync(changes.fd);
    }
    return new Outgoing([ends, { of: fd, from, end }, ends], [fd], closed);
  }

  fill(m: Uint8Array, from: number, soft: number, hard: number): number {
    let p = from;
    this.records = 0;
    while (!this.isDone) {
      if (this.#rest === 0 && !this.#beginBlock()) break;
      this.#want(RECORD_HEAD);
      const bytes = this.#bytes;
      const size = recordSize(bytes, this.#at);
      const owner = this.#owner.length + POINTER.length;
      if (p + owner + size > (this.records === 0 ? hard : soft)) {
        if (this.records === 0) throw new Error('a record is larger than a message');
        return p;
      }
      this.#want(size);
      m.set(this.#owner, p);
      m.set(POINTER, p + this.#owner.length);
      m.set(this.#bytes.subarray(this.#at, this.#at + size), p + owner);
      p += owner + size;
      this.#at += size;
      this.#rest -= size;
      this.records++;
    }
    return p;
  }

  close(): void {
    if (this.isDone) return;
    this.isDone = true;
    this.#closed();
    for (const fd of this.#files.splice(0)) closeSync(fd);
    this.#pieces.length = 0;
    this.#buffer = undefined;
  }

  /** @returns false when there is none left */
  #beginBlock(): boolean {
    while (this.#at === this.#end && this.#left === 0) {
      if (!this.#advance()) {
        this.close();
        return false;
      }
    }
    this.#want(BLOCK_HEAD);
    const labels = this.#bytes[this.#at + 4];
    this.#rest = u32At(this.#bytes, this.#at);
    this.#want(BLOCK_HEAD + labels);
    this.#owner = new Uint8Array(this.#bytes.subarray(this.#at + BLOCK_HEAD, this.#at + BLOCK_HEAD + labels));
    this.#at += BLOCK_HEAD + labels;
    return true;
  }

  /** Goes on with the next piece. */
  #advance(): boolean {
    const piece = this.#pieces.shift();
    if (piece === undefined) return false;
    const { of, from, end } = piece;
    if (typeof of === 'number') {
      this.#buffer ??= new Uint8Array(BUFFER);
      this.#bytes = this.#buffer;
      this.#file = of;
      this.#at = this.#end = 0;
      this.#next = from;
      this.#left = end - from;
    } else {
      this.#bytes = of;
      this.#at = from;
      this.#end = end;
      this.#left = 0;
    }
    return true;
  }

  #file = -1;

  /** Sees to it that so many octets lie at `at`. */
  #want(octets: number): void {
    if (this.#end - this.#at >= octets) return;
    const bytes = this.#bytes;
    bytes.copyWithin(0, this.#at, this.#end);
    this.#end -= this.#at;
    this.#at = 0;
    while (this.#end < octets || (this.#left > 0 && this.#end < bytes.length)) {
      const got = readSync(this.#file, bytes, this.#end, Math.min(this.#left, bytes.length - this.#end), this.#next);
      if (got === 0) throw new Error('a file of a transfer ends too early');
      this.#end += got;
      this.#next += got;
      this.#left -= got;
    }
  }
}
