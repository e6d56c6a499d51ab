/**
 * Signatures of what a primary sends (RFC 8945 §5.3.1): the first message of a response is signed, bound to the query; each later one that is, to the signed one before
 * and to all without a signature between them, of which there may be 99; and so is the last.
 */
import { RRType } from '../../wire/constants.ts';
import { rcodeText } from '../../wire/rcode-text.ts';
import { checkTsig, type Hmac, isKeyOf, readTsig, TsigError, type TsigKey } from '../../wire/tsig.ts';
import type { MessageRecords } from './message-records.ts';
import { TransferError } from './transfer-error.ts';

const MOST_UNSIGNED = 99;

const ERROR_NAMES: Readonly<Record<number, string>> = {
  [TsigError.BADSIG]: 'BADSIG',
  [TsigError.BADKEY]: 'BADKEY',
  [TsigError.BADTIME]: 'BADTIME',
  [TsigError.BADTRUNC]: 'BADTRUNC',
};

export class StreamSignatures {
  readonly #key: TsigKey;
  readonly #hmac: Hmac;
  readonly #now: () => number;
  #mac: Uint8Array;
  #isFirst = true;
  #unsigned: Uint8Array[] = [];

  /**
   * @param mac of the query
   * @param now Unix time in seconds
   */
  constructor(key: TsigKey, mac: Uint8Array, hmac: Hmac, now: () => number) {
    this.#key = key;
    this.#mac = mac;
    this.#hmac = hmac;
    this.#now = now;
  }

  /** Takes the next message. @throws TransferError */
  take(m: Uint8Array, records: MessageRecords): void {
    if (records.lastType !== RRType.TSIG) {
      this.#takeUnsigned(m);
      return;
    }
    const record = readTsig(m, records.lastAt, m.length);
    if (record === undefined) throw new TransferError('signature', 'its TSIG is malformed');
    const rcode = m[3] & 0xf;
    // Who was not believed gets no signature that could be checked (§5.3.2).
    if (rcode !== 0 && record.error !== 0)
      throw new TransferError(
        'refused',
        `it answers ${rcodeText(rcode)} (${ERROR_NAMES[record.error] ?? record.error})`,
      );
    if (!isKeyOf(record, this.#key)) throw new TransferError('signature', 'it signs with another key');
    const bound = { mac: this.#mac, timersOnly: !this.#isFirst, between: this.#unsigned };
    const error = checkTsig(m, 0, records.lastAt, record, this.#key, this.#hmac, this.#now(), bound);
    if (error !== TsigError.NONE)
      throw new TransferError('signature', `its signature is wrong (${ERROR_NAMES[error] ?? 'malformed'})`);
    this.#mac = record.mac;
    this.#isFirst = false;
    this.#unsigned = [];
  }

  /** The last message has come. @throws TransferError */
  finish(): void {
    if (this.#isFirst || this.#unsigned.length > 0)
      throw new TransferError('signature', 'its last message is not signed');
  }

  #takeUnsigned(m: Uint8Array): void {
    if (this.#isFirst) {
      const rcode = m[3] & 0xf;
      if (rcode !== 0) throw new TransferError('refused', `it answers ${rcodeText(rcode)}, without a signature`);
      throw new TransferError('signature', 'its answer is not signed');
    }
    if (this.#unsigned.length === MOST_UNSIGNED)
      throw new TransferError('signature', `more than ${MOST_UNSIGNED} messages in a row are not signed`);
    this.#unsigned.push(m);
  }
}
