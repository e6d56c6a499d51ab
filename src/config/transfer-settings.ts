/** Transfers as steerd.yaml has them, made what the server works with. */

import { parseAddress } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import type { TransferPolicy } from '../transfer/messages.ts';
import { formatName, sameName } from '../wire/name.ts';
import type { TsigKey } from '../wire/tsig.ts';
import { unknownKey } from './named-keys.ts';
import type { SettingsFile } from './settings-schema.ts';

/** Who gets zones; what is undefined is true of everybody (answer/transfers.ts). */
export interface TransferRule {
  readonly zones: readonly Uint8Array[] | undefined;
  readonly networks: readonly Prefix[] | undefined;
  readonly keys: readonly Uint8Array[] | undefined;
}

/** @returns undefined when nobody gets a zone or is told of one; or what is wrong */
export function transferSettings(
  { allow, notify, coalesce, client, signature_lifetime, most_signed }: SettingsFile['transfer'],
  keys: readonly TsigKey[],
):
  | { readonly allow: readonly TransferRule[]; readonly policy: TransferPolicy }
  | { readonly code: string; readonly message: string; readonly fix: string }
  | undefined {
  const find = (name: Uint8Array): TsigKey | undefined => keys.find((key) => sameName(key.name, name));
  const named = [...allow.flatMap((rule) => rule.keys ?? []), ...notify.flatMap(({ key }) => key ?? [])];
  const unknown = unknownKey('transfer', named, keys);
  if (unknown !== undefined) return unknown;
  if (allow.length === 0 && notify.length === 0) return undefined;
  const all = allow.some(({ zones }) => zones === undefined);
  return {
    allow: allow.map((rule) => ({ zones: rule.zones, networks: rule.networks, keys: rule.keys })),
    policy: {
      zones: all ? undefined : allow.flatMap(({ zones }) => zones ?? []),
      notify: notify.flatMap(({ zones, to, key }) =>
        to.map(({ host, port }) => ({ zones, host, port, key: key && find(key) })),
      ),
      coalesce,
      client: client === undefined ? undefined : parseAddress(client),
      signatureLifetime: signature_lifetime / 1000,
      mostSigned: most_signed,
    },
  };
}
