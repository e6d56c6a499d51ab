/** Zones from other servers as steerd.yaml has them, made what the server works with. */
import { readFileSync } from 'node:fs';
import { parseAddress } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Primary, SecondaryPolicy } from '../transfer/incoming/messages.ts';
import { formatName, lowerCase, parseName, sameName } from '../wire/name.ts';
import type { TsigKey } from '../wire/tsig.ts';
import { prefixField } from './prefix-field.ts';
import { parseListen } from './setting-fields.ts';
import type { Mistake } from './settings-mistakes.ts';
import type { SettingsFile } from './settings-schema.ts';

/** Who may say that a zone has changed (answer/notifications.ts). */
export interface NotifyRule {
  readonly zone: Uint8Array;
  readonly networks: readonly Prefix[] | undefined;
  readonly keys: readonly Uint8Array[] | undefined;
}

export interface SecondarySettings {
  readonly policy: SecondaryPolicy;
  readonly notifications: readonly NotifyRule[];
}

type WrittenZone = SettingsFile['secondary']['zones'][string];
type WrittenPrimary = WrittenZone['primaries'][number];

const PORT = 53;
const TLS_PORT = 853;

/**
 * @param signed zones that are signed here
 * @param path   of a file, as the process can open it
 * @returns undefined when no zone is from elsewhere; or what is wrong
 */
export function secondarySettings(
  { zones, max_octets: most }: SettingsFile['secondary'],
  keys: readonly TsigKey[],
  signed: readonly Uint8Array[],
  path: (file: string) => string,
): SecondarySettings | Mistake | undefined {
  const written = Object.entries(zones).map(([name, zone]) => ({ apex: apexOf(name), ...zone }));
  if (written.length === 0) return undefined;
  const find = (name: Uint8Array): TsigKey | undefined => keys.find((key) => sameName(key.name, name));
  for (const { apex, primaries, allow_notify: rules = [] } of written) {
    const named = [...primaries.flatMap(({ key }) => key ?? []), ...rules.flatMap((rule) => rule.keys ?? [])];
    const unknown = named.find((name) => find(name) === undefined);
    if (unknown === undefined) continue;
    const message = `secondary.zones names the TSIG key ${formatName(unknown).slice(0, -1)} for ${formatName(apex)}, which there is not`;
    return { code: 'unknown-key-name', message, fix: 'add its file to tsig.key_files' };
  }
  try {
    return {
      policy: {
        most,
        zones: written.map(({ apex, primaries }) => ({
          apex,
          primaries: primaries.map((one) => primaryOf(one, find, path)),
          signs: signed.some((zone) => sameName(zone, apex)),
        })),
      },
      notifications: written.flatMap(rulesOf),
    };
  } catch (error) {
    const message = `secondary.zones: a file of tls.ca can not be read: ${(error as Error).message}`;
    return { code: 'unreadable-file', message, fix: 'write the certificates of who signs for the primary there' };
  }
}

function primaryOf(
  { address, key, tls }: WrittenPrimary,
  find: (name: Uint8Array) => TsigKey | undefined,
  path: (file: string) => string,
): Primary {
  const { host, port } = placeOf(address, tls === undefined ? PORT : TLS_PORT);
  return {
    host,
    port,
    key: key && find(key),
    tls: tls && { name: tls.name, ca: tls.ca === undefined ? undefined : readFileSync(path(tls.ca), 'utf8') },
  };
}

/** Without rules of its own, those it is transferred from may speak, each with its key. */
function rulesOf({ apex: zone, primaries, allow_notify: rules }: WrittenZone & { apex: Uint8Array }): NotifyRule[] {
  if (rules !== undefined) return rules.map(({ networks, keys }) => ({ zone, networks, keys }));
  return primaries.map(({ address, key }) => {
    const { host } = placeOf(address, PORT);
    const result = prefixField(`${host}/${host.includes(':') ? 128 : 32}`, host.includes(':') ? 'ipv6' : 'ipv4');
    return { zone, networks: 'prefix' in result ? [result.prefix] : [], keys: key && [key] };
  });
}

function placeOf(address: string, port: number): { host: string; port: number } {
  const given = parseAddress(address) === undefined ? parseListen(address) : undefined;
  return given ?? { host: address, port };
}

function apexOf(name: string): Uint8Array {
  const apex = parseName(name);
  lowerCase(apex);
  return apex;
}
