/**
 * What a large zone file is made of, kept from one load to the next so that only what changed is read again:
 *
 *     | other | plain hosts | plain hosts | other | plain hosts |        each a stretch of octets with its digest
 *                  │             └─ [first, end) of the base's nodes: the hosts it declares, and no other node
 *                  └─ means the same wherever it stands between other plain hosts of the same origin
 *
 * A file is compared from both ends; what lies between is the change. It can be read alone if it was plain hosts and still is (delta.ts); for anything
 * else the whole file is read.
 */
import { hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { Node } from '../tables/layout.ts';
import type { Progress, ReadingState } from '../zone/source.ts';
import type { ZoneBuilder } from './zone-builder.ts';

export interface Stretch {
  /** Octets. */
  readonly length: number;
  readonly digest: string;
  /** Undefined for anything but plain hosts. */
  readonly plain: PlainStretch | undefined;
}

export interface PlainStretch {
  /** Ranges of the base's nodes: first and end, alternating. Hosts that are gone by now are still in them, hidden by the overlay. */
  readonly ranges: readonly number[];
  /** Keys (zone-set.ts `nameKey`) of hosts that came after the base was made. */
  readonly added: ReadonlySet<string>;
  /** What its names are completed with. */
  readonly origin: Uint8Array | undefined;
  /** What is handed down to what follows, the owner only where it may be taken (`ReadingState.tail`). */
  readonly tail: string;
}

/** Plain hosts of fewer octets than this between others are not worth a stretch of their own. */
export const LEAST_PLAIN = 1 << 14;
/** The largest change that is read alone; what is larger costs nearly what the whole file does. */
const MOST_CHANGED = 1 << 22;

/** Notes the stretches of a file while a builder takes its records. */
export class StretchRecorder implements Progress {
  readonly #builder: ZoneBuilder;
  readonly #least: number;
  readonly #list: Stretch[] = [];
  #start = 0;
  /** Where plain hosts began, and what the builder had then. */
  #plainFrom = 0;
  #node = 0;
  #hosts = 0;
  #origin: Uint8Array | undefined;
  #mark = 0;
  #markNode = 0;
  #markHosts = 0;
  #markTail = '';

  constructor(builder: ZoneBuilder, least = LEAST_PLAIN) {
    this.#builder = builder;
    this.#least = least;
  }

  mark(at: number, state: ReadingState, inherits: boolean): void {
    this.#mark = at;
    this.#markNode = this.#builder.writer.nodeEnd;
    this.#markHosts = this.#builder.hosts;
    if (at - this.#plainFrom >= this.#least) this.#markTail = state.tail(inherits);
  }

  other(bytes: Uint8Array, to: number, origin: Uint8Array | undefined): void {
    const mark = this.#mark;
    if (mark - this.#plainFrom >= this.#least) {
      this.#add(bytes, this.#start, this.#plainFrom);
      this.#addPlain(bytes, mark, this.#markNode, this.#markHosts, this.#markTail);
      this.#start = mark;
    }
    this.#begin(to);
    this.#origin = origin;
  }

  leave(bytes: Uint8Array, at: number, state: ReadingState, inherits: boolean): void {
    this.#add(bytes, this.#start, this.#plainFrom);
    if (at > this.#plainFrom) {
      this.#addPlain(bytes, at, this.#builder.writer.nodeEnd, this.#builder.hosts, state.tail(inherits));
    }
    this.enter(at);
  }

  enter(at: number): void {
    this.#start = at;
    this.#begin(at);
  }

  /** The stretches; undefined when none is plain: then there is nothing to be saved by them. */
  finish(): readonly Stretch[] | undefined {
    return this.#list.some(({ plain }) => plain !== undefined) ? this.#list : undefined;
  }

  #begin(at: number): void {
    this.#plainFrom = at;
    this.#node = this.#builder.writer.nodeEnd;
    this.#hosts = this.#builder.hosts;
  }

  #add(bytes: Uint8Array, from: number, to: number, plain?: PlainStretch): void {
    if (to <= from) return;
    this.#list.push({ length: to - from, digest: digestOf(bytes.subarray(from, to)), plain });
  }

  #addPlain(bytes: Uint8Array, to: number, end: number, hosts: number, tail: string): void {
    const first = this.#node;
    const isOwn = this.#areOwn(first, end, hosts - this.#hosts);
    const plain = isOwn ? { ranges: [first, end], added: new Set<string>(), origin: this.#origin, tail } : undefined;
    this.#add(bytes, this.#plainFrom, to, plain);
  }

  /** Whether the nodes in a range are just the hosts declared since its beginning: none was there before as an ancestor, and none is one only. */
  #areOwn(first: number, end: number, hosts: number): boolean {
    const { writer } = this.#builder;
    let nodes = 0;
    for (let node = first; node < end; node = writer.after(node)) {
      if (writer.word(node, Node.DECLARED) === 0) return false;
      nodes++;
    }
    return nodes === hosts;
  }
}

/** What lies between what is the same at both ends of a file. */
export interface Change {
  /** Stretches [first, end) of the old file are no more. */
  readonly first: number;
  readonly end: number;
  /** What stands there now. */
  readonly bytes: Uint8Array;
}

/**
 * Compares a file with the stretches it had.
 * @returns undefined when what differs is more than plain hosts, or too much to be read apart
 * @throws the system's error when the file can't be read
 */
export function findChange(file: string, list: readonly Stretch[]): Change | undefined {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const buffer = new Uint8Array(list.reduce((most, { length }) => Math.max(most, length), 0));
    const isSame = (at: number, { length, digest }: Stretch): boolean => {
      const bytes = buffer.subarray(0, length);
      return readAt(fd, at, bytes) && digestOf(bytes) === digest;
    };
    let first = 0;
    let from = 0;
    while (first < list.length && from + list[first].length <= size && isSame(from, list[first])) {
      from += list[first++].length;
    }
    let end = list.length;
    let to = size;
    while (end > first && to - list[end - 1].length >= from && isSame(to - list[end - 1].length, list[end - 1])) {
      to -= list[--end].length;
    }
    // Between two stretches something was put in: as part of the one before, or behind.
    if (first === end) {
      if (first > 0 && list[first - 1].plain !== undefined) from -= list[--first].length;
      else if (end < list.length && list[end].plain !== undefined) to += list[end++].length;
    }
    if (first === end || to - from > MOST_CHANGED) return undefined;
    if (list.slice(first, end).some(({ plain }) => plain === undefined)) return undefined;
    const bytes = new Uint8Array(to - from);
    if (!readAt(fd, from, bytes)) return undefined;
    // An entry whose line does not end would go on in what follows.
    return bytes.length > 0 && bytes[bytes.length - 1] !== 0x0a ? undefined : { first, end, bytes };
  } finally {
    closeSync(fd);
  }
}

/** Whether so much could be read; the file may have become shorter. */
function readAt(fd: number, at: number, into: Uint8Array): boolean {
  for (let got = 0; got < into.length; ) {
    const n = readSync(fd, into, got, into.length - got, at + got);
    if (n === 0) return false;
    got += n;
  }
  return true;
}

export function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64');
}
