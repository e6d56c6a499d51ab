/**
 * A signer's index of what is asked for again and again, so that it is signed before it is needed: what has been signed stays signed when the next period comes, and a steered
 * host has the signatures of all addresses that its service has in any group, so that a move, a failure or a way back signs nothing.
 *
 *     asked for, and signed ──> candidate ──found at least twice more──> hot ──not found for HOT_FOR──> forgotten
 *
 * What was found, and when, workers note in the cache (dnssec/signature-cache.ts). Everything else follows from the time of the moment: a clock that was set is followed by the next look.
 * Only so much is kept ready as half the cache holds; what was found last comes first.
 */
import { LRUCache } from 'lru-cache';
import { hash128 } from '../../dnssec/half-siphash.ts';
import { Known, type SignatureCache } from '../../dnssec/signature-cache.ts';
import { expirationOf, inceptionOf, windowStart } from '../../dnssec/window.ts';
import type { SigningKey } from '../../dnssec/zone-keys.ts';
import { RRType } from '../../wire/constants.ts';
import { formatName } from '../../wire/name.ts';
import { hashOfState, hashStep } from '../../zone/suffixes.ts';

/** How long before a period begins its signatures are made, in seconds. Periods begin at another time for every name, so this is spread too. */
const LEAD = 3600;
/** How long a name is kept ready after it was found last, in seconds: a few ticks of the cache's clock, and over the beginning of a period. */
const HOT_FOR = 4 * 3600;
/** Ticks since a signature was found in which it counts as found lately. */
const LATELY = 1;
const MOST_HOT = 16_384;
const MOST_CANDIDATES = 8192;
const MOST_MADE_UP = 2048;
/** Looked up between two looks at what is asked for. */
const SLICE = 64;
/** Offsets in RRSIG RDATA (RFC 4034 §3.1). */
const TYPE_AT = 0;
const EXPIRATION_AT = 8;
const INCEPTION_AT = 12;
const SIGNER_AT = 18;
/** Octets of a record between its owner and its RDATA. */
const RECORD_FIXED = 10;

/** Addresses that answer in each other's place: a service's, in all groups that have one of it. */
export interface Alternatives {
  readonly ipv4: readonly Uint8Array[];
  readonly ipv6: readonly Uint8Array[];
}

/** Makes a signature and keeps it. @returns false when it can't be made */
export type Sign = (octets: Uint8Array, key: SigningKey, hash: Int32Array, madeUp: boolean) => boolean;

/** What is signed, with the times left open; of a steered host with the address left open too. */
interface Hot {
  readonly octets: Uint8Array;
  readonly words: Int32Array;
  readonly length: number;
  readonly key: SigningKey;
  readonly madeUp: boolean;
  /** Of the owner's name, by which periods begin. */
  readonly ownerHash: number;
  /** Octets of the one address at the end; 0 when it is something else. */
  readonly addressOctets: number;
  /** When it was last seen to be found, in Unix seconds. */
  foundAt: number;
}

export class HotSignatures {
  readonly #cache: SignatureCache;
  readonly #sign: Sign;
  readonly #hot: LRUCache<string, Hot>;
  readonly #candidates = new LRUCache<string, Hot>({ max: MOST_CANDIDATES });
  /** Below wildcards: floods of these push out no others. */
  readonly #madeUp = new LRUCache<string, Hot>({ max: MOST_MADE_UP });
  readonly #hash = new Int32Array(4);
  /** By address, those that may be answered instead, itself included. */
  #alternatives: ReadonlyMap<string, readonly Uint8Array[]> = new Map();
  #sweep: Generator<void> | undefined;

  constructor(cache: SignatureCache, sign: Sign) {
    this.#cache = cache;
    this.#sign = sign;
    this.#hot = new LRUCache({ max: Math.min(MOST_HOT, cache.room / 2) });
  }

  /** How many names and types are kept ready. */
  get size(): number {
    return this.#hot.size;
  }

  set alternatives(services: readonly Alternatives[]) {
    const byAddress = new Map<string, Uint8Array[]>();
    for (const { ipv4, ipv6 } of services)
      for (const addresses of [ipv4, ipv6])
        for (const address of addresses) {
          const known = byAddress.get(text(address)) ?? [];
          byAddress.set(text(address), [
            ...known,
            ...addresses.filter((one) => !known.some((each) => same(each, one))),
          ]);
        }
    this.#alternatives = byAddress;
  }

