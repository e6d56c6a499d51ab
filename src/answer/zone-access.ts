/** Who may ask for names of which zones: a zone that rules are about answers to whom one of them is true of, every other zone to everybody. */
import { PrefixSet } from '../net/prefix-set.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { sameName } from '../wire/name.ts';
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
  readonly #tables: TableReader;
  // What is known of a zone by number: good for one version of the tables.
  #versions = new Int32Array(64);
  readonly #ofZone: (readonly Rule[] | undefined)[] = [];

  constructor(rules: readonly AccessRule[], transfers: readonly TransferRule[], tables: TableReader) {
    this.#rules = rules.map(inSets);
    this.#transfers = transfers.map(inSets);
    this.#tables = tables;
  }

  /** Whether everybody may ask. */
  isOpen(zone: number): boolean {
    return this.#rulesOf(zone) === undefined;
  }

  /** @param key the name of the key that the query was signed with */
  allows(zone: number, client: Client, key: Uint8Array | undefined): boolean {
    const rules = this.#rulesOf(zone);
    if (rules === undefined) return true;
    this.isMet = true;
    for (const { networks, keys } of rules) {
      if (networks !== undefined && !client.isIn(networks)) continue;
      if (keys === undefined || (key !== undefined && keys.some((name) => sameName(name, key)))) return true;
    }
    return false;
  }

  /** Undefined where no rule is about the zone. */
  #rulesOf(zone: number): readonly Rule[] | undefined {
    const { version } = this.#tables;
    // Versions begin with 1, so a zone never looked at is not taken for known.
    if (this.#versions[zone] !== version) this.#learn(zone, version);
    return this.#ofZone[zone];
  }

  #learn(zone: number, version: number): void {
    if (zone >= this.#versions.length) {
      const more = new Int32Array(zone * 2);
      more.set(this.#versions);
      this.#versions = more;
    }
    const tables = this.#tables;
    const apex = tables.name(tables.apex(zone));
    const about = this.#rules.filter((rule) => isAbout(rule, apex));
    const whole = this.#transfers.filter((rule) => isAbout(rule, apex));
    this.#ofZone[zone] = about.length === 0 ? undefined : [...about, ...whole];
    this.#versions[zone] = version;
  }
}

function inSets({ zones, networks, keys }: AccessRule): Rule {
  return { zones, networks: networks && new PrefixSet(networks), keys };
}

function isAbout({ zones }: Rule, apex: Uint8Array): boolean {
  return zones === undefined || zones.some((zone) => sameName(zone, apex));
}
