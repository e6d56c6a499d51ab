/** Who may ask for names of which zones: a zone that rules are about answers to whom one of them is true of, every other zone to everybody. */
import { PrefixSet } from '../net/prefix-set.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { sameName } from '../wire/name.ts';
import { ByZone } from './by-zone.ts';
import type { Client } from './client.ts';
import type { TransferRule } from './transfers.ts';

/** As rules of transfers: what is undefined is true of everybody. */
export type AccessRule = Omit<TransferRule, 'view'>;

interface Rule {
  readonly zones: AccessRule['zones'];
  readonly networks: PrefixSet | undefined;
  readonly keys: AccessRule['keys'];
}

export class ZoneAccess {
  /** Set when a zone is asked for that rules are about. */
  isMet = false;
  readonly #rules: readonly Rule[];
  /** Whoever gets a zone as a whole may ask for its names. */
  readonly #transfers: readonly Rule[];
  /** Undefined where no rule is about the zone. */
  readonly #ofZone: ByZone<readonly Rule[] | undefined>;

  constructor(rules: readonly AccessRule[], transfers: readonly TransferRule[], tables: TableReader) {
    this.#rules = rules.map(inSets);
    this.#transfers = transfers.map(inSets);
    this.#ofZone = new ByZone(tables, (zone) => {
      const apex = tables.name(tables.apex(zone));
      const about = this.#rules.filter((rule) => isAbout(rule, apex));
      const whole = this.#transfers.filter((rule) => isAbout(rule, apex));
      return about.length === 0 ? undefined : [...about, ...whole];
    });
  }

  /** Whether everybody may ask. */
  isOpen(zone: number): boolean {
    return this.#ofZone.get(zone) === undefined;
  }

  /** @param key the name of the key that the query was signed with */
  allows(zone: number, client: Client, key: Uint8Array | undefined): boolean {
    const rules = this.#ofZone.get(zone);
    if (rules === undefined) return true;
    this.isMet = true;
    for (const { networks, keys } of rules) {
      if (networks !== undefined && !client.isIn(networks)) continue;
      if (keys === undefined || (key !== undefined && keys.some((name) => sameName(name, key)))) return true;
    }
    return false;
  }
}

function inSets({ zones, networks, keys }: AccessRule): Rule {
  return { zones, networks: networks && new PrefixSet(networks), keys };
}

function isAbout({ zones }: Rule, apex: Uint8Array): boolean {
  return zones === undefined || zones.some((zone) => sameName(zone, apex));
}
