/**
 * What a validator concludes from a whole signed message about what is not there (RFC 4035 §5.4, RFC 5155 §8, RFC 6840 §4, RFC 9824 §2), without the server's code. Signatures
 * are another matter (verify-signed.ts).
 */
import { createHash } from 'node:crypto';
import { type MessageRecord, recordsOf } from './verify-signed.ts';

const NS = 2;
const CNAME = 5;
const SOA = 6;
const DNAME = 39;
const DS = 43;
const RRSIG = 46;
const NSEC = 47;
const NSEC3 = 50;
const NXNAME = 128;
const NXDOMAIN = 3;

/** A name: its labels from the root on, in lower case, as hexadecimal digits. */
type Name = readonly string[];

function nameAt(octets: Buffer, at: number): { name: Name; end: number } {
  const labels: string[] = [];
  let p = at;
  for (; octets[p] !== 0; p += octets[p] + 1) labels.unshift(octets.subarray(p + 1, p + 1 + octets[p]).toString('hex'));
  return { name: labels, end: p + 1 };
}

const nameOf = (owner: string): Name => nameAt(Buffer.from(owner, 'hex'), 0).name;
const same = (a: Name, b: Name): boolean => a.join('.') === b.join('.');
const isBelow = (name: Name, above: Name): boolean =>
  name.length > above.length && same(name.slice(0, above.length), above);

/** RFC 4034 §6.1. */
function compare(a: Name, b: Name): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = Buffer.compare(Buffer.from(a[i], 'hex'), Buffer.from(b[i], 'hex'));
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function typesAt(rdata: Buffer, at: number): Set<number> {
  const types = new Set<number>();
  for (let p = at; p < rdata.length; p += 2 + rdata[p + 1])
    for (let i = 0; i < rdata[p + 1] * 8; i++)
      if ((rdata[p + 2 + (i >> 3)] & (0x80 >> (i & 7))) !== 0) types.add(rdata[p] * 256 + i);
  return types;
}

/** RFC 4648 §7, as hexadecimal digits. */
function fromBase32(label: string): string {
  const digits = Buffer.from(label, 'hex').toString('latin1').toLowerCase();
  let value = 0n;
  for (const digit of digits) value = value * 32n + BigInt('0123456789abcdefghijklmnopqrstuv'.indexOf(digit));
  return value.toString(16).padStart(40, '0');
}

/** What one NSEC or NSEC3 says of names. */
interface Proof {
  /** Who signed it. */
  readonly zone: Name;
  isOf(name: Name): boolean;
  covers(name: Name): boolean;
  readonly types: ReadonlySet<number>;
  /** Of an NSEC: the owner and the next name. */
  readonly ends?: readonly [Name, Name];
}

function nsecProof(zone: Name, { owner, rdata }: MessageRecord): Proof {
  const name = nameOf(owner);
  const { name: next, end } = nameAt(rdata, 0);
  const types = typesAt(rdata, end);
  const isLast = same(next, zone);
  return {
    zone,
    types,
    ends: [name, next],
    isOf: (other) => same(name, other),
    // A name that has others below it is there, and what is below a cut or DNAME is not the zone's to deny (RFC 6840 §4.1, §4.4).
    covers: (other) =>
      compare(name, other) < 0 &&
      (isLast || compare(other, next) < 0) &&
      !isBelow(next, other) &&
      !(isBelow(other, name) && isElsewhere(types)),
  };
}

function nsec3Proof(zone: Name, { owner, rdata }: MessageRecord): Proof {
  const name = nameOf(owner);
  if (!same(name.slice(0, -1), zone)) throw new Error('NSEC3 whose owner is no hash in the zone');
  if (rdata.subarray(0, 6).toString('hex') !== '010000000014')
    throw new Error('NSEC3 with opt-out, iterations or a salt');
  const hash = fromBase32(name[name.length - 1]);
  const next = rdata.subarray(6, 26).toString('hex');
  return {
    zone,
    types: typesAt(rdata, 26),
    isOf: (other) => hashOf(other) === hash,
    covers(other) {
      const its = hashOf(other);
      return hash < next ? hash < its && its < next : hash < its || its < next;
    },
  };
}

