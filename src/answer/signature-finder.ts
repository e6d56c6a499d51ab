/**
 * Signatures for the fast path: those a worker keeps (kept-signatures.ts), and else those of the cache that all workers share (dnssec/signature-cache.ts).
 *
 * What wildcards and denials make up has a table of its own, so that a flood of such names pushes out no name that is in a zone.
 */
import type { Signer } from '../dnssec/signer.ts';
import type { SigningKey } from '../dnssec/zone-keys.ts';
import { RRType } from '../wire/constants.ts';
import { copy, copyOctets } from '../wire/copy-octets.ts';
import type { Suffixes } from '../zone/suffixes.ts';
import { NOBODY } from './client.ts';
import { RDLENGTH, RECORD_HEAD, writeHead } from './copied-record.ts';
import { KeptSignatures, SignedRecords } from './kept-signatures.ts';

/** Signatures kept of names in zones, as a power of two, and octets of the longest records. */
const PLACES_BITS = 12;
const MOST_RECORDS = 48;
/** Of names made up: their names, and an NSEC with such a name. */
const MADE_UP_BITS = 13;
const MOST_MADE_UP_NAME = 64;
const MOST_MADE_UP_RECORDS = 96;
/** Of what is found and not kept. */
const LONGEST_RDATA = 512;

export class SignatureFinder {
  readonly #signer: Signer;
  readonly #of = new SignedRecords();
  readonly #byNode = new KeptSignatures(PLACES_BITS, 0, MOST_RECORDS);
  readonly #madeUp = new KeptSignatures(MADE_UP_BITS, MOST_MADE_UP_NAME, MOST_MADE_UP_RECORDS);
  readonly #other = new Uint8Array(LONGEST_RDATA);
  readonly #otherView = new DataView(this.#other.buffer);
  // Where the RDATA found last is.
  #view = this.#otherView;
  #at = 0;
  #length = 0;

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /** Octets of the record with the signature found. */
  get size(): number {
    return RECORD_HEAD + RDLENGTH + this.#length;
  }

  /** Says what signature is looked for next (SignedRecords). */
  begin(
    key: SigningKey,
    type: number,
    original: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    now: number,
  ): void {
    const of = this.#of;
    of.key = key;
    of.type = type;
    of.original = original;
    of.bytes = bytes;
    of.from = from;
    of.to = to;
    of.now = now;
  }

  /** Looks for it among those kept of nodes. @param version of the tables */
  findKept(node: number, version: number): boolean {
    const kept = this.#byNode;
    if (!kept.find(node, version, NOBODY, 0, this.#of)) return false;
    this.#take(kept);
    return true;
  }

  /** Looks for it in the cache, and keeps one that was found before. @param name the node's */
  find(apex: Uint8Array, name: Suffixes, node: number, version: number): boolean {
    if (!this.#lookUp(apex, name, false)) return false;
    this.#keep(this.#byNode, node, version, NOBODY, 0);
    return true;
  }

  /** Looks for it where the name is not in the zone: among those kept, then in the cache, as `find` does. @param name whole */
  findMadeUp(apex: Uint8Array, name: Suffixes): boolean {
    const kept = this.#madeUp;
    const id = name.hash(0);
    if (kept.find(id, 0, name.name, name.end, this.#of)) {
      this.#take(kept);
      return true;
    }
    if (!this.#lookUp(apex, name, true)) return false;
    this.#keep(kept, id, 0, name.name, name.end);
    return true;
  }

  #lookUp(apex: Uint8Array, name: Suffixes, madeUp: boolean): boolean {
    const signer = this.#signer;
    const { key, type, original, bytes, from, to, now } = this.#of;
    signer.begin(apex, name.name, 0, name.end, type, original, now);
    signer.records(bytes, from, to);
    return key !== undefined && signer.find(key, madeUp);
  }

  /** Keeps what was looked up, if it was found before: the shared cache goes by what is found in it again to tell which names are hot. */
  #keep(kept: KeptSignatures, id: number, version: number, name: Uint8Array, nameEnd: number): void {
    const { octets, headEnd, signature, until, wasFound } = this.#signer;
    if (wasFound && kept.keep(id, version, name, nameEnd, this.#of, until, octets, headEnd, signature)) {
      this.#take(kept);
      return;
    }
    this.#view = this.#otherView;
    this.#at = 0;
    this.#length = copy(signature, 0, signature.length, this.#other, copy(octets, 0, headEnd, this.#other, 0));
  }

  #take({ view, at, length }: KeptSignatures): void {
    this.#view = view;
    this.#at = at;
    this.#length = length;
  }

  /** Writes the record with the signature found. @param view of `m` @returns the octet after it */
  write(m: Uint8Array, view: DataView, at: number, owner: number, ttl: number): number {
    const length = this.#length;
    const p = writeHead(m, at, owner, RRType.RRSIG, ttl);
    m[p] = length >>> 8;
    m[p + 1] = length;
    copyOctets(this.#view, this.#at, length, view, p + RDLENGTH);
    return p + RDLENGTH + length;
  }
}
