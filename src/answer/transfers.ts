/** Who gets a zone as a whole (AXFR, IXFR), and what the responder wants of a transfer: where the records come from is none of its business. */
import type { Prefix } from '../net/prefix.ts';
import { PrefixSet } from '../net/prefix-set.ts';
import { sameName } from '../wire/name.ts';
import type { Client } from './client.ts';

/** Records of a transfer, message by message. */
export interface Transfer {
  /** Whether all has been written. */
  readonly isDone: boolean;
  /** Records that the last `fill` wrote. */
  readonly records: number;
  /**
   * Writes records behind m[.., p): as many as end before `soft`, but at least one, which may reach to `hard`. The apex's name lies where every message
   * has its question.
   * @returns where the next octet goes
   * @throws Error when it can't go on: the transfer ends without its last SOA, so nobody takes it for whole
   */
  fill(m: Uint8Array, p: number, soft: number, hard: number): number;
  close(): void;
}

/**
 * What of a zone is transferred: steered hosts as they are answered, or as they are declared, whatever is down or was moved.
 */
export type TransferView = 'steered' | 'declared';

/** Opens transfers. */
export interface TransferSource {
  /**
   * @param apex  wire form, lower case
   * @param known the serial the other side has, for IXFR
   * @returns undefined when it can't be had now, 'refused' when it can't at all
   */
  open(apex: Uint8Array, view: TransferView, known: number | undefined): Transfer | 'refused' | undefined;
}

/** Allows transfers to whoever all of this is true of; what is undefined is true of everybody. */
export interface TransferRule {
  /** Wire form, lower case. */
  readonly zones: readonly Uint8Array[] | undefined;
  readonly networks: readonly Prefix[] | undefined;
  /** Names of TSIG keys: wire form, lower case. */
  readonly keys: readonly Uint8Array[] | undefined;
  /** Without it: as they are answered. */
  readonly view?: TransferView;
}

/** Octets of a message of a transfer, unless one record takes more: a piece that costs no other connection much time. */
export const TRANSFER_MESSAGE = 16 << 10;

export class TransferAccess {
  readonly #rules: readonly (Omit<TransferRule, 'networks'> & { readonly networks: PrefixSet | undefined })[];

  constructor(rules: readonly TransferRule[]) {
    this.#rules = rules.map((rule) => ({ ...rule, networks: rule.networks && new PrefixSet(rule.networks) }));
  }

  /**
   * @param key the name of the key that the query was signed with
   * @returns the view that the first rule which is true gives; undefined where none is
   */
  viewFor(apex: Uint8Array, client: Client, key: Uint8Array | undefined): TransferView | undefined {
    const rule = this.#rules.find(
      ({ zones, networks, keys }) =>
        (zones === undefined || zones.some((zone) => sameName(zone, apex))) &&
        (networks === undefined || client.isIn(networks)) &&
        (keys === undefined || (key !== undefined && keys.some((name) => sameName(name, key)))),
    );
    return rule && (rule.view ?? 'steered');
  }

  /** Whether any rule is true. */
  allows(apex: Uint8Array, client: Client, key: Uint8Array | undefined): boolean {
    return this.viewFor(apex, client, key) !== undefined;
  }
}
