/** Checks the signatures of a whole message, by RFC 4034 and 4035 and node's own verify, without the server's code. */
import { createPublicKey, verify } from 'node:crypto';

const RRSIG = 46;
/** Types whose RDATA has names that are signed in lower case, and where they begin (RFC 4034 §6.2); of those that tests have. */
const NAMES: Readonly<Record<number, number>> = { 2: 0, 5: 0, 6: 0, 12: 0, 15: 2, 33: 6, 39: 0 };
/** Types of RFC 1035, which may be compressed (RFC 3597 §4). */
const COMPRESSED = new Set([2, 5, 6, 12, 15]);

export interface MessageRecord {
  readonly section: number;
  /** Wire form, lower case, as hexadecimal digits. */
  readonly owner: string;
  readonly type: number;
  readonly ttl: number;
  /** Decompressed, in lower case where that is canonical. */
  readonly rdata: Buffer;
}

function readName(m: Uint8Array, at: number): { name: Buffer; next: number } {
  const octets: number[] = [];
  let next = -1;
  let p = at;
  while (m[p] !== 0) {
    if (m[p] >= 0xc0) {
      if (next < 0) next = p + 2;
      p = ((m[p] & 0x3f) << 8) | m[p + 1];
      continue;
    }
    octets.push(m[p]);
    for (let i = 1; i <= m[p]; i++) octets.push(m[p + i] >= 0x41 && m[p + i] <= 0x5a ? m[p + i] + 32 : m[p + i]);
    p += m[p] + 1;
  }
  return { name: Buffer.from([...octets, 0]), next: next < 0 ? p + 1 : next };
}

/** The records of a message, OPT left out. */
export function recordsOf(message: Uint8Array): MessageRecord[] {
  const m = Buffer.from(message);
  const records: MessageRecord[] = [];
  let p = 12;
  for (let i = m.readUInt16BE(4); i > 0; i--) p = readName(m, p).next + 4;
  for (let section = 0; section < 3; section++) {
    for (let i = m.readUInt16BE(6 + section * 2); i > 0; i--) {
      const { name, next } = readName(m, p);
      const type = m.readUInt16BE(next);
      const end = next + 10 + m.readUInt16BE(next + 8);
      if (type !== 41)
        records.push({
          section,
          owner: name.toString('hex'),
          type,
          ttl: m.readUInt32BE(next + 4),
          rdata: rdataOf(m, type, next + 10, end),
        });
      p = end;
    }
  }
  if (p !== m.length) throw new Error(`${m.length - p} octets behind the last record`);
  return records;
}

function rdataOf(m: Buffer, type: number, at: number, end: number): Buffer {
  const skip = NAMES[type];
  if (skip === undefined) return m.subarray(at, end);
  const pieces = [m.subarray(at, at + skip)];
  let p = at + skip;
  for (let names = type === 6 ? 2 : 1; names > 0; names--) {
    const { name, next } = readName(m, p);
    if (!COMPRESSED.has(type) && next - p !== name.length) throw new Error(`type ${type} is compressed`);
    pieces.push(name);
    p = next;
  }
  return Buffer.concat([...pieces, m.subarray(p, end)]);
}

/** A key: DNSKEY RDATA. */
export type PublicKeys = ReadonlyMap<string, readonly Uint8Array[]>;

/**
 * What is wrong with a message's signatures: one that doesn't verify, isn't good now or has no RRset beside it, and RRsets of the first two sections without any.
 *
 * @param keys     DNSKEY RDATAs by zone (wire form in hexadecimal digits)
 * @param isSigned whether an RRset must have a signature
 */