function hashOf(name: Name): string {
  const labels = [...name].reverse().map((label) => Buffer.from(label, 'hex'));
  const wire = Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)]);
  return createHash('sha1').update(wire).digest('hex');
}

/** Whether a node's types say that what is below it is another zone's, or another name's. */
function isElsewhere(types: ReadonlySet<number>): boolean {
  return types.has(DNAME) || (types.has(NS) && !types.has(SOA));
}

/** A zone: its apex (wire form, as hexadecimal digits), and whether it is signed. */
export interface KnownZone {
  readonly apex: string;
  readonly isSigned: boolean;
}

/** What a validator misses in a signed response, or undefined for nothing: it holds for each name of a chain that is in a signed zone. */
export function denialMistake(message: Uint8Array, zones: readonly KnownZone[]): string | undefined {
  const m = Buffer.from(message);
  const { name: asked, end } = nameAt(lowerCase(m), 12);
  const type = m.readUInt16BE(end);
  const records = recordsOf(message);
  const answers = records.filter(({ section }) => section === 0);
  const authority = records.filter(({ section }) => section === 1);
  let name = asked;
  for (let hop = 0; hop < 20; hop++) {
    const zone = zoneOf(name, type, zones);
    if (zone === undefined) return undefined;
    const proofs = authority
      .filter((record) => record.type === NSEC || record.type === NSEC3)
      .map((record) => (record.type === NSEC ? nsecProof : nsec3Proof)(signerOf(record, records), record))
      .filter((proof) => same(proof.zone, zone));
    const own = answers.filter(({ owner }) => same(nameOf(owner), name));
    const wildcard = wildcardMistake(name, own, proofs);
    if (wildcard !== undefined) return wildcard;
    if (own.some((record) => record.type === type || (type === ANY && record.type !== RRSIG))) return undefined;
    const alias = own.find((record) => record.type === CNAME);
    if (alias !== undefined) {
      name = nameAt(alias.rdata, 0).name;
      continue;
    }
    // RFC 6672 §2.2: a name that would be too long. The DNAME says so.
    if (answers.some((record) => record.type === DNAME && isBelow(name, nameOf(record.owner)))) return undefined;
    if ((m[3] & 15) === NXDOMAIN) return nameMistake(name, proofs);
    const cut = authority.find((record) => record.type === NS);
    if (cut !== undefined) return signerMistake(nameOf(cut.owner), authority, proofs);
    return typeMistake(name, type, proofs);
  }
  return undefined;
}

const ANY = 255;

/** The octets of a message with letters in lower case, for the name of its question. */
function lowerCase(m: Buffer): Buffer {
  return Buffer.from(m.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet + 32 : octet)));
}

function signerOf({ owner, type }: MessageRecord, records: readonly MessageRecord[]): Name {
  const signature = records.find(
    (record) => record.type === RRSIG && record.owner === owner && record.rdata.readUInt16BE(0) === type,
  );
  return signature === undefined ? ['not signed'] : nameAt(signature.rdata, 18).name;
}

/** The signed zone that a name is in; DS are the parent's. */
function zoneOf(name: Name, type: number, zones: readonly KnownZone[]): Name | undefined {
  const above = zones
    .map(({ apex, isSigned }) => ({ apex: nameOf(apex), isSigned }))
    .filter(({ apex }) => isBelow(name, apex) || same(name, apex))
    .sort((a, b) => b.apex.length - a.apex.length);
  const [own, parent] = above;
  const zone = type === DS && parent !== undefined && same(own.apex, name) ? parent : own;
  return zone?.isSigned === true ? zone.apex : undefined;
}

