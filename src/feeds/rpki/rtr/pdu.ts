/**
 * PDUs of the RPKI to Router protocol (RFC 8210 §5, version 1; RFC 6810, version 0), between octets and values. All begin alike:
 *
 *     0          8          16         24        31
 *     +----------+----------+---------------------+
 *     | version  | type     | session, or error   |
 *     +----------+----------+---------------------+
 *     | length of all of it, in octets            |
 *     +-------------------------------------------+
 */
import type { Vrp } from '../../../net/origin-validation.ts';
import { isNetwork, type Prefix } from '../../../net/prefix.ts';

export type RtrVersion = 0 | 1;

const PduType = {
  SERIAL_NOTIFY: 0,
  SERIAL_QUERY: 1,
  RESET_QUERY: 2,
  CACHE_RESPONSE: 3,
  IPV4_PREFIX: 4,
  IPV6_PREFIX: 6,
  END_OF_DATA: 7,
  CACHE_RESET: 8,
  ROUTER_KEY: 9,
  ERROR_REPORT: 10,
} as const;

/** Codes of error reports (RFC 8210 §12). */
export const RtrErrorCode = {
  CORRUPT_DATA: 0,
  INTERNAL: 1,
  NO_DATA: 2,
  INVALID_REQUEST: 3,
  UNSUPPORTED_VERSION: 4,
  UNSUPPORTED_TYPE: 5,
  UNKNOWN_WITHDRAWAL: 6,
  DUPLICATE_ANNOUNCEMENT: 7,
  UNEXPECTED_VERSION: 8,
} as const;

const CODE_TEXT = [
  'corrupt data',
  'internal error',
  'no data available',
  'invalid request',
  'unsupported protocol version',
  'unsupported PDU type',
  'withdrawal of unknown record',
  'duplicate announcement',
  'unexpected protocol version',
];

/** What a cache sends. Times are in seconds. */
export type CachePdu = { readonly version: number } & (
  | { readonly type: 'notify'; readonly session: number; readonly serial: number }
  | { readonly type: 'response'; readonly session: number }
  | { readonly type: 'prefix'; readonly announce: boolean; readonly vrp: Vrp }
  | {
      readonly type: 'end';
      readonly session: number;
      readonly serial: number;
      /** Of version 1 alone. */
      readonly timers?: { readonly refresh: number; readonly retry: number; readonly expire: number };
    }
  | { readonly type: 'reset' }
  | { readonly type: 'key' }
  | { readonly type: 'error'; readonly code: number; readonly text: string }
);

/** What a cache may not send: `code` is what it is told. */
export class RtrError extends Error {
  override readonly name = 'RtrError';
  readonly code: number;
  /** The PDU it is about. */
  readonly pdu: Uint8Array;
  constructor(code: number, message: string, pdu: Uint8Array) {
    super(message);
    this.code = code;
    this.pdu = pdu;
  }
}

const HEADER = 8;
/** Octets: error reports, which have texts and other PDUs in them, are the longest. */
const MOST = 65_536;
/** Octets of each type, whatever is in it; those of END_OF_DATA by version. */
const LENGTHS: Readonly<Record<number, number>> = {
  [PduType.SERIAL_NOTIFY]: 12,
  [PduType.CACHE_RESPONSE]: 8,
  [PduType.IPV4_PREFIX]: 20,
  [PduType.IPV6_PREFIX]: 32,
  [PduType.CACHE_RESET]: 8,
};
const END_LENGTHS: Readonly<Record<number, number>> = { 0: 12, 1: 24 };
/** A router key: 20 octets of identifier and an AS number behind the header, then the key (RFC 8210 §5.10). */
const LEAST_KEY = 32;
/** An error report: two lengths behind the header. */
const LEAST_ERROR = 16;

/** PDUs out of a stream of octets. */
export class PduReader {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns whole PDUs, in order; the beginning of the next one is kept @throws RtrError */
  *push(piece: Uint8Array): Generator<CachePdu> {
    const octets = this.#rest.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#rest, piece]);
    let at = 0;
    // What is thrown ends all, so what is left then is nobody's.
    this.#rest = Buffer.alloc(0);
    while (octets.length - at >= HEADER) {
      const length = octets.readUInt32BE(at + 4);
      if (length < HEADER || length > MOST)
        throw corrupt(`a PDU has a length of ${length}`, octets.subarray(at, at + HEADER));
      if (octets.length - at < length) break;
      yield readPdu(octets.subarray(at, at + length));
      at += length;
    }
    this.#rest = octets.subarray(at);
  }
}

