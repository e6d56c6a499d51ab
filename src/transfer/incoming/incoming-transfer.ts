/**
 * A transfer as it comes, message by message (RFC 5936 §2.2, RFC 1995 §4): one machine for both kinds, since who asks for changes may get the zone.
 *
 *     first ──SOA──> second ──SOA of the serial that is known──> removing ──SOA──> adding ──SOA──> removing … or done
 *                       │ └──SOA of the new serial, or the message ends and it is no newer──> done
 *                       └──any other record──> whole ──SOA──> done
 *
 * It is taken as a whole or not at all: whatever does not fit ends it.
 */

import { isNewerSerial } from '../../net/serial.ts';
import { RRClass, RRType } from '../../wire/constants.ts';
import { formatName } from '../../wire/name.ts';
import { rcodeText } from '../../wire/rcode-text.ts';
import { codecOf, mnemonicOf } from '../../wire/rdata/index.ts';
import { BlockWriter, u32At } from '../blocks.ts';
import { SERIAL_FROM_END, type ZoneContent } from '../zone-content.ts';
import { ContentBuilder } from './content-builder.ts';
import { ContentEditor } from './content-editor.ts';
import { MessageRecords } from './message-records.ts';
import type { StreamSignatures } from './stream-signatures.ts';
import { TransferError } from './transfer-error.ts';

/** Types that a signed zone has for its signatures' sake: without keys of its own nobody here can keep them right. */
const SIGNED = new Map<number, string>([
  [RRType.RRSIG, 'RRSIG'],
  [RRType.NSEC, 'NSEC'],
  [RRType.DNSKEY, 'DNSKEY'],
  [RRType.NSEC3, 'NSEC3'],
  [RRType.NSEC3PARAM, 'NSEC3PARAM'],
]);
/** CDS and CDNSKEY, signals to the parent about keys, which are ours where we sign. */
const SIGNALS: readonly number[] = [59, 60];

export interface Wanted {
  /** Wire form, lower case. */
  readonly apex: Uint8Array;
  /** Of the query. */
  readonly id: number;
  /** What there is, for a query of changes; undefined for one of the zone. */
  readonly known: ZoneContent | undefined;
  /** Whether records made by signing are left out, because the zone is signed here; else a zone that has some is refused. */
  readonly signs: boolean;
  /** Octets that may come, and that may be kept. */
  readonly most: number;
  /** Key of the hash of owners. */
  readonly seed: number;
}

export type Received =
  /** There is nothing newer. */
  | { readonly kind: 'current'; readonly serial: number }
  | { readonly kind: 'whole' | 'changes'; readonly serial: number; readonly content: ZoneContent };

type Phase = 'first' | 'second' | 'whole' | 'removing' | 'adding' | 'done';

export class IncomingTransfer {
  readonly #wanted: Wanted;
  readonly #signatures: StreamSignatures | undefined;
  readonly #records = new MessageRecords();
  readonly #builder: ContentBuilder;
  #editor: ContentEditor | undefined;
  #phase: Phase = 'first';
  #messages = 0;
  /** The SOA there will be, as a block, and its serial. */
  #soa = new Uint8Array(0);
  #serial = 0;
  /** The serial that the changes being read lead to. */
  #step = 0;
  #received: Received | undefined;
  /** Octets that came. */
  octets = 0;

  constructor(wanted: Wanted, signatures: StreamSignatures | undefined) {
    this.#wanted = wanted;
    this.#signatures = signatures;
    this.#builder = new ContentBuilder(wanted.seed);
  }

