/**
 * TSIG: messages signed with a secret both sides have (RFC 8945).
 *
 *     owner     name of the key            class ANY, TTL 0
 *     RDATA     algorithm (a name), time signed (48 bits), fudge (16), MAC size and MAC, original ID, error, other length and other data
 *
 * The record is the last of the message. What is signed is the message as it was without it, and the record's own fields; of a response also the request's MAC; of a
 * later message of a transfer the MAC before, and only the times (§5.3.1). Hashing is given by the caller: nothing here needs a library.
 */
import { HEADER_SIZE, RRClass, RRType } from './constants.ts';
import { isWireName, lowerCase, nameLength, parseName } from './name.ts';

/** Values of the error field (§3), beside RCODEs. */
export const TsigError = { NONE: 0, BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const;
export type TsigError = (typeof TsigError)[keyof typeof TsigError];

/** Octets of the MAC of each algorithm (§6). */
export const tsigAlgorithms = {
  'hmac-md5': 16,
  'hmac-sha1': 20,
  'hmac-sha224': 28,
  'hmac-sha256': 32,
  'hmac-sha384': 48,
  'hmac-sha512': 64,
} as const;
export type TsigAlgorithm = keyof typeof tsigAlgorithms;

/** As names. HMAC-MD5 has one of its own for what it was before others came (§6). */
const ALGORITHM_NAMES = Object.fromEntries(
  (Object.keys(tsigAlgorithms) as TsigAlgorithm[]).map((algorithm) => [
    algorithm,
    parseName(algorithm === 'hmac-md5' ? 'hmac-md5.sig-alg.reg.int' : algorithm),
  ]),
) as Record<TsigAlgorithm, Uint8Array>;

/** Seconds that the clocks of both sides may differ by (§10 recommends 300). */
export const FUDGE = 300;
/** The shortest MAC that is looked at at all: half of the whole one, and no less than this (§5.2.2.1). */
const LEAST_MAC = 10;
/** Octets of time, fudge and MAC size; and of original ID, error and other length. */
const TIMERS = 8;
const BEHIND_MAC = 6;
/** Octets of the other data that BADTIME has: the server's time (§5.2.3). */
const TIME = 6;

export interface TsigKey {
  /** Wire form, lower case. */
  readonly name: Uint8Array;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
}

/** HMAC over pieces, one after another. */
export type Hmac = (algorithm: TsigAlgorithm, secret: Uint8Array, pieces: readonly Uint8Array[]) => Uint8Array;

/** A TSIG record as it was received. */
export interface TsigRecord {
  /** Name of the key, and of the algorithm: wire form, lower case. */
  readonly key: Uint8Array;
  readonly algorithm: Uint8Array;
  /** Unix time in seconds. */
  readonly time: number;
  readonly fudge: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: number;
  readonly other: Uint8Array;
}

/** What a signature is bound to besides its message. */
export interface Bound {
  /** MAC of the request, or of the message before. */
  readonly mac: Uint8Array | undefined;
  /** Of a transfer, not the first message: only the times are signed (§5.3.1). */
  readonly timersOnly: boolean;
  /** Of a transfer, messages without a signature since the one before, of which there may be up to 99 (§5.3.1). */
  readonly between?: readonly Uint8Array[];
}

/** A message that answers nothing. */
export const UNBOUND: Bound = { mac: undefined, timersOnly: false };

/**
 * Reads the record at `m[recordAt, end)`.
 * @returns undefined when it is none: FORMERR (§5.2)
 */
export function readTsig(m: Uint8Array, recordAt: number, end: number): TsigRecord | undefined {
  let p = uncompressedEnd(m, recordAt, end);
  if (p < 0 || p + 10 > end) return undefined;
  const key = lowered(m, recordAt, p);
  if (u16(m, p) !== RRType.TSIG || u16(m, p + 2) !== RRClass.ANY || u16(m, p + 4) !== 0 || u16(m, p + 6) !== 0)
    return undefined;
  if (p + 10 + u16(m, p + 8) !== end) return undefined;
  const algorithmAt = p + 10;
  p = uncompressedEnd(m, algorithmAt, end);
  if (p < 0 || p + TIMERS + 2 > end) return undefined;
  const algorithm = lowered(m, algorithmAt, p);
  const time = u16(m, p) * 2 ** 32 + (u16(m, p + 2) * 2 ** 16 + u16(m, p + 4));
  const fudge = u16(m, p + 6);
  const macAt = p + TIMERS + 2;
  const macEnd = macAt + u16(m, p + TIMERS);
  if (macEnd + BEHIND_MAC > end) return undefined;
  const otherAt = macEnd + BEHIND_MAC;
  if (otherAt + u16(m, macEnd + 4) !== end) return undefined;
  return {
    key,
    algorithm,
    time,
    fudge,
    mac: copyOf(m, macAt, macEnd),
    originalId: u16(m, macEnd),
    error: u16(m, macEnd + 2),
    other: copyOf(m, otherAt, end),
  };
}

/** Whether a key is the one a record names: its name, and its algorithm (§5.2.1). */
export function isKeyOf(record: TsigRecord, key: TsigKey): boolean {
  return same(record.key, key.name) && same(record.algorithm, ALGORITHM_NAMES[key.algorithm]);
}

/** What `checkTsig` finds beyond TsigError: a MAC no sender may write (§5.2.2.1). */
export const MALFORMED_MAC = -1;

/**
 * Checks a signature, in the order of §5.2: MAC, time, then whether it is as long as we want it. MACs are wanted whole.
 *
 * @param m    the message lies at [at, recordAt), the record behind it; unchanged afterwards
 * @param now  Unix time in seconds
 */
export function checkTsig(
  m: Uint8Array,
  at: number,
  recordAt: number,
  record: TsigRecord,
  key: TsigKey,
  hmac: Hmac,
  now: number,
  bound: Bound = UNBOUND,
): TsigError | typeof MALFORMED_MAC {
  const size = tsigAlgorithms[key.algorithm];
  const { mac } = record;
  if (mac.length > size || mac.length < Math.max(LEAST_MAC, size / 2)) return MALFORMED_MAC;
  const message = copyOf(m, at, recordAt);
  message[0] = record.originalId >>> 8;
  message[1] = record.originalId;
  countOneLess(message);
  const whole = macOf(message, key, hmac, record, bound);
  if (!sameSecretly(mac, whole)) return TsigError.BADSIG;
  if (Math.abs(now - record.time) > record.fudge) return TsigError.BADTIME;
  return mac.length < size ? TsigError.BADTRUNC : TsigError.NONE;
}

/** What a record says besides key and MAC. */
export interface TsigFields {
  readonly time: number;
  readonly fudge: number;
  readonly originalId: number;
  readonly error: number;
  readonly other: Uint8Array;
}

/** Octets a record of this key takes at most: with the server's time, which BADTIME tells. */
export function tsigSize(key: Pick<TsigKey, 'name' | 'algorithm'>): number {
  return sizeOf(key.name, ALGORITHM_NAMES[key.algorithm], tsigAlgorithms[key.algorithm]) + TIME;
}

/** Octets of an unsigned record (`writeUnsigned`) in answer to one. */
export function unsignedSize(record: TsigRecord): number {
  return sizeOf(record.key, record.algorithm, 0);
}

/**
 * Signs the message at `m[at, end)` and puts the record behind it, for which there must be room (`tsigSize`).
 * @returns the offset behind it, and the MAC that a next message is bound to
 */
export function signMessage(
  m: Uint8Array,
  at: number,
  end: number,
  key: TsigKey,
  hmac: Hmac,
  fields: TsigFields,
  bound: Bound = UNBOUND,
): { end: number; mac: Uint8Array } {
  const mac = macOf(m.subarray(at, end), key, hmac, fields, bound);
  return { end: writeRecord(m, at, end, key.name, ALGORITHM_NAMES[key.algorithm], mac, fields), mac };
}

/** Puts a record without MAC behind a message: the answer to who can't be trusted (§5.3.2). @returns the offset behind it */
export function writeUnsigned(m: Uint8Array, at: number, end: number, record: TsigRecord, fields: TsigFields): number {
  return writeRecord(m, at, end, record.key, record.algorithm, new Uint8Array(0), fields);
}

/** A time as other data: 48 bits. */
export function timeOctets(time: number): Uint8Array {
  const octets = new Uint8Array(TIME);
  putTime(octets, 0, time);
  return octets;
}

function writeRecord(
  m: Uint8Array,
  at: number,
  end: number,
  name: Uint8Array,
  algorithm: Uint8Array,
  mac: Uint8Array,
  fields: TsigFields,
): number {
  let p = put(m, end, name);
  p = put16(m, p, RRType.TSIG);
  p = put16(m, p, RRClass.ANY);
  p = put16(m, put16(m, p, 0), 0);
  const lengthAt = p;
  p = put(m, p + 2, algorithm);
  p = putTime(m, p, fields.time);
  p = put16(m, p, fields.fudge);
  p = put(m, put16(m, p, mac.length), mac);
  p = put16(m, p, fields.originalId);
  p = put16(m, p, fields.error);
  p = put(m, put16(m, p, fields.other.length), fields.other);
  put16(m, lengthAt, p - lengthAt - 2);
  put16(m, at + 10, u16(m, at + 10) + 1);
  return p;
}

/** §4.3: the MAC before, the message, and what is said beside it. */
function macOf(message: Uint8Array, key: TsigKey, hmac: Hmac, fields: TsigFields, bound: Bound): Uint8Array {
  const pieces: Uint8Array[] = [];
  if (bound.mac !== undefined) pieces.push(octets16(bound.mac.length), bound.mac);
  if (bound.between !== undefined) pieces.push(...bound.between);
  pieces.push(message);
  const times = new Uint8Array(TIMERS);
  put16(times, putTime(times, 0, fields.time), fields.fudge);
  if (bound.timersOnly) pieces.push(times);
  else {
    // Class ANY, TTL 0.
    pieces.push(key.name, Uint8Array.of(0, RRClass.ANY, 0, 0, 0, 0), ALGORITHM_NAMES[key.algorithm], times);
    pieces.push(octets16(fields.error), octets16(fields.other.length), fields.other);
  }
  return hmac(key.algorithm, key.secret, pieces);
}

function sizeOf(name: Uint8Array, algorithm: Uint8Array, mac: number): number {
  return name.length + 10 + algorithm.length + TIMERS + 2 + mac + BEHIND_MAC;
}

/** Names here are never compressed. @returns the offset after the name, or -1 */
function uncompressedEnd(m: Uint8Array, at: number, end: number): number {
  let p = at;
  while (p < end && m[p] !== 0 && m[p] < 64) p += m[p] + 1;
  return p < end && isWireName(m, at, p + 1) ? at + nameLength(m, at) : -1;
}

function lowered(m: Uint8Array, from: number, end: number): Uint8Array {
  const name = copyOf(m, from, end);
  lowerCase(name);
  return name;
}

/** A copy, also of node's Buffers, whose `slice` is a view. */
function copyOf(m: Uint8Array, from: number, end: number): Uint8Array {
  return new Uint8Array(m.subarray(from, end));
}

/** ARCOUNT without the TSIG record. */
function countOneLess(message: Uint8Array): void {
  if (message.length >= HEADER_SIZE) put16(message, 10, u16(message, 10) - 1);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

/** Compares a MAC with the front of the whole one, in a time that does not tell where they differ. */
function sameSecretly(mac: Uint8Array, whole: Uint8Array): boolean {
  let differs = 0;
  for (let i = 0; i < mac.length; i++) differs |= mac[i] ^ whole[i];
  return differs === 0;
}

function u16(m: Uint8Array, p: number): number {
  return (m[p] << 8) | m[p + 1];
}

function octets16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff);
}

function put(m: Uint8Array, p: number, octets: Uint8Array): number {
  m.set(octets, p);
  return p + octets.length;
}

function put16(m: Uint8Array, p: number, value: number): number {
  m[p] = value >>> 8;
  m[p + 1] = value;
  return p + 2;
}

function putTime(m: Uint8Array, p: number, time: number): number {
  const low = time % 2 ** 32;
  put16(m, p, Math.floor(time / 2 ** 32));
  put16(m, p + 2, Math.floor(low / 2 ** 16));
  return put16(m, p + 4, low % 2 ** 16);
}