/** @param pdu all of it, as its length says */
function readPdu(pdu: Buffer): CachePdu {
  const version = pdu[0];
  const type = pdu[1];
  const session = pdu.readUInt16BE(2);
  // What newer versions mean by the rest is not known; who is told so goes on in an older one.
  if (version > 1 && type !== PduType.SERIAL_NOTIFY && type !== PduType.ERROR_REPORT)
    throw new RtrError(RtrErrorCode.UNEXPECTED_VERSION, `it speaks version ${version}`, pdu);
  const wanted = type === PduType.END_OF_DATA ? END_LENGTHS[version] : LENGTHS[type];
  if (wanted !== undefined && pdu.length !== wanted)
    throw corrupt(`a PDU of type ${type} has a length of ${pdu.length}, not ${wanted}`, pdu);
  switch (type) {
    case PduType.SERIAL_NOTIFY:
      return { version, type: 'notify', session, serial: pdu.readUInt32BE(8) };
    case PduType.CACHE_RESPONSE:
      return { version, type: 'response', session };
    case PduType.IPV4_PREFIX:
    case PduType.IPV6_PREFIX:
      return { version, type: 'prefix', announce: (pdu[8] & 1) === 1, vrp: readVrp(pdu) };
    case PduType.END_OF_DATA:
      return {
        version,
        type: 'end',
        session,
        serial: pdu.readUInt32BE(8),
        ...(version === 0 ? {} : { timers: timersOf(pdu) }),
      };
    case PduType.CACHE_RESET:
      return { version, type: 'reset' };
    case PduType.ROUTER_KEY:
      if (version === 0) break;
      if (pdu.length < LEAST_KEY) throw corrupt(`a router key has a length of ${pdu.length}`, pdu);
      return { version, type: 'key' };
    case PduType.ERROR_REPORT:
      return { version, type: 'error', code: session, text: errorText(session, pdu) };
  }
  throw new RtrError(RtrErrorCode.UNSUPPORTED_TYPE, `a PDU has type ${type}, which a router knows nothing of`, pdu);
}

function readVrp(pdu: Buffer): Vrp {
  const length = pdu[9];
  const maxLength = pdu[10];
  const address = Uint8Array.from(pdu.subarray(12, pdu.length - 4));
  const prefix: Prefix = { family: address.length === 4 ? 'ipv4' : 'ipv6', address, length };
  const bits = address.length * 8;
  if (length > bits || maxLength > bits || maxLength < length || !isNetwork(address, length))
    throw corrupt(
      `a prefix PDU has length ${length} and maximum length ${maxLength}, or bits set behind its length`,
      pdu,
    );
  return { prefix, maxLength, asn: pdu.readUInt32BE(pdu.length - 4) };
}

function timersOf(pdu: Buffer): { refresh: number; retry: number; expire: number } {
  return { refresh: pdu.readUInt32BE(12), retry: pdu.readUInt32BE(16), expire: pdu.readUInt32BE(20) };
}

/** `no data available (still validating)`: what a cache reports, without what no log should have. */
function errorText(code: number, pdu: Buffer): string {
  const words = CODE_TEXT[code] ?? `error ${code}`;
  if (pdu.length < LEAST_ERROR) return words;
  const inner = pdu.readUInt32BE(8);
  if (inner > pdu.length - LEAST_ERROR) return words;
  const at = 12 + inner;
  const text = pdu.subarray(at + 4, at + 4 + Math.min(pdu.readUInt32BE(at), 200)).toString('utf8');
  const clean = text.replaceAll(/[^\x21-\x7e]+/g, ' ').trim();
  return clean === '' ? words : `${words} (${clean})`;
}

function corrupt(message: string, pdu: Uint8Array): RtrError {
  return new RtrError(RtrErrorCode.CORRUPT_DATA, message, pdu);
}

/** Asks for all there is. */
export function resetQuery(version: RtrVersion): Buffer {
  return header(version, PduType.RESET_QUERY, 0, HEADER);
}

/** Asks for what has changed since a serial. */
export function serialQuery(version: RtrVersion, session: number, serial: number): Buffer {
  const pdu = Buffer.concat([header(version, PduType.SERIAL_QUERY, session, 12), Buffer.alloc(4)]);
  pdu.writeUInt32BE(serial, HEADER);
  return pdu;
}

/** Tells a cache what it did wrong. @param about the PDU it was */
export function errorReport(version: RtrVersion, code: number, about: Uint8Array, text: string): Buffer {
  const words = Buffer.from(text, 'utf8');
  const lengths = [Buffer.alloc(4), Buffer.alloc(4)];
  lengths[0].writeUInt32BE(about.length);
  lengths[1].writeUInt32BE(words.length);
  const length = LEAST_ERROR + about.length + words.length;
  return Buffer.concat([header(version, PduType.ERROR_REPORT, code, length), lengths[0], about, lengths[1], words]);
}

function header(version: RtrVersion, type: number, session: number, length: number): Buffer {
  const pdu = Buffer.alloc(HEADER);
  pdu[0] = version;
  pdu[1] = type;
  pdu.writeUInt16BE(session, 2);
  pdu.writeUInt32BE(length, 4);
  return pdu;
}
