/** What a primary sends, for tests: messages made of records. */
import { HEADER_SIZE, RRClass, RRType } from '../../wire/constants.ts';
import { parseName } from '../../wire/name.ts';
import { FUDGE, signMessage, type TsigKey, tsigSize } from '../../wire/tsig.ts';
import { hmac } from '../hmac.ts';

export const TEST_APEX = parseName('example.org');

export interface TestRecord {
  readonly owner: string;
  readonly type: number;
  readonly ttl?: number;
  readonly class?: number;
  readonly rdata: Uint8Array;
}

export function txt(owner: string, text: string, ttl = 60): TestRecord {
  const octets = Buffer.from(text);
  return { owner, type: RRType.TXT, ttl, rdata: Uint8Array.of(octets.length, ...octets) };
}

export function soaRecord(serial: number, owner = 'example.org'): TestRecord {
  const words = Buffer.alloc(20);
  [serial, 3600, 600, 86_400, 60].forEach((word, i) => void words.writeUInt32BE(word, i * 4));
  const name = parseName('ns.example.org');
  return { owner, type: RRType.SOA, ttl: 300, rdata: Uint8Array.of(...name, ...name, ...words) };
}

export interface TestMessage {
  readonly id?: number;
  readonly records: readonly TestRecord[];
  /** The question's type; undefined for no question. */
  readonly question?: number | undefined;
  /** The third octet of the header, and the fourth. */
  readonly flags?: number;
  readonly rcode?: number;
}

export const TEST_ID = 4711;

export function messageOf({ id = TEST_ID, records, question, flags = 0x84, rcode = 0 }: TestMessage): Uint8Array {
  const head = new Uint8Array(HEADER_SIZE);
  const put16 = (at: number, value: number): void => {
    head[at] = value >>> 8;
    head[at + 1] = value;
  };
  put16(0, id);
  head[2] = flags;
  head[3] = rcode;
  put16(4, question === undefined ? 0 : 1);
  put16(6, records.length);
  const pieces: Uint8Array[] = [head];
  if (question !== undefined) pieces.push(TEST_APEX, Uint8Array.of(question >>> 8, question, 0, RRClass.IN));
  for (const { owner, type, ttl = 60, class: rrclass = RRClass.IN, rdata } of records) {
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE(type, 0);
    fixed.writeUInt16BE(rrclass, 2);
    fixed.writeUInt32BE(ttl, 4);
    fixed.writeUInt16BE(rdata.length, 8);
    pieces.push(parseName(owner), fixed, rdata);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

/** Signs a message as a primary does. @returns it with its MAC */
export function signed(
  m: Uint8Array,
  key: TsigKey,
  mac: Uint8Array,
  timersOnly: boolean,
  between: readonly Uint8Array[] = [],
  now = Math.floor(Date.now() / 1000),
): { m: Uint8Array; mac: Uint8Array } {
  const room = new Uint8Array(m.length + tsigSize(key));
  room.set(m);
  const fields = { time: now, fudge: FUDGE, originalId: (m[0] << 8) | m[1], error: 0, other: new Uint8Array(0) };
  const made = signMessage(room, 0, m.length, key, hmac, fields, { mac, timersOnly, between });
  return { m: room.slice(0, made.end), mac: made.mac };
}
