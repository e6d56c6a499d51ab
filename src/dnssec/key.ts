/**
 * A zone's key: the DNSKEY record (RFC 4034 §2), its tag (appendix B), the DS that the parent zone has of it (§5), and from when to when it is published and signs.
 *
 *     | FLAGS (16) | PROTOCOL (8), always 3 | ALGORITHM (8) |  /  PUBLIC KEY  /
 */
import { createHash } from 'node:crypto';
import type { Algorithm, KeyPair } from './algorithm.ts';

/** Flags of a DNSKEY: every key of a zone has ZONE (RFC 4034 §2.1.1), one a parent's DS points to has SEP too (RFC 3757). */
export const KeyFlag = { ZONE: 0x100, REVOKE: 0x80, SEP: 1 } as const;
/** RFC 4034 §2.1.2. */
const PROTOCOL = 3;

/**
 * When a key is used, in Unix seconds, as BIND's key files have it. A time that is missing never comes, but for `publish` and `activate`: without these a key has
 * always been used.
 */
export interface KeyTimes {
  readonly created?: number;
  readonly publish?: number;
  readonly activate?: number;
  readonly inactive?: number;
  readonly delete?: number;
  /** When the parent zone had its DS. */
  readonly dsPublish?: number;
  /** From when to when the parent zone should have its DS: what CDS and CDNSKEY are of. Missing, as long as the key is published. */
  readonly syncPublish?: number;
  readonly syncDelete?: number;
}

export interface DnssecKey extends KeyPair {
  /** The zone's apex: wire form, lower case. */
  readonly zone: Uint8Array;
  readonly algorithm: Algorithm;
  readonly flags: number;
  readonly times: KeyTimes;
}

/** RDATA of the key's DNSKEY record. */
export function dnskeyRdata({
  flags,
  algorithm,
  publicKey,
}: Pick<DnssecKey, 'flags' | 'algorithm' | 'publicKey'>): Uint8Array {
  return Uint8Array.from([flags >>> 8, flags & 0xff, PROTOCOL, algorithm, ...publicKey]);
}

/** The tag of DNSKEY RDATA (RFC 4034 appendix B): 16 bits, not always unique. */
export function keyTag(rdata: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < rdata.length; i++) sum += (i & 1) === 0 ? rdata[i] << 8 : rdata[i];
  return (sum + (sum >>> 16)) & 0xffff;
}

/** Digest types of DS: SHA-256 (RFC 4509), SHA-384 (RFC 6605 §2). SHA-1 is not to be made any more (RFC 8624 §3.3). */
export const DsDigest = { SHA256: 2, SHA384: 4 } as const;
export type DsDigest = (typeof DsDigest)[keyof typeof DsDigest];

/** RDATA of the DS of a key (RFC 4034 §5.1.4: the digest is of owner name and DNSKEY RDATA). */
export function dsRdata(key: DnssecKey, type: DsDigest): Uint8Array {
  const rdata = dnskeyRdata(key);
  const tag = keyTag(rdata);
  const digest = createHash(type === DsDigest.SHA256 ? 'sha256' : 'sha384')
    .update(key.zone)
    .update(rdata)
    .digest();
  return Uint8Array.from([tag >>> 8, tag & 0xff, key.algorithm, type, ...digest]);
}

export function isSep(key: Pick<DnssecKey, 'flags'>): boolean {
  return (key.flags & KeyFlag.SEP) !== 0;
}

/** Whether a key is in the DNSKEY RRset at a time. */
export function isPublished({ times }: Pick<DnssecKey, 'times'>, now: number): boolean {
  return (times.publish ?? 0) <= now && now < (times.delete ?? Number.POSITIVE_INFINITY);
}

/** Whether a key signs at a time. */
export function isActive({ times }: Pick<DnssecKey, 'times'>, now: number): boolean {
  const end = Math.min(times.inactive ?? Number.POSITIVE_INFINITY, times.delete ?? Number.POSITIVE_INFINITY);
  return Math.max(times.activate ?? 0, times.publish ?? 0) <= now && now < end;
}
