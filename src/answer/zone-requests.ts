/**
 * Messages about a whole zone: transfers (RFC 5936, RFC 1995), notifications (RFC 1996) and updates (RFC 2136). Here is decided who may, and what is wrong with the
 * message; what is then done is others' (`ResponderTools`). They are few, so that they may allocate.
 *
 * Each method leaves what the response is to say in `rcode`, `ede` and `isAuthoritative`.
 */
import type { TableReader } from '../tables/table-reader.ts';
import { Ede, Rcode, RRClass, RRType } from '../wire/constants.ts';
import type { TsigKey } from '../wire/tsig.ts';
import type { Suffixes } from '../zone/suffixes.ts';
import type { Client } from './client.ts';
import { type Channel, isDnsStream } from './counters.ts';
import { NO_EDE } from './edns.ts';
import { NotifyAccess } from './notifications.ts';
import type { Query } from './query.ts';
import type { ResponderConfig, ResponderTools } from './responder-config.ts';
import type { Response } from './response.ts';
import type { Signing } from './signing.ts';
import { type Transfer, TransferAccess } from './transfers.ts';
import type { BegunUpdate } from './updates.ts';

/** A transfer whose first message has been written. */
export interface BegunTransfer {
  readonly transfer: Transfer;
  /** What the next message is signed with, and bound to; undefined where the query was not signed. */
  readonly signed: { readonly key: TsigKey; readonly mac: Uint8Array } | undefined;
}

/** The message at hand, as the responder has it. */
export interface Asked {
  readonly query: Query;
  readonly question: Suffixes;
  readonly client: Client;
  readonly signing: Signing | undefined;
}

export class ZoneRequests {
  rcode: number = Rcode.NOERROR;
  /** An INFO-CODE, or NO_EDE. */
  ede: number = NO_EDE;
  isAuthoritative = false;
  readonly #asked: Asked;
  readonly #tables: TableReader;
  readonly #out: Response;
  readonly #tools: ResponderTools | undefined;
  readonly #transfers: TransferAccess;
  readonly #notifications: NotifyAccess;
  readonly #updaters: TransferAccess;
  #transfer: Transfer | undefined;
  #update: BegunUpdate | undefined;

  constructor(
    config: ResponderConfig,
    asked: Asked,
    tables: TableReader,
    out: Response,
    tools: ResponderTools | undefined,
  ) {
    this.#asked = asked;
    this.#tables = tables;
    this.#out = out;
    this.#tools = tools;
    this.#transfers = new TransferAccess(config.transfers ?? []);
    this.#notifications = new NotifyAccess(config.notifications ?? []);
    this.#updaters = new TransferAccess(config.updates ?? []);
  }

  /** Nobody took what the message before has begun. */
  forget(): void {
    this.#transfer?.close();
    this.#transfer = undefined;
    this.#update = undefined;
  }

  /** What is left of a transfer that was answered just now; undefined if the message was all of it. Whoever takes it ends it. */
  takeTransfer(): BegunTransfer | undefined {
    const transfer = this.#transfer;
    this.#transfer = undefined;
    if (transfer === undefined || transfer.isDone) return undefined;
    const { key, mac } = this.#asked.signing ?? {};
    return { transfer, signed: key === undefined || mac === undefined ? undefined : { key, mac } };
  }

  /** The update that was left unanswered; undefined if there was none. Whoever takes it sees to it that it is answered. */
  takeUpdate(): BegunUpdate | undefined {
    const update = this.#update;
    this.#update = undefined;
    return update;
  }