  /** Something was asked for, and signed. @param octets what was signed: `length` of it */
  note(octets: Uint8Array, length: number, key: SigningKey, madeUp: boolean): void {
    const type = (octets[TYPE_AT] << 8) | octets[TYPE_AT + 1];
    // Nobody asks twice for what denies a name that isn't there but who means harm.
    if (madeUp && (type === RRType.NSEC || type === RRType.NSEC3)) return;
    const owner = nameEnd(octets, SIGNER_AT);
    const ownerEnd = nameEnd(octets, owner);
    const rdata = ownerEnd + RECORD_FIXED;
    const addressOctets = type === RRType.A ? 4 : type === RRType.AAAA ? 16 : 0;
    const isOne = addressOctets > 0 && length === rdata + addressOctets;
    const isSteered = isOne && this.#alternatives.has(text(octets.subarray(rdata, length)));
    const name = `${text(octets.subarray(0, EXPIRATION_AT))}${text(octets.subarray(SIGNER_AT - 2, isSteered ? rdata : length))}`;
    if (this.#hot.get(name) !== undefined) return;
    const candidates = madeUp ? this.#madeUp : this.#candidates;
    if (candidates.get(name) !== undefined) return;
    // A whole word behind the end: the hash reads it.
    const own = new Uint8Array((length + 8) & ~3);
    own.set(octets.subarray(0, length));
    let state = 0;
    for (let i = owner; i < ownerEnd; i++) state = hashStep(state, own[i]);
    candidates.set(name, {
      octets: own,
      words: new Int32Array(own.buffer),
      length,
      key,
      madeUp,
      ownerHash: hashOfState(state),
      addressOctets: isSteered ? addressOctets : 0,
      foundAt: 0,
    });
  }

  /**
   * Does a part of the work: no more than one signature.
   * @returns false when it has been through all
   */
  step(): boolean {
    this.#sweep ??= this.#through();
    if (this.#sweep.next().done !== true) return true;
    this.#sweep = undefined;
    return false;
  }

  /** Looks at all of it once. Yields after each signature, and every SLICE look-ups. */
  *#through(): Generator<void> {
    const now = Math.floor(Date.now() / 1000);
    this.#cache.now = now;
    let looked = 0;
    for (const candidates of [this.#candidates, this.#madeUp])
      for (const [name, one] of [...candidates.entries()]) {
        if (this.#isFound(one, now)) {
          candidates.delete(name);
          this.#hot.set(name, one);
        }
        if (++looked % SLICE === 0) yield;
      }
    let ready = 0;
    const most = this.#cache.room / 2;
    for (const [name, one] of [...this.#hot.entries()]) {
      const isFound = this.#isFound(one, now);
      if (isFound) this.#hot.get(name);
      if (!isFound && Math.abs(now - one.foundAt) > HOT_FOR) this.#hot.delete(name);
      else
        for (const start of startsOf(one, now))
          for (const address of this.#answersOf(one)) {
            if (++ready > most) return;
            this.#look(one, start, address);
            if (this.#cache.known(this.#hash, one.madeUp) === Known.MISSING) {
              // What can't be signed is forgotten.
              if (!this.#sign(one.octets.subarray(0, one.length), one.key, this.#hash, one.madeUp))
                this.#hot.delete(name);
              yield;
            }
          }
      if (++looked % SLICE === 0) yield;
    }
  }

  /** Whether any signature of it has been found lately, beside by the query it was made for. */
  #isFound(one: Hot, now: number): boolean {
    const start = windowStart(now, one.ownerHash);
    for (const address of this.#answersOf(one)) {
      this.#look(one, start, address);
      const ticks = this.#cache.known(this.#hash, one.madeUp);
      if (ticks < 0 || ticks > LATELY) continue;
      one.foundAt = now;
      return true;
    }
    return false;
  }

  /** The addresses that may be answered; of what is no steered host, one without any. */
  #answersOf({ octets, length, addressOctets }: Hot): readonly (Uint8Array | undefined)[] {
    if (addressOctets === 0) return ITSELF;
    return this.#alternatives.get(text(octets.subarray(length - addressOctets, length))) ?? ITSELF;
  }

  /** Fills in what was left open, and hashes it. */
  #look({ octets, words, length }: Hot, start: number, address: Uint8Array | undefined): void {
    u32(octets, EXPIRATION_AT, expirationOf(start));
    u32(octets, INCEPTION_AT, inceptionOf(start));
    if (address !== undefined) octets.set(address, length - address.length);
    hash128(words, length, this.#cache.key, this.#hash);
  }
}

const ITSELF = [undefined] as const;

/** When the periods begin that signatures are wanted for. */
function startsOf({ ownerHash }: Hot, now: number): number[] {
  const start = windowStart(now, ownerHash);
  const next = windowStart(now + LEAD, ownerHash);
  return next === start ? [start] : [start, next];
}

/** Which RRset is signed. */
export function subjectOf(octets: Uint8Array): { name: string; type: number } {
  const owner = nameEnd(octets, SIGNER_AT);
  const name = formatName(octets.subarray(owner, nameEnd(octets, owner)));
  return { name, type: (octets[TYPE_AT] << 8) | octets[TYPE_AT + 1] };
}

function nameEnd(octets: Uint8Array, at: number): number {
  let p = at;
  while (p < octets.length && octets[p] !== 0) p += octets[p] + 1;
  return p + 1;
}

function u32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24;
  octets[at + 1] = value >>> 16;
  octets[at + 2] = value >>> 8;
  octets[at + 3] = value;
}

function text(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('latin1');
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return text(a) === text(b);
}
