/**
 * Goes through the records a zone has now, and the signed image there is of it, side by side in canonical order, and writes the image that is to be: DNSKEYs, the
 * chain of denial (NSEC, or NSEC3 for a zone that is to have it), and signatures, of which all stay that still can. What differs is noted on the way. So of a signed zone, which is some seven times as large as its
 * records alone, no more than a piece is in memory.
 */
import { TypeSet } from '../dnssec/nsec.ts';
import type { ZoneKeys } from '../dnssec/zone-keys.ts';
import { MAX_NAME, RRType } from '../wire/constants.ts';
import { addTypes, isSigned, Place, placesOf } from './authority.ts';
import { BLOCK_HEAD, BlockWriter, blockSize, RECORD_HEAD, recordSize, recordsAt, typeAt, u32At } from './blocks.ts';
import { compareBlocks, inOrder } from './canonical-order.ts';
import type { ImageReader, ImageWriter } from './image-file.ts';
import { nsec3Blocks } from './nsec3-chain.ts';
import { type RRsetSigner, ttlAt } from './rrset-signer.ts';
import { sameBlock, without, type ZoneContent } from './zone-content.ts';

/** Milliseconds until others may run, and owners between two looks at the clock. */
const SLICE_MS = 10;
const LOOK_AT_CLOCK = 16;
/** Octets of the largest NSEC RDATA: a name, and all 256 windows. */
const MOST_NSEC = MAX_NAME + 256 * 34;
const NOTHING = new Uint8Array(0);
/** No block. */
const NONE = -1;

/** What differs between two images, as far as a journal would take it. */
export class Changes {
  readonly deleted = new BlockWriter();
  readonly added = new BlockWriter();
  differs = false;
  isTooMuch = false;
  readonly #most: number;

  /** @param most octets */
  constructor(most: number) {
    this.#most = most;
  }

  /** @param old, next places of blocks of one owner in `was` and `is`; NONE where there is none */
  note(was: Uint8Array, old: number, is: Uint8Array, next: number): void {
    if (old !== NONE && next !== NONE && sameBlock(was, old, is, next)) return;
    this.differs = true;
    if (this.isTooMuch) return;
    if (old === NONE) this.added.copy(is, next);
    else if (next === NONE) this.deleted.copy(was, old);
    else {
      without(this.deleted, was, old, is, next);
      without(this.added, is, next, was, old);
    }
    this.isTooMuch = this.deleted.octets + this.added.octets > this.#most;
  }
}

export class SigningPass {
  readonly #now: ZoneContent;
  readonly #keys: ZoneKeys;
  readonly #before: ImageReader | undefined;
  readonly #signer: RRsetSigner;
  readonly #writer: ImageWriter;
  readonly #changes: Changes;
  readonly #breathe: () => Promise<void>;
  readonly #types = new TypeSet();
  readonly #rdata = new Uint8Array(MOST_NSEC);
  readonly #negativeTtl: number;
  #order: Uint32Array = new Uint32Array(0);
  #places: Uint8Array = NOTHING;

  constructor(
    now: ZoneContent,
    keys: ZoneKeys,
    before: ImageReader | undefined,
    signer: RRsetSigner,
    writer: ImageWriter,
    changes: Changes,
    breathe: () => Promise<void>,
  ) {
    this.#now = now;
    this.#keys = keys;
    this.#before = before;
    this.#signer = signer;
    this.#writer = writer;
    this.#changes = changes;
    this.#breathe = breathe;
    // RFC 9077 §3: as long as what it denies may be taken for denied.
    this.#negativeTtl = Math.min(ttlAt(now.soa, recordsAt(now.soa, 0)), u32At(now.soa, now.soa.length - 4));
  }

