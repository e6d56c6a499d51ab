/**
 * Signed queries (RFC 8945): a query that carries TSIG is checked before anything is answered, and its response is signed with the same key. Only the
 * complete path comes here, and only for a message that has the record: others cost nothing.
 */
import { Rcode } from '../wire/constants.ts';
import {
  checkTsig,
  FUDGE,
  type Hmac,
  isKeyOf,
  MALFORMED_MAC,
  readTsig,
  signMessage,
  TsigError,
  type TsigKey,
  type TsigRecord,
  timeOctets,
  tsigSize,
  unsignedSize,
  writeUnsigned,
} from '../wire/tsig.ts';

/** What signatures need of the machine. */
export interface SigningTools {
  readonly hmac: Hmac;
  /** Unix time in seconds. */
  readonly now: () => number;
}

const NOTHING = new Uint8Array(0);

export class Signing {
  /** The key that the query was signed with; undefined when it was not, or not well. */
  key: TsigKey | undefined;
  /** The MAC of the response, to which the next message of a transfer is bound. */
  mac: Uint8Array = NOTHING;
  readonly #keys: readonly TsigKey[];
  readonly #tools: SigningTools;
  #record: TsigRecord | undefined;
  /** The key the response is signed with, also where the query is refused. */
  #signWith: TsigKey | undefined;
  #error: number = TsigError.NONE;

  constructor(keys: readonly TsigKey[], tools: SigningTools) {
    this.#keys = keys;
    this.#tools = tools;
  }

  /** A query without TSIG: what was kept of the one before is forgotten. */
  forget(): void {
    this.key = undefined;
    this.#record = undefined;
    this.#signWith = undefined;
  }

  /**
   * Checks the signature of the message at `m[at, recordAt)`, whose TSIG lies at [recordAt, end).
   * @returns the RCODE to refuse it with, or NOERROR
   */
  take(m: Uint8Array, at: number, recordAt: number, end: number): number {
    this.forget();
    this.#error = TsigError.NONE;
    const record = readTsig(m, recordAt, end);
    if (record === undefined) return Rcode.FORMERR;
    const key = this.#keys.find((one) => isKeyOf(record, one));
    if (key === undefined) return this.#refuse(record, TsigError.BADKEY);
    const error = checkTsig(m, at, recordAt, record, key, this.#tools.hmac, this.#tools.now());
    if (error === MALFORMED_MAC) return Rcode.FORMERR;
    if (error === TsigError.BADSIG) return this.#refuse(record, error);
    this.#signWith = key;
    if (error !== TsigError.NONE) return this.#refuse(record, error);
    this.#record = record;
    this.key = key;
    return Rcode.NOERROR;
  }

  /** The MAC of the query that was signed well. */
  get requestMac(): Uint8Array {
    return this.key === undefined ? NOTHING : (this.#record?.mac ?? NOTHING);
  }

  /** Octets the response's record will take. */
  get size(): number {
    if (this.#signWith !== undefined) return tsigSize(this.#signWith);
    return this.#record === undefined ? 0 : unsignedSize(this.#record);
  }

  /** Puts the record behind the response at `m[at, end)`. @returns the offset behind it */
  finish(m: Uint8Array, at: number, end: number): number {
    const record = this.#record;
    if (record === undefined) return end;
    const now = this.#tools.now();
    const isLate = this.#error === TsigError.BADTIME;
    const fields = {
      // §5.2.3: the client's own time, by which it can check the answer, and ours beside it.
      time: isLate ? record.time : now,
      fudge: FUDGE,
      originalId: (m[at] << 8) | m[at + 1],
      error: this.#error,
      other: isLate ? timeOctets(now) : NOTHING,
    };
    if (this.#signWith === undefined) return writeUnsigned(m, at, end, record, fields);
    const bound = { mac: record.mac, timersOnly: false };
    const signed = signMessage(m, at, end, this.#signWith, this.#tools.hmac, fields, bound);
    this.mac = signed.mac;
    return signed.end;
  }

  #refuse(record: TsigRecord, error: number): number {
    this.#record = record;
    this.#error = error;
    return Rcode.NOTAUTH;
  }
}
