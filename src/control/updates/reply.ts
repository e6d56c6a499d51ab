/** Replies to dynamic updates: header, the zone, OPT with the reason, TSIG (RFC 2136 §3.8, RFC 8914, RFC 8945). */
import type { BegunUpdate } from '../../answer/updates.ts';
import { hmac } from '../../transfer/hmac.ts';
import { EdnsOption, HEADER_SIZE, Opcode, RRType } from '../../wire/constants.ts';
import { nameLength } from '../../wire/name.ts';
import { FUDGE, signMessage, type TsigKey, tsigSize } from '../../wire/tsig.ts';
import type { Refusal } from './evaluate.ts';

/** Octets of OPT and EDE without text, and of the longest text. */
const OPT = 11 + 6;
const LONGEST_TEXT = 200;

/** @param udpSize what this server takes over UDP @param now Unix time in seconds */
export function updateReply(
  { message, mac, edns }: Pick<BegunUpdate, 'message' | 'mac' | 'edns'>,
  { rcode, ede, text = '' }: Refusal,
  key: TsigKey,
  udpSize: number,
  now: number,
): Uint8Array {
  const zoneEnd = HEADER_SIZE + nameLength(message, HEADER_SIZE) + 4;
  const m = new Uint8Array(zoneEnd + OPT + LONGEST_TEXT + tsigSize(key));
  m.set(message.subarray(0, zoneEnd));
  m[2] = 0x80 | (Opcode.UPDATE << 3);
  m[3] = rcode;
  m.fill(0, 6, HEADER_SIZE);
  let p = zoneEnd;
  if (edns) p = putOpt(m, p, udpSize, ede, new TextEncoder().encode(text).subarray(0, LONGEST_TEXT));
  const fields = { time: now, fudge: FUDGE, originalId: (m[0] << 8) | m[1], error: 0, other: new Uint8Array(0) };
  const { end } = signMessage(m, 0, p, key, hmac, fields, { mac, timersOnly: false });
  return m.slice(0, end);
}

function putOpt(m: Uint8Array, at: number, udpSize: number, ede: number | undefined, text: Uint8Array): number {
  const option = ede === undefined ? 0 : 6 + text.length;
  m[11] = 1;
  let p = at + 1;
  const u16 = (value: number): void => {
    m[p++] = value >>> 8;
    m[p++] = value;
  };
  u16(RRType.OPT);
  u16(udpSize);
  p += 4;
  u16(option);
  if (ede !== undefined) {
    u16(EdnsOption.EDE);
    u16(2 + text.length);
    u16(ede);
    m.set(text, p);
    p += text.length;
  }
  return p;
}
