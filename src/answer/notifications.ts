/** Who may say that a zone has changed elsewhere (NOTIFY, RFC 1996). */
import type { Prefix } from '../net/prefix.ts';
import { TransferAccess } from './transfers.ts';

/** Allows notifications of a zone to whoever both are true of; what is undefined is true of everybody. */
export interface NotifyRule {
  /** Wire form, lower case. */
  readonly zone: Uint8Array;
  readonly networks: readonly Prefix[] | undefined;
  /** Names of TSIG keys: wire form, lower case. */
  readonly keys: readonly Uint8Array[] | undefined;
}

export class NotifyAccess {
  /** By apex: there may be many zones, and many notifications. */
  readonly #zones: ReadonlyMap<string, TransferAccess>;

  constructor(rules: readonly NotifyRule[]) {
    const byZone = Map.groupBy(rules, ({ zone }) => textOf(zone));
    this.#zones = new Map(
      [...byZone].map(([zone, all]) => [
        zone,
        new TransferAccess(all.map(({ networks, keys }) => ({ zones: undefined, networks, keys }))),
      ]),
    );
  }

  /** Who may speak of a zone; undefined for one that nobody may, because it is not from elsewhere. @param apex wire form, lower case */
  of(apex: Uint8Array): TransferAccess | undefined {
    return this.#zones.get(textOf(apex));
  }
}

function textOf(apex: Uint8Array): string {
  let text = '';
  for (const octet of apex) text += String.fromCharCode(octet);
  return text;
}
