/**
 * steerd.yaml and the environment as the server's settings.
 */
import { availableParallelism } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Prefix } from '../net/prefix.ts';
import type { ForcedState } from '../steering/model.ts';
import type { TransferPolicy } from '../transfer/messages.ts';
import type { TsigKey } from '../wire/tsig.ts';
import type { Diagnostic } from '../zone/diagnostic.ts';
import { unknownKey } from './named-keys.ts';
import { type SecondarySettings, secondarySettings } from './secondary-settings.ts';
import type { Listen } from './setting-fields.ts';
import { apexOf, type Mistake, settingsMistake } from './settings-mistakes.ts';
import { type SettingsFile, settingsFileSchema } from './settings-schema.ts';
import { merge, readEnvironment, readFile } from './settings-sources.ts';
import { type TransferRule, transferSettings } from './transfer-settings.ts';
import { readTsigKeys } from './tsig-keys.ts';
import { type UpdateSettings, updateSettings } from './update-settings.ts';
import { valueAt } from './yaml-load.ts';

export type { Listen };

/** What the server is told before it starts. Times are in milliseconds, paths as the process can open them. */
export interface Settings {
  readonly listen: readonly Listen[];
  /** Threads that answer UDP. */
  readonly workers: number;
  /** Threads that answer TCP. */
  readonly streamWorkers: number;
  readonly zones: string;
  readonly stateDir: string;
  readonly transport: 'auto' | 'batched' | 'dgram';
  /** Interfaces served by XDP. */
  readonly xdp: readonly string[];
  readonly udpPayloadSize: number;
  readonly tcp: {
    readonly idleTimeout: number;
    readonly maxConnections: number;
    readonly maxPerClient: number;
    readonly maxPipelined: number;
  };
  /** Encrypted transports; undefined when there are to be none. */
  readonly tls?: {
    readonly dot: readonly Listen[];
    readonly doh: readonly Listen[];
    readonly dohPath: string;
    /** Files in PEM. */
    readonly cert: string;
    readonly key: string;
    /** Threads. */
    readonly workers: number;
  };
  readonly nsid?: string;
  /** For version.bind; without it the query is refused. */
  readonly version?: string;
  /** For id.server. */
  readonly id?: string;
  readonly reload: { readonly watch: boolean; readonly settle: number };
  readonly log: {
    readonly level: SettingsFile['log']['level'];
    readonly format: SettingsFile['log']['format'];
    readonly queries: number;
  };
  /** The HTTP API; undefined when there is to be none. */
  readonly api?: {
    readonly listen: readonly Listen[];
    /** Files in PEM. */
    readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa: string | undefined };
    /** Octets. */
    readonly bodyLimit: number;
    /** Requests a minute of one client address. */
    readonly rateLimit: number;
  };
  /** MaxMind DB files; undefined for the country database that comes along, and for no ASN database. */
  readonly geo: { readonly countryDatabase: string | undefined; readonly asnDatabase: string | undefined };
  /** Resolvers whose EDNS Client Subnet is believed. */
  readonly ecs: { readonly trust: readonly Prefix[] };
  /** Proxies that tell whose queries they send (PROXY protocol), and where over TLS; undefined when there are none. */
  readonly proxies?: { readonly trust: readonly Prefix[]; readonly tlsHeader: 'before' | 'inside' };
  /** Keys that queries may be signed with. */
  readonly tsigKeys: readonly TsigKey[];
  readonly dnssec: {
    /** Undefined for one in the state directory. */
    readonly keyDir: string | undefined;
    /** Signatures kept. */
    readonly signatures: number;
    /** Threads that sign. */
    readonly signers: number;
    readonly zones: readonly SignedZone[];
  };
  /** DNS cookies; undefined when there are to be none. */
  readonly cookies?: { readonly required: boolean; readonly secretFile: string | undefined };
  /** Who may ask for names of which zones; without a rule everybody may. */
  readonly access: readonly Omit<TransferRule, 'view'>[];
  /** Limits of replies over UDP; undefined when there are to be none. */
  readonly rateLimit?: RateLimit;
  /** Zones as a whole for other servers; undefined when nobody gets them or is told of them. */
  readonly transfer?: { readonly allow: readonly TransferRule[]; readonly policy: TransferPolicy };
  /** Zones from other servers; undefined when there are none. */
  readonly secondary?: SecondarySettings;
  /** Dynamic updates; undefined when nobody may send any. */
  readonly update?: UpdateSettings;
  readonly health: {
    /** Whether checks of type exec may run their programs. */
    readonly exec: boolean;
    readonly firstRound: number;
  };
  /** Forced states by `group`, `service/group` or `service/group/family`. */
  readonly states: Readonly<Record<string, ForcedState>>;
}

