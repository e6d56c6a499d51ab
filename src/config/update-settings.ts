/** Dynamic updates as steerd.yaml has them, made what the server works with. */
import type { Prefix } from '../net/prefix.ts';
import { RRType } from '../wire/constants.ts';
import { lowerCase, NameError, parseName } from '../wire/name.ts';
import { typeOf } from '../wire/rdata/index.ts';
import type { TsigKey } from '../wire/tsig.ts';
import { unknownKey } from './named-keys.ts';
import type { SettingsFile } from './settings-schema.ts';

/** Which names: `self` and `subdomains` go by the key's name; else labels from left to right, `*` for any number of them, relative to the zone unless absolute. */
export type NamePattern = 'self' | 'subdomains' | { readonly labels: readonly string[]; readonly isAbsolute: boolean };

/** Allows changes to whoever all of this is true of; what is undefined is true of all. */
export interface UpdateRule {
  /** Wire form, lower case. */
  readonly zones: readonly Uint8Array[] | undefined;
  readonly networks: readonly Prefix[] | undefined;
  /** Names of TSIG keys: wire form, lower case. */
  readonly keys: readonly Uint8Array[];
  readonly names: readonly NamePattern[] | undefined;
  readonly types: readonly number[] | undefined;
}

/** How many records updates may make. */
export interface UpdateLimits {
  readonly perName: number;
  readonly perZone: number;
  readonly perKey: number;
}

export interface UpdateSettings {
  readonly allow: readonly UpdateRule[];
  readonly limits: UpdateLimits;
}

/** @returns undefined when nobody may update anything; or what is wrong */
export function updateSettings(
  { allow, per_name: perName, per_zone: perZone, per_key: perKey }: SettingsFile['update'],
  keys: readonly TsigKey[],
): UpdateSettings | { readonly code: string; readonly message: string; readonly fix: string } | undefined {
  const unknown = unknownKey(
    'update',
    allow.flatMap((rule) => rule.keys),
    keys,
  );
  if (unknown !== undefined) return unknown;
  if (allow.length === 0) return undefined;
  const rules = allow.map(
    (rule): UpdateRule => ({
      zones: rule.zones,
      networks: rule.networks,
      keys: rule.keys,
      names: rule.names,
      types: rule.types,
    }),
  );
  return { allow: rules, limits: { perName, perZone, perKey } };
}

/** @returns undefined for what is none */
export function parseNamePattern(text: string): NamePattern | undefined {
  if (text === 'self' || text === 'subdomains') return text;
  if (text === '@') return { labels: [], isAbsolute: false };
  try {
    const name = parseName(text);
    lowerCase(name);
    const labels: string[] = [];
    for (let at = 0; name[at] !== 0; at += name[at] + 1)
      labels.push(String.fromCharCode(...name.subarray(at + 1, at + 1 + name[at])));
    return { labels, isAbsolute: text.endsWith('.') };
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}

/** The number of a type that updates may have, by its mnemonic; undefined for none. */
export function updatableType(mnemonic: string): number | undefined {
  const type = typeOf(mnemonic);
  return type === undefined || isNeverUpdated(type) ? undefined : type;
}

/**
 * What only the zone's file has: what makes the zone and its delegations, what signing makes, and STEER. Types without a name here: SIG, KEY and NXT, which came before today's
 * DNSSEC; CDS and CDNSKEY; CSYNC and ZONEMD, which speak of the zone as a whole.
 */
const NEVER: readonly number[] = [
  ...[RRType.SOA, RRType.NS, RRType.DS, RRType.DNAME, RRType.STEER],
  ...[RRType.RRSIG, RRType.NSEC, RRType.DNSKEY, RRType.NSEC3, RRType.NSEC3PARAM, RRType.NXNAME],
  ...[24, 25, 30, 59, 60, 62, 63],
];

export function isNeverUpdated(type: number): boolean {
  return NEVER.includes(type);
}
