/**
 * DNS cookies (RFC 7873) with the server cookies all implementations understand (RFC 9018 §4), so that nodes which share a secret know each other's:
 *
 *     client cookie (8)   version 1 (1)   reserved (3)   timestamp (4)   hash (8)
 *
 * The hash is SipHash-2-4 of all before it and the client's address. A client that sends a valid server cookie is at the address it says.
 *
 * Secrets and the time lie in memory that the main thread writes and workers read: which slot of secrets holds is one word, so one that is read is whole. The first secret
 * of a slot makes cookies; all of them are believed (RFC 9018 §5).
 */
import { Counter } from './counters.ts';
import { SIPHASH_OCTETS, sipHash24 } from './siphash.ts';

export type CookieSecrets = SharedArrayBuffer;

export interface CookieConfig {
  readonly secrets: CookieSecrets;
  /** Whether clients that know cookies must show a valid one over UDP (BADCOOKIE). */
  readonly required: boolean;
}

/** Octets of a secret. */
export const SECRET_OCTETS = 16;
/** One in use, one before, one to come. */
export const MOST_SECRETS = 3;
/** Octets of the client's part, and of the longest option (RFC 7873 §4). */
export const CLIENT_COOKIE = 8;
const SHORTEST_SERVER_COOKIE = 8;
export const LONGEST_COOKIE = 40;
/** Octets of the option's data in responses. */
export const REPLY_COOKIE = 24;

const VERSION = 1;
/** Offsets in the option's data. */
const VERSION_AT = CLIENT_COOKIE;
const TIME_AT = CLIENT_COOKIE + 4;
const HASH_AT = CLIENT_COOKIE + 8;
/** RFC 9018 §4.3: older ones are not valid; those of half the age are renewed; and clocks of nodes may differ by so much. */
const VALID_S = 3600;
const RENEW_S = 1800;
const AHEAD_S = 300;

// Words: which slot holds; the Unix time; then the slots: a count, and secrets of four words.
const SLOT = 0;
const CLOCK = 1;
const SLOTS_AT = 2;
const SECRET_WORDS = SECRET_OCTETS / 4;
const SLOT_WORDS = 1 + MOST_SECRETS * SECRET_WORDS;

export function makeCookieSecrets(): CookieSecrets {
  return new SharedArrayBuffer((SLOTS_AT + 2 * SLOT_WORDS) * 4);
}

/** Main thread. @param secrets one to MOST_SECRETS of SECRET_OCTETS octets; the first makes cookies */
export function setCookieSecrets(shared: CookieSecrets, secrets: readonly Uint8Array[]): void {
  const words = new Int32Array(shared);
  const slot = 1 - words[SLOT];
  const at = SLOTS_AT + slot * SLOT_WORDS;
  words[at] = secrets.length;
  secrets.forEach((secret, s) => {
    const view = new DataView(secret.buffer, secret.byteOffset);
    for (let w = 0; w < SECRET_WORDS; w++) words[at + 1 + s * SECRET_WORDS + w] = view.getInt32(w * 4, true);
  });
  Atomics.store(words, SLOT, slot);
}

/** Main thread, about once a second. @param seconds Unix time */
export function setCookieClock(shared: CookieSecrets, seconds: number): void {
  new Int32Array(shared)[CLOCK] = seconds | 0;
}

/** Whether an option's data may be so long (RFC 7873 §5.2.2); all else is FORMERR. */
export function isCookieLength(length: number): boolean {
  return length === CLIENT_COOKIE || (length >= CLIENT_COOKIE + SHORTEST_SERVER_COOKIE && length <= LONGEST_COOKIE);
}

export class Cookies {
  /** The data of the response's option, after `take`. */
  readonly reply = new Uint8Array(REPLY_COOKIE);
  readonly #words: Int32Array;
  /** What is hashed: the cookie up to its hash, and the client's address. */
  readonly #hashed = new Uint8Array(HASH_AT + 16);
  readonly #hash = new Uint8Array(SIPHASH_OCTETS);

  constructor(shared: CookieSecrets) {
    this.#words = new Int32Array(shared);
  }

  /**
   * Judges a query's cookie and makes the response's.
   * @param m       the option's data is at [at, at + length), of a length that may be (isCookieLength)
   * @param address the client's, of `size` octets at `addressAt`
   * @returns whether the client has shown a valid server cookie
   */
  take(m: Uint8Array, at: number, length: number, address: Uint8Array, addressAt: number, size: number): boolean {
    const words = this.#words;
    const slot = SLOTS_AT + Atomics.load(words, SLOT) * SLOT_WORDS;
    const reply = this.reply;
    const hashed = this.#hashed;
    for (let i = 0; i < CLIENT_COOKIE; i++) reply[i] = hashed[i] = m[at + i];
    for (let i = 0; i < size; i++) hashed[HASH_AT + i] = address[addressAt + i];
    const now = words[CLOCK];
    const made =
      (m[at + TIME_AT] << 24) | (m[at + TIME_AT + 1] << 16) | (m[at + TIME_AT + 2] << 8) | m[at + TIME_AT + 3];
    // RFC 9018 §4.3: serial number arithmetic, so that 2106 passes unnoticed.
    const age = (now - made) | 0;
    let valid = false;
    if (length === REPLY_COOKIE && m[at + VERSION_AT] === VERSION && age <= VALID_S && age >= -AHEAD_S) {
      for (let i = VERSION_AT; i < HASH_AT; i++) hashed[i] = m[at + i];
      const secrets = words[slot];
      for (let s = 0; s < secrets && !valid; s++) {
        sipHash24(words, slot + 1 + s * SECRET_WORDS, hashed, 0, HASH_AT + size, this.#hash, 0);
        valid = same(this.#hash, m, at + HASH_AT);
        if (valid && s === 0 && age < RENEW_S) {
          for (let i = VERSION_AT; i < REPLY_COOKIE; i++) reply[i] = m[at + i];
          return true;
        }
      }
    }
    hashed[VERSION_AT] = reply[VERSION_AT] = VERSION;
    for (let i = 1; i < 4; i++) hashed[VERSION_AT + i] = reply[VERSION_AT + i] = 0;
    for (let i = 0; i < 4; i++) hashed[TIME_AT + i] = reply[TIME_AT + i] = now >>> (24 - i * 8);
    sipHash24(words, slot + 1, hashed, 0, HASH_AT + size, reply, HASH_AT);
    return valid;
  }
}

/** Where a query's cookie of so many octets is counted. */
export function cookieCounter(length: number, valid: boolean): number {
  if (valid) return Counter.COOKIES_VALID;
  return length === CLIENT_COOKIE ? Counter.COOKIES_NEW : Counter.COOKIES_INVALID;
}

/** Compares all octets, so that the time it takes tells nothing. */
function same(hash: Uint8Array, m: Uint8Array, at: number): boolean {
  let differs = 0;
  for (let i = 0; i < SIPHASH_OCTETS; i++) differs |= hash[i] ^ m[at + i];
  return differs === 0;
}