  /**
   * Takes the next message, which is kept.
   * @returns what it is all about once the last has come
   * @throws TransferError
   */
  take(m: Uint8Array): Received | undefined {
    const records = this.#records;
    this.octets += m.length;
    if (this.octets > this.#wanted.most) throw this.#tooLarge();
    if (!records.begin(m)) throw new TransferError('malformed', 'a message can not be read');
    this.#header(m);
    this.#signatures?.take(m, records);
    const rcode = m[3] & 0xf;
    if (rcode !== 0) throw new TransferError('refused', `it answers ${rcodeText(rcode)}`);
    // A message brings something, so octets bound messages too.
    if (records.answers === 0) throw new TransferError('malformed', 'a message has no records');
    for (let i = 0; i < records.answers; i++) {
      if (!records.next()) throw new TransferError('malformed', 'a record can not be read');
      if (this.#phase === 'done') throw new TransferError('malformed', 'records follow the last SOA');
      this.#record();
    }
    const kept = this.#builder.octets + (this.#editor?.octets ?? 0);
    if (kept > this.#wanted.most) throw this.#tooLarge();
    this.#messages++;
    const { known } = this.#wanted;
    // RFC 1995 §2: one SOA alone says that there is nothing newer.
    if (this.#phase === 'second' && known !== undefined && !isNewerSerial(this.#serial, known.serial)) {
      this.#phase = 'done';
      this.#received = { kind: 'current', serial: this.#serial };
    }
    if (this.#phase !== 'done') return undefined;
    this.#signatures?.finish();
    return this.#received;
  }

  #header(m: Uint8Array): void {
    const { id, apex, known } = this.#wanted;
    const records = this.#records;
    if (((m[0] << 8) | m[1]) !== id) throw new TransferError('malformed', 'a message answers another query');
    // QR set, the opcode of a query, TC not set.
    if ((m[2] & 0xfa) !== 0x80) throw new TransferError('malformed', 'a message is no answer, or was cut');
    // RFC 5936 §2.2.1: later messages may leave the question out. So may those who could not read it.
    if (records.questionEnd === 0) {
      if (this.#messages === 0 && (m[3] & 0xf) === 0)
        throw new TransferError('malformed', 'the first message has no question');
      return;
    }
    const type = known === undefined ? RRType.AXFR : RRType.IXFR;
    const isSame =
      records.questionType === type &&
      records.questionClass === RRClass.IN &&
      records.questionEnd === apex.length &&
      apex.every((octet, i) => records.question[i] === octet);
    if (!isSame) throw new TransferError('malformed', 'a message answers another question');
  }

  #record(): void {
    const { type, class: rrclass, owner, ownerEnd } = this.#records;
    const { apex } = this.#wanted;
    if (rrclass !== RRClass.IN) throw new TransferError('malformed', `${this.#name()} has class ${rrclass}`);
    const labelsEnd = ownerEnd - apex.length;
    if (!isBelow(owner, labelsEnd, apex)) throw new TransferError('malformed', `${this.#name()} is not in the zone`);
    if (type === RRType.SOA) {
      if (labelsEnd !== 0) throw new TransferError('malformed', `${this.#name()} has a SOA`);
      this.#takeSoa();
      return;
    }
    switch (this.#phase) {
      case 'first':
        throw new TransferError('malformed', 'the first record is no SOA');
      case 'second':
        this.#phase = 'whole';
        break;
      default:
        break;
    }
    if (this.#isLeftOut()) return;
    const { ttl, rdata } = this.#records;
    if (this.#phase === 'whole') this.#builder.add(owner, labelsEnd, type, ttl, rdata.octets, rdata.length);
    else if (this.#phase === 'removing') {
      if (!this.#editor!.remove(owner, labelsEnd, type, rdata.octets, rdata.length))
        throw new TransferError('mismatch', `its changes remove ${this.#name()}, which is not there`);
    } else if (!this.#editor!.add(owner, labelsEnd, type, ttl, rdata.octets, rdata.length))
      throw new TransferError('mismatch', `its changes add ${this.#name()}, which is there already`);
  }

  #takeSoa(): void {
    const { rdata, ttl } = this.#records;
    const problem = codecOf(RRType.SOA).check(rdata.octets.subarray(0, rdata.length));
    if (problem !== undefined) throw new TransferError('malformed', problem);
    const serial = u32At(rdata.octets, rdata.length - SERIAL_FROM_END);
    const { known } = this.#wanted;
    switch (this.#phase) {
      case 'first': {
        const block = new BlockWriter(rdata.length);
        block.begin(rdata.octets, 0, 0);
        block.record(RRType.SOA, ttl, rdata.length);
        block.octetsOf(rdata.octets, 0, rdata.length);
        block.finish();
        this.#soa = new Uint8Array(block.view());
        this.#serial = serial;
        this.#phase = 'second';
        return;
      }
      case 'second':
        if (known === undefined || (serial === this.#serial && serial !== known.serial)) {
          this.#endWhole(serial);
          return;
        }
        if (serial !== known.serial)
          throw new TransferError('mismatch', `its changes begin at serial ${serial}, not at ${known.serial}`);
        this.#editor = new ContentEditor(known, this.#wanted.seed);
        this.#phase = 'removing';
        return;
      case 'whole':
        this.#endWhole(serial);
        return;
      case 'removing':
        this.#step = serial;
        this.#phase = 'adding';
        return;
      default:
        if (serial !== this.#step)
          throw new TransferError('malformed', `its changes lead to serial ${this.#step}, and go on from ${serial}`);
        if (serial !== this.#serial) {
          this.#phase = 'removing';
          return;
        }
        this.#phase = 'done';
        this.#received = { kind: 'changes', serial, content: this.#editor!.finish(this.#soa) };
    }
  }

  #endWhole(serial: number): void {
    // RFC 5936 §2.2: the same SOA at both ends. Another means that the zone has changed meanwhile.
    if (serial !== this.#serial)
      throw new TransferError('malformed', `it begins with serial ${this.#serial} and ends with ${serial}`);
    this.#phase = 'done';
    this.#received = { kind: 'whole', serial, content: this.#builder.finish(this.#soa) };
  }

  /** Whether a record of a type that is not served is passed over. @throws TransferError when the zone can't be served with it, or without */
  #isLeftOut(): boolean {
    const { type, rdata } = this.#records;
    // Meta-types are no data (RFC 6895 §3.1), and what steers hosts is not for others to say.
    if (type === 0 || type === RRType.OPT || (type >= 128 && type <= 255) || type === RRType.STEER)
      throw new TransferError('malformed', `${this.#name()} is no record of a zone`);
    if (this.#wanted.signs) {
      if (SIGNED.has(type) || SIGNALS.includes(type)) return true;
    } else if (SIGNED.has(type)) {
      const message = `the zone is signed (${this.#name()}): transfer it without signatures, or name it in dnssec.zones to sign it here`;
      throw new TransferError('unusable', message);
    }
    const problem = codecOf(type).check(rdata.octets.subarray(0, rdata.length));
    if (problem !== undefined) throw new TransferError('unusable', `${this.#name()}: ${problem}`);
    return false;
  }

  /** `www.example.org. A` */
  #name(): string {
    const { owner, type } = this.#records;
    return `${formatName(owner)} ${SIGNED.get(type) ?? mnemonicOf(type)}`;
  }

  #tooLarge(): TransferError {
    return new TransferError('too-large', `it is larger than secondary.max_octets (${this.#wanted.most})`);
  }
}

/** Whether `apex` follows the labels at [0, labelsEnd) of a name. Both lower case. */
function isBelow(owner: Uint8Array, labelsEnd: number, apex: Uint8Array): boolean {
  if (labelsEnd < 0) return false;
  for (let i = 0; i < apex.length; i++) if (owner[labelsEnd + i] !== apex[i]) return false;
  let p = 0;
  while (p < labelsEnd) p += owner[p] + 1;
  return p === labelsEnd;
}
