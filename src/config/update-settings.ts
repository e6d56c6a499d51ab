/** Dynamic updates as steerd.yaml has them, made what the server works with. */
import type { Prefix } from '../net/prefix.ts';
import type { TsigKey } from '../wire/tsig.ts';
import { unknownKey } from './named-keys.ts';
import type { Mistake } from './settings-mistakes.ts';
import type { SettingsFile } from './settings-schema.ts';
import type { NamePattern } from './updated-fields.ts';

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
): UpdateSettings | Mistake | undefined {
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