  async run(): Promise<void> {
    const { blocks, count } = this.#now;
    this.#order = await inOrder(blocks, count, this.#breathe);
    this.#places = await placesOf(blocks, this.#order, this.#breathe);
    if (!isApex(blocks, this.#order[0])) throw new Error('the apex owns nothing but its SOA');
    const hashed = await this.#hashed();
    let until = performance.now() + SLICE_MS;
    for (let i = 0, h = 0, seen = 0; i < this.#order.length || h < hashed.length; seen++) {
      const at = this.#order[i];
      // Owners of NSEC3 come where their hashes are among the zone's own.
      if (h < hashed.length && (i === this.#order.length || compareBlocks(hashed, h, blocks, at) < 0)) {
        this.#block(hashed, h, () => this.#records(hashed, h, Place.OWN));
        h += blockSize(hashed, h);
      } else {
        this.#block(blocks, at, () => this.#owner(i));
        i++;
      }
      if (seen % LOOK_AT_CLOCK === 0 && performance.now() > until) {
        await this.#breathe();
        until = performance.now() + SLICE_MS;
      }
    }
    const before = this.#before;
    for (; before?.isDone === false; before.next()) this.#changes.note(before.bytes, before.at, NOTHING, NONE);
  }

  /** Writes the block of an owner, whose records `write` writes. @param at its block in `from` */
  #block(from: Uint8Array, at: number, write: () => void): void {
    const before = this.#before;
    const { out } = this.#writer;
    let old = NONE;
    for (; before?.isDone === false; before.next()) {
      const order = compareBlocks(before.bytes, before.at, from, at);
      if (order === 0) old = before.at;
      if (order >= 0) break;
      this.#changes.note(before.bytes, before.at, NOTHING, NONE);
    }
    const was = before?.bytes ?? NOTHING;
    if (old !== NONE && isApex(from, at)) this.#signer.trust(was, old);
    this.#signer.begin(from, at + BLOCK_HEAD, recordsAt(from, at), was, old);
    out.begin(from, at + BLOCK_HEAD, recordsAt(from, at));
    write();
    out.finish();
    this.#changes.note(was, old, out.view(), out.last);
    if (old !== NONE) before?.next();
    this.#writer.flush();
  }

  #hashed(): Promise<Uint8Array> {
    const { apex, denial, types } = this.#keys;
    if (denial !== 'nsec3') return Promise.resolve(NOTHING);
    const of = { apex, blocks: this.#now.blocks, order: this.#order, places: this.#places };
    const apexTypes = [RRType.SOA, ...types];
    return nsec3Blocks({ ...of, apexTypes, ttl: this.#negativeTtl }, this.#breathe);
  }

  #owner(i: number): void {
    const { blocks } = this.#now;
    const place = this.#places[i];
    this.#records(blocks, this.#order[i], place);
    if (i === 0) this.#apex();
    if (place !== Place.BELOW && this.#keys.denial !== 'nsec3') this.#nsec(i);
  }

  /** Writes the records of a block, and what signatures they have. */
  #records(blocks: Uint8Array, at: number, place: number): void {
    const signer = this.#signer;
    const { out } = this.#writer;
    const end = at + blockSize(blocks, at);
    for (let p = recordsAt(blocks, at); p < end; ) {
      const type = typeAt(blocks, p);
      const ttl = ttlAt(blocks, p);
      for (; p < end && typeAt(blocks, p) === type; p += recordSize(blocks, p))
        signer.rdata(blocks, p + RECORD_HEAD, p + recordSize(blocks, p));
      if (isSigned(place, type)) signer.sign(out, type, ttl);
      else signer.write(out, type, ttl);
    }
  }

  /** What signing has at the apex: DNSKEY, and more. */
  #apex(): void {
    const keys = this.#keys;
    for (const type of keys.types) {
      const rdatas = keys.rrset(type) ?? NOTHING;
      for (let p = 0; p < rdatas.length; ) {
        const end = p + 2 + ((rdatas[p] << 8) | rdatas[p + 1]);
        this.#signer.rdata(rdatas, p + 2, end);
        p = end;
      }
      this.#signer.sign(this.#writer.out, type, keys.ttl(type));
    }
  }

  /** RFC 4035 §2.3: of every owner but those below cuts; an empty non-terminal owns nothing, so it has none. The last leads back to the apex. */
  #nsec(i: number): void {
    const { blocks } = this.#now;
    const order = this.#order;
    let next = i + 1;
    while (next < order.length && this.#places[next] === Place.BELOW) next++;
    const rdata = this.#rdata;
    let end = 0;
    if (next < order.length) {
      for (let p = order[next] + BLOCK_HEAD, to = recordsAt(blocks, order[next]); p < to; p++) rdata[end++] = blocks[p];
    }
    for (const octet of this.#keys.apex) rdata[end++] = octet;
    const types = this.#types;
    types.clear();
    addTypes(types, blocks, order[i], this.#places[i]);
    if (i === 0) {
      types.add(RRType.SOA);
      for (const type of this.#keys.types) types.add(type);
    }
    types.add(RRType.RRSIG);
    types.add(RRType.NSEC);
    this.#signer.rdata(rdata, 0, types.write(rdata, end));
    this.#signer.sign(this.#writer.out, RRType.NSEC, this.#negativeTtl);
  }
}

function isApex(blocks: Uint8Array, at: number): boolean {
  return recordsAt(blocks, at) === at + BLOCK_HEAD;
}
