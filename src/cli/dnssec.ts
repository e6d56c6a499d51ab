/** `steerd dnssec`: keys of signed zones. Works on the key files; a server reads them when it starts. */
import { mkdirSync } from 'node:fs';
import type { SignedZone } from '../config/settings.ts';
import { ALGORITHMS } from '../control/zone-signing.ts';
import { algorithmName } from '../dnssec/algorithm.ts';
import { type DnssecKey, DsDigest, dnskeyRdata, dsRdata, isActive, isPublished, isSep, keyTag } from '../dnssec/key.ts';
import { makeKeys, readKey, readKeys, type StoredKey, writeKey } from '../dnssec/key-directory.ts';
import { KeyFileError } from '../dnssec/key-file.ts';
import { formatName, lowerCase, NameError, parseName } from '../wire/name.ts';
import { ds as dsCodec } from '../wire/rdata/ds.ts';
import { type Command, CommandError, parse, print, printJson, UsageError } from './command.ts';
import { keyDirectory, readSettings } from './settings.ts';

const HELP = `  status [ZONE]    keys of all signed zones, or of one: what each is for, since when, its tag
  ds ZONE          DS records to give to the parent zone, with SHA-256 and SHA-384
  generate ZONE    makes keys as the settings say, beside those there are
  import FILE …    takes over keys of BIND, Knot or others: K….key with K….private beside it
  export ZONE --to DIRECTORY
                   copies a zone's keys, private halves too, for another server
  --to             where to
  --config         settings file (default: steerd.yaml, if there is one; every key also as STEERD_… variable)
  --json           as JSON
A server reads keys when it starts; restart it after changes.
`;

interface Context {
  readonly directory: string;
  readonly zones: readonly SignedZone[];
  readonly json: boolean;
  readonly to: string | undefined;
  /** Unix seconds. */
  readonly now: number;
}

const ACTIONS: Readonly<Record<string, (context: Context, names: readonly string[]) => void>> = {
  status,
  ds,
  generate,
  import: importKeys,
  export: exportKeys,
};

export const dnssec: Command = {
  name: 'dnssec',
  synopsis:
    'status [ZONE] | ds ZONE | generate ZONE | import FILE … | export ZONE --to DIRECTORY [--config FILE] [--json]',
  summary: 'Shows, makes and copies the keys of signed zones, and prints the DS for the parent zone.',
  help: HELP,
  async run(args) {
    const { values, positionals } = parse(args, {
      config: { type: 'string' },
      to: { type: 'string' },
      json: { type: 'boolean', default: false },
    });
    const [action, ...names] = positionals;
    if (action === undefined || !Object.hasOwn(ACTIONS, action))
      throw new UsageError(`dnssec takes one of ${Object.keys(ACTIONS).join(', ')}`);
    const settings = readSettings(values.config);
    const now = Math.floor(Date.now() / 1000);
    const context = {
      directory: keyDirectory(settings),
      zones: settings.dnssec.zones,
      json: values.json,
      to: values.to,
      now,
    };
    try {
      ACTIONS[action](context, names);
    } catch (error) {
      if (error instanceof KeyFileError) throw new CommandError(error.message);
      throw error;
    }
    return 0;
  },
};

function status(context: Context, names: readonly string[]): void {
  if (names.length > 1) throw new UsageError('dnssec status takes one zone, or none for all');
  const zones = names.length === 0 ? context.zones.map(({ apex }) => apex) : [zoneNamed(names[0], 'status')];
  const all = zones.map((apex) => ({
    zone: formatName(apex),
    signed: context.zones.some((zone) => formatName(zone.apex) === formatName(apex)),
    keys: readKeys(context.directory, apex).map((stored) => keyView(stored, context.now)),
  }));
  if (context.json) {
    printJson(all);
    return;
  }
  if (all.length === 0) print('no zone is signed; dnssec.zones in steerd.yaml names those that are');
  for (const { zone, signed, keys } of all) {
    print(`${zone}${signed ? '' : ' (not in dnssec.zones, so it is not signed)'}`);
    if (keys.length === 0) print(signed ? '  no keys yet; the server makes them when it starts' : '  no keys');
    for (const { tag, role, algorithm, published, active, file } of keys) {
      const use = active ? 'signs' : published ? 'published, does not sign' : 'not published';
      print(`  ${String(tag).padStart(5)}  ${role.padEnd(3)}  ${algorithm.padEnd(15)}  ${use}  ${file}`);
    }
  }
}