/** How many replies networks get (answer/rate-limiter.ts). */
export interface RateLimit {
  /** Replies a second by kind, 0 for no limit: answers, negative ones, errors. */
  readonly rates: readonly [number, number, number];
  readonly slip: number;
  /** Bits of a network. */
  readonly ipv4: number;
  readonly ipv6: number;
  readonly exempt: readonly Prefix[];
  readonly entries: number;
}

/** A zone that is signed, and the keys it gets if it has none. */
export interface SignedZone {
  /** Wire form, lower case. */
  readonly apex: Uint8Array;
  readonly algorithm: 'ecdsap256sha256' | 'ed25519';
  readonly keys: 'csk' | 'ksk+zsk';
  readonly denial: 'compact' | 'minimal' | 'nsec3';
}

/**
 * Settings of a file and of the environment, which wins.
 *
 * @param file undefined for none: defaults and environment only
 * @returns settings only if there is no error. Relative paths of the file, and default ones, are relative to the file's directory (without
 *   a file: to the current one); those of the environment to the current directory
 */
export function loadSettings(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): { settings?: Settings; diagnostics: Diagnostic[] } {
  const fromFile = file === undefined ? { said: {}, diagnostics: [] } : readFile(file);
  const fromEnv = readEnvironment(env);
  const diagnostics = [...fromFile.diagnostics, ...fromEnv.diagnostics];
  if (diagnostics.some((d) => d.severity === 'error')) return { diagnostics };
  const merged = settingsFileSchema.parse(merge(fromFile.said, fromEnv.said));
  const refused = ({ code, message, fix }: Mistake): { diagnostics: Diagnostic[] } => {
    const at = { severity: 'error', file: file ?? 'environment', line: 0, column: 0 } as const;
    return { diagnostics: [...diagnostics, { ...at, code, message, fix }] };
  };
  const mistake = settingsMistake(merged);
  if (mistake !== undefined) return refused(mistake);
  const resolved: Resolve = (value, ...at) => {
    const besideFile = file !== undefined && valueAt(fromEnv.said, at) === undefined && !isAbsolute(value);
    return join(besideFile ? dirname(file) : '', value);
  };
  const files = merged.tsig.key_files.map((path) => resolved(path, 'tsig', 'key_files'));
  const { key_variables: variables, md5 } = merged.tsig;
  const { keys, diagnostics: ofKeys } = readTsigKeys({ files, variables, md5 }, env);
  if (ofKeys.length > 0) return { diagnostics: [...diagnostics, ...ofKeys] };
  const unknown = unknownKey(
    'access',
    merged.access.flatMap((rule) => rule.keys ?? []),
    keys,
  );
  if (unknown !== undefined) return refused(unknown);
  const settings = inCode(merged, keys, resolved);
  const transfer = transferSettings(merged.transfer, keys);
  if (transfer !== undefined && 'message' in transfer) return refused(transfer);
  const secondary = secondarySettings(
    merged.secondary,
    keys,
    settings.dnssec.zones.map(({ apex }) => apex),
    (ca) => resolved(ca, 'secondary', 'zones'),
  );
  if (secondary !== undefined && 'message' in secondary) return refused(secondary);
  const update = updateSettings(merged.update, keys);
  if (update !== undefined && 'message' in update) return refused(update);
  const more = { ...(transfer && { transfer }), ...(secondary && { secondary }), ...(update && { update }) };
  return { settings: { ...settings, ...more }, diagnostics };
}

/** A path as given at a key, made relative to the right directory. */
type Resolve = (value: string, ...at: string[]) => string;

