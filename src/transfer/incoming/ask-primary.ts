/** Asks one primary for one zone: its serial first (RFC 1034 §4.3.5), then for changes, and for the zone as a whole where changes can't be had. */
import { randomInt } from 'node:crypto';
import { isNewerSerial } from '../../net/serial.ts';
import { HEADER_SIZE, RRClass, RRType } from '../../wire/constants.ts';
import { rcodeText } from '../../wire/rcode-text.ts';
import { FUDGE, signMessage, tsigSize } from '../../wire/tsig.ts';
import { recordsAt, u32At } from '../blocks.ts';
import { hmac } from '../hmac.ts';
import { SERIAL_FROM_END, type ZoneContent } from '../zone-content.ts';
import { IncomingTransfer, type Received } from './incoming-transfer.ts';
import { MessageRecords } from './message-records.ts';
import type { Primary, SecondaryZone } from './messages.ts';
import { type Patience, PrimaryConnection } from './primary-connection.ts';
import { StreamSignatures } from './stream-signatures.ts';
import { TransferError } from './transfer-error.ts';

/** Milliseconds a transfer may take as a whole: one that drips is given up. */
const WHOLE_MS = 3600_000;

export interface Asked {
  readonly zone: SecondaryZone;
  /** Octets that may come. */
  readonly most: number;
  readonly seed: number;
  /** The serial there is; undefined for none. */
  readonly serial: number | undefined;
  /** What there is, read only if it is needed. */
  readonly content: () => ZoneContent | undefined;
  /** Transfer it as a whole, whatever its serial. */
  readonly force: boolean;
  readonly patience?: Patience;
}

export type Answered =
  | { readonly kind: 'current' }
  /** The primary's serial is older than what is here: it may lag behind another, or was set back. */
  | { readonly kind: 'older'; readonly serial: number }
  | {
      readonly kind: 'whole' | 'changes';
      readonly serial: number;
      readonly content: ZoneContent;
      readonly octets: number;
    };

/** @throws TransferError */
export async function askPrimary(primary: Primary, asked: Asked): Promise<Answered> {
  const { serial, force } = asked;
  let connection = await PrimaryConnection.open(primary, asked.patience);
  const ended = AbortSignal.timeout(WHOLE_MS);
  const end = (): void => connection.close();
  ended.addEventListener('abort', end);
  try {
    const theirs = await askSerial(connection, primary, asked);
    if (serial !== undefined && !force) {
      if (theirs === serial) return { kind: 'current' };
      if (!isNewerSerial(theirs, serial)) return { kind: 'older', serial: theirs };
    }
    const known = force ? undefined : asked.content();
    if (known !== undefined) {
      try {
        return await receive(connection, primary, asked, known);
      } catch (error) {
        // RFC 1995 §4: who can't have changes asks for the zone. What is too large is so either way.
        if (!(error instanceof TransferError) || error.code === 'too-large' || error.code === 'unusable') throw error;
        connection.close();
        connection = await PrimaryConnection.open(primary, asked.patience);
      }
    }
    return await receive(connection, primary, asked, undefined);
  } finally {
    ended.removeEventListener('abort', end);
    connection.close();
  }
}

async function askSerial(connection: PrimaryConnection, primary: Primary, { zone }: Asked): Promise<number> {
  const { message, id, signatures } = query(zone.apex, RRType.SOA, primary, undefined);
  connection.send(message);
  const m = await connection.next();
  const records = new MessageRecords();
  if (!records.begin(m)) throw new TransferError('malformed', 'its answer can not be read');
  if (((m[0] << 8) | m[1]) !== id || (m[2] & 0xfa) !== 0x80)
    throw new TransferError('malformed', 'its answer is to another query, or was cut');
  signatures?.take(m, records);
  signatures?.finish();
  const rcode = m[3] & 0xf;
  if (rcode !== 0) throw new TransferError('refused', `it answers ${rcodeText(rcode)}`);
  // RFC 1034 §4.3.5 has authority in mind: what a cache says may be old.
  if ((m[2] & 0x04) === 0) throw new TransferError('refused', 'it is not authoritative for the zone');
  for (let i = 0; i < records.answers; i++) {
    if (!records.next()) break;
    const { type, owner, ownerEnd, rdata } = records;
    const isApex = ownerEnd === zone.apex.length && zone.apex.every((octet, at) => owner[at] === octet);
    if (type === RRType.SOA && isApex && rdata.length >= SERIAL_FROM_END)
      return u32At(rdata.octets, rdata.length - SERIAL_FROM_END);
  }
  throw new TransferError('malformed', 'it answers without a SOA');
}

async function receive(
  connection: PrimaryConnection,
  primary: Primary,
  { zone, most, seed, serial, force }: Asked,
  known: ZoneContent | undefined,
): Promise<Answered> {
  const type = known === undefined ? RRType.AXFR : RRType.IXFR;
  const { message, id, signatures } = query(zone.apex, type, primary, known);
  const incoming = new IncomingTransfer({ apex: zone.apex, id, known, signs: zone.signs, most, seed }, signatures);
  connection.send(message);
  let received: Received | undefined;
  while (received === undefined) received = incoming.take(await connection.next());
  if (received.kind === 'current') return { kind: 'current' };
  if (serial !== undefined && !force && !isNewerSerial(received.serial, serial))
    return received.serial === serial ? { kind: 'current' } : { kind: 'older', serial: received.serial };
  return { ...received, octets: incoming.octets };
}

/** A query, signed where there is a key. @param known for IXFR: its SOA goes into the authority section (RFC 1995 §3) */
function query(
  apex: Uint8Array,
  type: number,
  { key }: Primary,
  known: ZoneContent | undefined,
): { message: Uint8Array; id: number; signatures: StreamSignatures | undefined } {
  const id = randomInt(0x10000);
  const soa = known === undefined ? undefined : known.soa.subarray(recordsAt(known.soa, 0));
  const end = HEADER_SIZE + apex.length + 4 + (soa === undefined ? 0 : 2 + soa.length);
  const m = new Uint8Array(end + (key === undefined ? 0 : tsigSize(key)));
  m[0] = id >>> 8;
  m[1] = id;
  m[5] = 1;
  m.set(apex, HEADER_SIZE);
  let p = HEADER_SIZE + apex.length;
  m[p + 1] = type;
  m[p + 3] = RRClass.IN;
  p += 4;
  if (soa !== undefined) {
    m[9] = 1;
    // The owner is the question's name.
    m[p] = 0xc0;
    m[p + 1] = HEADER_SIZE;
    m.set(soa, p + 2);
  }
  if (key === undefined) return { message: m, id, signatures: undefined };
  const now = (): number => Math.floor(Date.now() / 1000);
  const fields = { time: now(), fudge: FUDGE, originalId: id, error: 0, other: new Uint8Array(0) };
  const signed = signMessage(m, 0, end, key, hmac, fields);
  return { message: m.subarray(0, signed.end), id, signatures: new StreamSignatures(key, signed.mac, hmac, now) };
}