function keyView(
  { key, file }: StoredKey,
  now: number,
): Record<'role' | 'algorithm' | 'file', string> & { tag: number; flags: number; published: boolean; active: boolean } {
  return {
    tag: tagOf(key),
    role: isSep(key) ? 'ksk' : 'zsk',
    flags: key.flags,
    algorithm: algorithmName(key.algorithm),
    published: isPublished(key, now),
    active: isActive(key, now),
    file,
  };
}

/** A key with SEP is what a parent's DS points to, be there others or not. */
function ds(context: Context, names: readonly string[]): void {
  const apex = only(names, 'ds');
  const keys = mustHave(context, apex).filter((key) => isSep(key) && isPublished(key, context.now));
  if (keys.length === 0)
    throw new CommandError(`no key of ${formatName(apex)} has the SEP flag (257) and is published`);
  const records = keys.flatMap((key) =>
    [DsDigest.SHA256, DsDigest.SHA384].map((type) => dsCodec.toText(dsRdata(key, type))),
  );
  if (context.json) {
    printJson({ zone: formatName(apex), ds: records });
    return;
  }
  for (const record of records) print(`${formatName(apex)} IN DS ${record}`);
}

function generate(context: Context, names: readonly string[]): void {
  const apex = only(names, 'generate');
  const zone = context.zones.find((each) => formatName(each.apex) === formatName(apex));
  const { algorithm, keys } = zone ?? { algorithm: 'ecdsap256sha256', keys: 'csk' };
  tell(context, 'made', makeKeys(context.directory, apex, ALGORITHMS[algorithm], keys, context.now));
}

function importKeys(context: Context, names: readonly string[]): void {
  if (names.length === 0) throw new UsageError('dnssec import takes key files, e.g. Kexample.net.+013+12345');
  // All are read before any is written.
  const keys = names.map((name) => readKey(name.replace(/\.(key|private)$/, '')).key);
  tell(
    context,
    'imported',
    keys.map((key) => writeKey(context.directory, key)),
  );
}

function exportKeys(context: Context, names: readonly string[]): void {
  const apex = only(names, 'export');
  const { to } = context;
  if (to === undefined) throw new UsageError('dnssec export needs --to DIRECTORY');
  const keys = mustHave(context, apex);
  mkdirSync(to, { recursive: true, mode: 0o700 });
  tell(
    context,
    'exported',
    keys.map((key) => writeKey(to, key)),
  );
}

function tell(context: Context, done: string, keys: readonly StoredKey[]): void {
  if (context.json) {
    printJson(keys.map((stored) => keyView(stored, context.now)));
    return;
  }
  for (const { key, file } of keys)
    print(`${done} ${file}  ${isSep(key) ? 'ksk' : 'zsk'} ${tagOf(key)} of ${formatName(key.zone)}`);
}

function mustHave({ directory }: Context, apex: Uint8Array): DnssecKey[] {
  const keys = readKeys(directory, apex).map(({ key }) => key);
  if (keys.length > 0) return keys;
  throw new CommandError(
    `${formatName(apex)} has no keys in ${directory}; steerd dnssec generate makes some, as does the first start with the zone in dnssec.zones`,
  );
}

function only(names: readonly string[], action: string): Uint8Array {
  if (names.length !== 1) throw new UsageError(`dnssec ${action} takes one zone, e.g. dnssec ${action} example.net`);
  return zoneNamed(names[0], action);
}

function zoneNamed(name: string, action: string): Uint8Array {
  try {
    const apex = parseName(name);
    lowerCase(apex);
    return apex;
  } catch (error) {
    if (error instanceof NameError) throw new UsageError(`dnssec ${action}: ${error.message}`);
    throw error;
  }
}

function tagOf(key: DnssecKey): number {
  return keyTag(dnskeyRdata(key));
}