/** RFC 4035 §5.3.4: what a wildcard stands for needs the proof that the name is not there. */
function wildcardMistake(name: Name, own: readonly MessageRecord[], proofs: readonly Proof[]): string | undefined {
  const star = name[name.length - 1] === '2a' ? 1 : 0;
  for (const { type, rdata } of own) {
    if (type !== RRSIG || rdata[3] >= name.length - star) continue;
    if (!proofs.some((proof) => covers(proof, name, rdata[3])))
      return `nothing proves that the name of a wildcard's record is not there`;
  }
  return undefined;
}

/** Whether a proof says that the name one label below a closest encloser (of so many labels) is not there, and that this is the encloser. */
function covers(proof: Proof, name: Name, encloser: number): boolean {
  return (
    proof.covers(name.slice(0, encloser + 1)) && (proof.ends === undefined || common(name, proof.ends) === encloser)
  );
}

/** Labels that a name has in common with either end of an NSEC. */
function common(name: Name, ends: readonly [Name, Name]): number {
  return Math.max(
    ...ends.map((end) => {
      let labels = 0;
      while (labels < end.length && end[labels] === name[labels]) labels++;
      return labels;
    }),
  );
}

/** Labels of the closest encloser that proofs tell of (RFC 5155 §8.3); -1 for none. */
function encloserOf(name: Name, proofs: readonly Proof[]): number {
  for (let labels = name.length - 1; labels >= 0; labels--) {
    const encloser = name.slice(0, labels);
    const isThere = proofs.some(
      (proof) => proof.ends !== undefined || (proof.isOf(encloser) && !isElsewhere(proof.types)),
    );
    if (isThere && proofs.some((proof) => covers(proof, name, labels))) return labels;
  }
  return -1;
}

/** RFC 4035 §5.4, RFC 5155 §8.4. */
function nameMistake(name: Name, proofs: readonly Proof[]): string | undefined {
  // RFC 9824 §5.1.
  if (proofs.some((proof) => proof.isOf(name) && proof.types.has(NXNAME))) return undefined;
  const encloser = encloserOf(name, proofs);
  if (encloser < 0) return 'nothing proves that the name is not there';
  const wildcard = [...name.slice(0, encloser), '2a'];
  return proofs.some((proof) => proof.covers(wildcard)) ? undefined : 'nothing proves that there is no wildcard';
}

/** RFC 4035 §5.4, RFC 5155 §8.5, §8.7. */
function typeMistake(name: Name, type: number, proofs: readonly Proof[]): string | undefined {
  const own = proofs.find((proof) => proof.isOf(name));
  if (own !== undefined) return typesMistake(own.types, type);
  const encloser = encloserOf(name, proofs);
  if (encloser < 0) return 'nothing proves what types there are';
  const wildcard = proofs.find((proof) => proof.isOf([...name.slice(0, encloser), '2a']));
  return wildcard === undefined ? 'nothing proves what types the wildcard has' : typesMistake(wildcard.types, type);
}

function typesMistake(types: ReadonlySet<number>, type: number): string | undefined {
  if (types.has(NXNAME)) return types.size === 3 ? undefined : 'a name that is not there has types';
  if (types.has(type)) return 'the type is there';
  if (types.has(CNAME)) return 'there is a CNAME';
  if (types.has(NS) && !types.has(SOA) && type !== DS) return 'a cut denies what is not its own';
  return undefined;
}

/** RFC 4035 §5.2, RFC 5155 §8.9. */
function signerMistake(cut: Name, authority: readonly MessageRecord[], proofs: readonly Proof[]): string | undefined {
  if (authority.some(({ type, owner }) => type === DS && same(nameOf(owner), cut))) return undefined;
  const own = proofs.find((proof) => proof.isOf(cut));
  if (own === undefined) return 'nothing proves that a delegation is not signed';
  return own.types.has(NS) && !own.types.has(DS) && !own.types.has(SOA) ? undefined : 'types of a delegation';
}