export function signatureMistakes(
  message: Uint8Array,
  keys: PublicKeys,
  now: number,
  isSigned: (record: MessageRecord) => boolean,
): string[] {
  const records = recordsOf(message);
  const mistakes: string[] = [];
  const signed = new Set<string>();
  const keyOf = ({ section, owner }: MessageRecord, type: number): string => `${section} ${owner} ${type}`;
  for (const signature of records.filter(({ type }) => type === RRSIG)) {
    const covered = signature.rdata.readUInt16BE(0);
    const rrset = records.filter(
      (record) => record.type === covered && keyOf(record, covered) === keyOf(signature, covered),
    );
    const problem = rrset.length === 0 ? 'no RRset' : problemOf(signature, rrset, keys, now);
    if (problem !== undefined) mistakes.push(`${signature.owner} ${covered}: ${problem}`);
    signed.add(keyOf(signature, covered));
  }
  for (const record of records) {
    if (record.section < 2 && record.type !== RRSIG && isSigned(record) && !signed.has(keyOf(record, record.type)))
      mistakes.push(`${record.owner} ${record.type}: not signed`);
  }
  return mistakes;
}

function problemOf(
  { owner, ttl, rdata }: MessageRecord,
  rrset: readonly MessageRecord[],
  keys: PublicKeys,
  now: number,
): string | undefined {
  const { name: signer, next } = readName(rdata, 18);
  const labels = (name: string): number => {
    let count = 0;
    const octets = Buffer.from(name, 'hex');
    for (let p = 0; octets[p] !== 0; p += octets[p] + 1) if (p > 0 || octets.readUInt16BE(0) !== 0x012a) count++;
    return count;
  };
  if (rdata[3] > labels(owner)) return `labels ${rdata[3]}`;
  const own = rdata[3] === labels(owner) ? owner : wildcardOf(owner, rdata[3]);
  if (rrset.some((record) => record.ttl !== ttl || ttl > rdata.readUInt32BE(4))) return 'TTLs';
  if (rdata.readUInt32BE(8) <= now || rdata.readUInt32BE(12) > now) return 'not good now';
  const key = (keys.get(signer.toString('hex')) ?? []).find((each) => tagOf(each) === rdata.readUInt16BE(16));
  if (key === undefined) return 'no such key';
  if (rrset[0].type === 48 && (key[1] & 1) === 0) return 'keys signed by a key without SEP';
  const datas = [...new Set(rrset.map((record) => record.rdata.toString('hex')))]
    .map((text) => Buffer.from(text, 'hex'))
    .sort(Buffer.compare);
  const data = Buffer.concat([
    rdata.subarray(0, next),
    ...datas.map((each) =>
      Buffer.concat([
        Buffer.from(own, 'hex'),
        rdata.subarray(0, 2),
        Buffer.from([0, 1]),
        rdata.subarray(4, 8),
        u16(each.length),
        each,
      ]),
    ),
  ]);
  const signature = rdata.subarray(next);
  const isP256 = key[3] === 13;
  const text = (from: number, to: number): string => Buffer.from(key.subarray(from, to)).toString('base64url');
  const jwk = isP256
    ? { kty: 'EC', crv: 'P-256', x: text(4, 36), y: text(36, 68) }
    : { kty: 'OKP', crv: 'Ed25519', x: text(4, 36) };
  const object = createPublicKey({ key: jwk, format: 'jwk' });
  const good = isP256
    ? verify('sha256', data, { key: object, dsaEncoding: 'ieee-p1363' }, signature)
    : verify(null, data, object, signature);
  return good ? undefined : 'bogus';
}

/** The wildcard in front of a name's last labels (RFC 4035 §5.3.2). */
function wildcardOf(owner: string, labels: number): string {
  const octets = Buffer.from(owner, 'hex');
  const starts: number[] = [];
  for (let p = 0; octets[p] !== 0; p += octets[p] + 1) starts.push(p);
  return `012a${octets.subarray(starts[starts.length - labels] ?? -1).toString('hex')}`;
}

function u16(value: number): Buffer {
  return Buffer.from([value >>> 8, value & 0xff]);
}

/** RFC 4034 appendix B. */
function tagOf(key: Uint8Array): number {
  let sum = 0;
  key.forEach((octet, i) => {
    sum += i % 2 === 0 ? octet * 256 : octet;
  });
  return (sum + Math.floor(sum / 65536)) % 65536;
}
