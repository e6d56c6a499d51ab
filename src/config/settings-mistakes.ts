/** What in steerd.yaml contradicts itself. What belongs together may come from two sources, so it is looked at when they are merged. */
import { MAX_NSEC3_APEX } from '../dnssec/nsec3.ts';
import { parseAddress } from '../net/address.ts';
import { formatName, lowerCase, NameError, parseName } from '../wire/name.ts';
import type { SettingsFile } from './settings-schema.ts';

export interface Mistake {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** The first mistake there is. */
export function settingsMistake(file: SettingsFile): Mistake | undefined {
  return (
    apiTlsMistake(file.api) ??
    tlsMistake(file.tls) ??
    xdpMistake(file) ??
    zonesMistake('dnssec.zones', file.dnssec.zones) ??
    zonesMistake('secondary.zones', file.secondary.zones)
  );
}

function apiTlsMistake(api: SettingsFile['api']): Mistake | undefined {
  const { tls_cert: cert, tls_key: key, tls_client_ca: ca } = api;
  const code = 'half-of-a-pair';
  if (cert === undefined && key !== undefined)
    return { code, message: 'api.tls_key is set without api.tls_cert', fix: 'set both or neither' };
  if (cert !== undefined && key === undefined)
    return { code, message: 'api.tls_cert is set without api.tls_key', fix: 'set both or neither' };
  if (cert === undefined && ca !== undefined)
    return {
      code,
      message: 'api.tls_client_ca is set without a certificate of the server',
      fix: 'set api.tls_cert and api.tls_key too',
    };
  return undefined;
}

function tlsMistake({ dot, doh, cert, key }: SettingsFile['tls']): Mistake | undefined {
  const half = (has: string, lacks: string): Mistake => ({
    code: 'half-of-a-pair',
    message: `${has} is set without ${lacks}`,
    fix: 'set both or neither',
  });
  if (cert !== undefined && key === undefined) return half('tls.cert', 'tls.key');
  if (cert === undefined && key !== undefined) return half('tls.key', 'tls.cert');
  if (cert === undefined && dot.length + doh.length > 0)
    return {
      code: 'no-certificate',
      message: `tls.${dot.length > 0 ? 'dot' : 'doh'} has an address, but there is no certificate`,
      fix: 'set tls.cert and tls.key',
    };
  return undefined;
}

function xdpMistake({ xdp, listen, transport }: SettingsFile): Mistake | undefined {
  if (xdp.length === 0) return undefined;
  if (transport === 'dgram')
    return {
      code: 'xdp-with-dgram',
      message: 'xdp has interfaces, but transport is dgram',
      fix: 'set transport to auto or batched, or leave xdp out',
    };
  // A queue of the interface has the queries to all addresses.
  if (listen.some(({ allow }) => allow !== undefined))
    return {
      code: 'xdp-with-allow',
      message: 'xdp has interfaces, but listen says who is answered at an address',
      fix: 'leave allow out there (access says who may ask for a zone), or leave xdp out',
    };
  // The program at the interface knows addresses, not which of them are this machine's.
  const wildcard = listen.find(({ host }) => parseAddress(host)?.every((octet) => octet === 0));
  if (wildcard === undefined) return undefined;
  return {
    code: 'xdp-with-wildcard',
    message: `xdp has interfaces, but listen has the wildcard ${wildcard.host}`,
    fix: 'list the addresses to answer on, or leave xdp out',
  };
}

/** The key of a zone may be anything until it is read as a name. */
function zonesMistake(setting: string, zones: Readonly<Record<string, unknown>>): Mistake | undefined {
  const seen = new Set<string>();
  for (const [name, zone] of Object.entries(zones)) {
    const problem = nameProblem(name);
    if (problem !== undefined)
      return {
        code: 'bad-name',
        message: `${setting}: ${problem}`,
        fix: 'write the name of a zone, like example.net',
      };
    const apex = apexOf(name);
    const isHashed = typeof zone === 'object' && zone !== null && 'nsec' in zone && zone.nsec === 'nsec3';
    if (isHashed && apex.length > MAX_NSEC3_APEX)
      return {
        code: 'name-too-long',
        message: `${setting}: ${name} is too long for nsec3, whose names have a hash in front of it`,
        fix: 'write nsec: compact or nsec: minimal',
      };
    const key = formatName(apex);
    if (seen.has(key))
      return { code: 'duplicate-zone', message: `${setting} has ${key} twice`, fix: 'keep one of them' };
    seen.add(key);
  }
  return undefined;
}

function nameProblem(name: string): string | undefined {
  try {
    apexOf(name);
  } catch (error) {
    if (error instanceof NameError) return error.message;
    throw error;
  }
  return undefined;
}

/** The name of a zone in wire form, lower case. @throws NameError */
export function apexOf(name: string): Uint8Array {
  const apex = parseName(name);
  lowerCase(apex);
  return apex;
}