  /**
   * RFC 5936 §2.2.1, RFC 1995 §4. Over UDP an IXFR is told the serial there is, and AXFR has no meaning (RFC 5936 §4.2).
   * @returns whether it is to be answered like a query for the zone's SOA
   */
  transfer(channel: Channel): boolean {
    const { query, question, client, signing } = this.#asked;
    this.#begin();
    const { name, end } = question;
    const apex = name.slice(0, end);
    const isWhole = isDnsStream(channel);
    const isIncremental = query.type === RRType.IXFR;
    const view = this.#transfers.viewFor(apex, client, signing?.key?.name);
    if (view === undefined || (!isWhole && !isIncremental)) {
      this.#say(Rcode.REFUSED, Ede.PROHIBITED);
      return false;
    }
    const zone = this.#tables.findZone(question.hash(0), name, 0, end);
    if (zone === 0) {
      this.#say(Rcode.NOTAUTH, Ede.NOT_AUTHORITATIVE);
      return false;
    }
    if (this.#tables.isWithheld(zone)) {
      // As any query for it (RFC 8914 §4.25).
      this.#say(Rcode.SERVFAIL, Ede.INVALID_DATA);
      return false;
    }
    if (isIncremental && query.knownSerial === undefined) {
      this.#say(Rcode.FORMERR, NO_EDE);
      return false;
    }
    if (!isWhole) {
      this.isAuthoritative = true;
      return true;
    }
    try {
      const transfer = this.#tools?.transfers?.open(apex, view, query.knownSerial);
      if (transfer === 'refused') {
        // Signed, and too large for that.
        this.#say(Rcode.REFUSED, Ede.NOT_SUPPORTED);
        return false;
      }
      if (transfer !== undefined) {
        this.#transfer = transfer;
        this.#out.fill(transfer);
        this.isAuthoritative = true;
        return false;
      }
    } catch {
      this.#transfer?.close();
    }
    this.#say(Rcode.SERVFAIL, Ede.NOT_READY);
    return false;
  }

  /** RFC 1996 §3.10, §3.11. What it says is a hint: the primary is asked, whoever speaks. */
  notification(): void {
    const { query, question, client, signing } = this.#asked;
    this.#begin();
    const { name, end } = question;
    // SOA is the one type there are notifications of (§3.7).
    if (query.class !== RRClass.IN || query.type !== RRType.SOA) {
      this.#say(Rcode.FORMERR, NO_EDE);
      return;
    }
    const apex = name.slice(0, end);
    const access = this.#notifications.of(apex);
    if (access === undefined) {
      this.#say(Rcode.NOTAUTH, Ede.NOT_AUTHORITATIVE);
      return;
    }
    if (!access.allows(apex, client, signing?.key?.name)) {
      this.#say(Rcode.REFUSED, Ede.PROHIBITED);
      return;
    }
    const { address, addressAt, addressSize } = client;
    const from = address.slice(addressAt, addressAt + addressSize);
    if (this.#tools?.notified?.(apex, query.knownSerial, from) === true) this.isAuthoritative = true;
    else this.#say(Rcode.SERVFAIL, Ede.OTHER);
  }

  /**
   * RFC 2136 §3.1, §3.3: what can be known here of who may change which zone. All else takes the one writer.
   * @param holds whether its reply may come later
   * @returns whether it does
   */
  update(m: Uint8Array, at: number, holds: boolean): boolean {
    const { query, question, client, signing } = this.#asked;
    this.#begin();
    const { name, end } = question;
    const key = signing?.key;
    // §3.1.1: a zone is named by its SOA.
    if (query.type !== RRType.SOA) this.#say(Rcode.FORMERR, NO_EDE);
    else if (query.class !== RRClass.IN || this.#tables.findZone(question.hash(0), name, 0, end) === 0)
      this.#say(Rcode.NOTAUTH, Ede.NOT_AUTHORITATIVE);
    else if (key === undefined || !this.#updaters.allows(name.slice(0, end), client, key.name))
      this.#say(Rcode.REFUSED, Ede.PROHIBITED);
    else if (!holds || signing === undefined) this.#say(Rcode.REFUSED, Ede.NOT_SUPPORTED);
    else {
      const address = client.address.slice(client.addressAt, client.addressAt + client.addressSize);
      if (this.#tools?.updates?.hasRoom(address) === true) {
        const message = m.slice(at, query.tsigAt);
        this.#update = { message, key: key.name, mac: signing.requestMac, edns: query.edns, client: address };
        return true;
      }
      this.#say(Rcode.SERVFAIL, Ede.NOT_READY);
    }
    return false;
  }

  #begin(): void {
    this.rcode = Rcode.NOERROR;
    this.ede = NO_EDE;
    this.isAuthoritative = false;
  }

  #say(rcode: number, ede: number): void {
    this.rcode = rcode;
    this.ede = ede;
  }
}