function inCode(file: SettingsFile, tsigKeys: readonly TsigKey[], path: Resolve): Settings {
  const { listen, transport, nsid, version, id, reload, log, states, api, ecs } = file;
  const { country_database: country, asn_database: asn } = file.geo;
  const zones = path(file.zones, 'zones');
  const stateDir = path(file.state_dir, 'state_dir');
  return {
    listen,
    workers: file.workers === 'auto' ? Math.max(1, availableParallelism() - 1) : file.workers,
    streamWorkers: file.stream_workers,
    zones,
    stateDir,
    transport,
    xdp: file.xdp,
    udpPayloadSize: file.udp_payload_size,
    tcp: {
      idleTimeout: file.tcp.idle_timeout,
      maxConnections: file.tcp.max_connections,
      maxPerClient: file.tcp.max_per_client,
      maxPipelined: file.tcp.max_pipelined,
    },
    ...tlsInCode(file.tls, path),
    nsid,
    version,
    id,
    reload,
    log,
    ...(api.enabled ? { api: apiInCode(api, path) } : {}),
    geo: {
      countryDatabase: country === undefined ? undefined : path(country, 'geo', 'country_database'),
      asnDatabase: asn === undefined ? undefined : path(asn, 'geo', 'asn_database'),
    },
    ecs,
    ...(file.proxy.trust.length === 0
      ? {}
      : { proxies: { trust: file.proxy.trust, tlsHeader: file.proxy.tls_header } }),
    tsigKeys,
    dnssec: {
      keyDir: file.dnssec.key_dir === undefined ? undefined : path(file.dnssec.key_dir, 'dnssec', 'key_dir'),
      signatures: file.dnssec.signatures,
      signers: file.dnssec.signers,
      zones: Object.entries(file.dnssec.zones).map(([name, zone]) => signedZone(name, zone)),
    },
    ...(file.cookies.enabled ? { cookies: cookiesInCode(file.cookies, path) } : {}),
    access: file.access.map(({ zones: of, networks, keys }) => ({ zones: of, networks, keys })),
    ...(file.rate_limit.enabled ? { rateLimit: rateLimitInCode(file.rate_limit) } : {}),
    health: { exec: file.health.exec, firstRound: file.health.first_round },
    states,
  };
}

function tlsInCode(
  { dot, doh, doh_path, cert, key, workers }: SettingsFile['tls'],
  path: Resolve,
): { tls?: Settings['tls'] } {
  if (cert === undefined || key === undefined || dot.length + doh.length === 0) return {};
  return {
    tls: { dot, doh, dohPath: doh_path, cert: path(cert, 'tls', 'cert'), key: path(key, 'tls', 'key'), workers },
  };
}

function signedZone(name: string, zone: SettingsFile['dnssec']['zones'][string]): SignedZone {
  const { algorithm, keys, nsec } =
    typeof zone === 'string' ? { algorithm: zone, keys: 'csk' as const, nsec: 'compact' as const } : zone;
  return { apex: apexOf(name), algorithm, keys, denial: nsec };
}

function cookiesInCode(
  { required, secret_file: secrets }: SettingsFile['cookies'],
  path: Resolve,
): Settings['cookies'] {
  return { required, secretFile: secrets === undefined ? undefined : path(secrets, 'cookies', 'secret_file') };
}

function rateLimitInCode({
  answers,
  negative,
  errors,
  slip,
  ipv4_prefix: ipv4,
  ipv6_prefix: ipv6,
  exempt,
  entries,
}: SettingsFile['rate_limit']): RateLimit {
  return { rates: [answers, negative, errors], slip, ipv4, ipv6, exempt, entries };
}

function apiInCode(api: SettingsFile['api'], path: Resolve): Settings['api'] {
  const { tls_cert: cert, tls_key: key, tls_client_ca: clientCa } = api;
  const tls = cert !== undefined &&
    key !== undefined && {
      cert: path(cert, 'api', 'tls_cert'),
      key: path(key, 'api', 'tls_key'),
      clientCa: clientCa === undefined ? undefined : path(clientCa, 'api', 'tls_client_ca'),
    };
  return {
    listen: api.listen,
    ...(tls === false ? {} : { tls }),
    bodyLimit: api.body_limit,
    rateLimit: api.rate_limit,
  };
}
