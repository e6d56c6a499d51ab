/** The messages of a transfer behind its first, which the responder writes: each has the header, the question, records, and the signature if the query was signed. */
import type { SigningTools } from '../answer/signing.ts';
import { TRANSFER_MESSAGE } from '../answer/transfers.ts';
import type { BegunTransfer } from '../answer/zone-requests.ts';
import { FUDGE, signMessage, tsigSize } from '../wire/tsig.ts';

/** QR and AA; of the query's flags nothing. */
const RESPONSE = 0x84;

export class LaterMessages {
  readonly #begun: BegunTransfer;
  readonly #tools: SigningTools;
  /** Header and question. */
  readonly #head: Uint8Array;
  #mac: Uint8Array | undefined;

  /** @param head header and question of the first message */
  constructor(begun: BegunTransfer, head: Uint8Array, tools: SigningTools) {
    this.#begun = begun;
    this.#tools = tools;
    this.#head = new Uint8Array(head);
    this.#head[2] = RESPONSE;
    this.#head.fill(0, 3, 12);
    this.#head[5] = 1;
    this.#mac = begun.signed?.mac;
  }

  /**
   * Writes the next message at `at`.
   * @param room octets it may fill
   * @returns its octets, 0 when there are no more
   * @throws Error when the transfer can't go on
   */
  next(m: Uint8Array, at: number, room: number): number {
    const { transfer, signed } = this.#begun;
    if (transfer.isDone) return 0;
    const head = this.#head;
    m.set(head, at);
    const hard = at + room - (signed === undefined ? 0 : tsigSize(signed.key));
    const end = transfer.fill(m, at + head.length, at + Math.min(room, TRANSFER_MESSAGE), hard);
    if (transfer.records === 0) return 0;
    m[at + 6] = transfer.records >>> 8;
    m[at + 7] = transfer.records;
    if (signed === undefined) return end - at;
    // RFC 8945 §5.3.1: each is bound to the one before, and only the times are signed beside it.
    const fields = {
      time: this.#tools.now(),
      fudge: FUDGE,
      originalId: (head[0] << 8) | head[1],
      error: 0,
      other: new Uint8Array(0),
    };
    const bound = { mac: this.#mac, timersOnly: true };
    const { end: signedEnd, mac } = signMessage(m, at, end, signed.key, this.#tools.hmac, fields, bound);
    this.#mac = mac;
    return signedEnd - at;
  }

  close(): void {
    this.#begun.transfer.close();
  }
}
