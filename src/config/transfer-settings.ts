/** Transfers as steerd.yaml has them, made what the server works with. */
import { parseAddress } from '../net/address.ts';
import { covers, type Prefix } from '../net/prefix.ts';
import type { TransferPolicy } from '../transfer/messages.ts';
import { sameName } from '../wire/name.ts';
import type { TsigKey } from '../wire/tsig.ts';
import { unknownKey } from './named-keys.ts';
import type { Mistake } from './settings-mistakes.ts';
import type { SettingsFile } from './settings-schema.ts';

/** Who gets zones; what is undefined is true of everybody (answer/transfers.ts). */
export interface TransferRule {
  readonly zones: readonly Uint8Array[] | undefined;
  readonly networks: readonly Prefix[] | undefined;
  readonly keys: readonly Uint8Array[] | undefined;
  /** Hosts as they are answered, or as they are declared. */
  readonly view: 'steered' | 'declared';
}

/** @returns undefined when nobody gets a zone or is told of one; or what is wrong */
export function transferSettings(
  { allow, notify, coalesce, client, signature_lifetime, most_signed }: SettingsFile['transfer'],
  keys: readonly TsigKey[],
): { readonly allow: readonly TransferRule[]; readonly policy: TransferPolicy } | Mistake | undefined {
  const find = (name: Uint8Array): TsigKey | undefined => keys.find((key) => sameName(key.name, name));
  const named = [...allow.flatMap((rule) => rule.keys ?? []), ...notify.flatMap(({ key }) => key ?? [])];
  const unknown = unknownKey('transfer', named, keys);
  if (unknown !== undefined) return unknown;
  if (allow.length === 0 && notify.length === 0) return undefined;
  const rules = allow.map(({ zones, networks, keys: names, view }) => ({ zones, networks, keys: names, view }));
  const shadowed = rules.findIndex((rule, i) => rules.slice(0, i).some((before) => isAsWide(before, rule)));
  if (shadowed >= 0) {
    const message = `transfer.allow: rule ${shadowed + 1} gives nobody its view: a rule before it, of another view, is true of all that it is true of`;
    return { code: 'shadowed-rule', message, fix: 'put it before that rule, or leave one of both out' };
  }
  return {
    allow: rules,
    policy: {
      zones: { steered: zonesOf(rules, 'steered'), declared: zonesOf(rules, 'declared') },
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

/** Zones that some rule gives a view of; undefined: all. */
function zonesOf(rules: readonly TransferRule[], view: TransferRule['view']): readonly Uint8Array[] | undefined {
  const own = rules.filter((rule) => rule.view === view);
  return own.some(({ zones }) => zones === undefined) ? undefined : own.flatMap(({ zones }) => zones ?? []);
}

/** Whether a rule of another view is true of all that another rule is true of. */
function isAsWide(before: TransferRule, rule: TransferRule): boolean {
  const has = (all: readonly Uint8Array[] | undefined, some: readonly Uint8Array[] | undefined): boolean =>
    all === undefined || some?.every((name) => all.some((one) => sameName(one, name))) === true;
  const { networks } = before;
  return (
    before.view !== rule.view &&
    has(before.zones, rule.zones) &&
    has(before.keys, rule.keys) &&
    (networks === undefined || rule.networks?.every((inner) => networks.some((outer) => covers(outer, inner))) === true)
  );
}
