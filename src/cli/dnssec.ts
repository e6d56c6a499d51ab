/** `steerd dnssec`: keys of signed zones. Works on the key files, which servers follow. */
import { mkdirSync } from 'node:fs';
import type { SignedZone } from '../config/settings.ts';
import { ALGORITHMS } from '../control/zone-signing.ts';
import { algorithmName } from '../dnssec/algorithm.ts';
import { type DnssecKey, DsDigest, dnskeyRdata, dsRdata, isActive, isPublished, isSep, keyTag } from '../dnssec/key.ts';
import { copyKey, hasKey, makeKeys, readKey, readKeys, type StoredKey } from '../dnssec/key-directory.ts';
import { KeyFileError } from '../dnssec/key-file.ts';
import { keysForParent, roleOf, timeText } from '../dnssec/roll.ts';
import { formatName, lowerCase, NameError, parseName } from '../wire/name.ts';
import { ds as dsCodec } from '../wire/rdata/ds.ts';
import { type Command, CommandError, parse, print, printJson, UsageError } from './command.ts';
import { cds, dsSeen, lifeOf, type RollContext, roll, useText } from './dnssec-roll.ts';
import { keyDirectory, readSettings } from './settings.ts';

const HELP = `  status [ZONE]    keys of all signed zones, or of one: tag, what each is for and does; what is being rolled, and what comes next
  ds ZONE          DS records that the parent zone should have, with SHA-256 and SHA-384
  roll ZONE        makes a new key and has it take the place of another, which goes when nobody needs it any more
  --ksk --zsk --csk
                   of roll: which; needed where a zone has several
  ds-seen ZONE     says that the parent zone has what ds prints: the roll of a ksk or csk goes on
  cds ZONE on|off|delete
                   has CDS and CDNSKEY published, by which the parent takes over what ds prints; delete: to remove all its DS
  generate ZONE    makes keys as the settings say, where none of their algorithm sign yet
  import FILE …    takes over keys of BIND, Knot or others: K….key with K….private beside it
  export ZONE --to DIRECTORY
                   copies a zone's keys, private halves too, for another server
  --to             where to
  --propagation    of roll and ds-seen: until all servers have changed key files, and all of the parent's a DS (default: 1h)
  --max-ttl        of roll and ds-seen: the zone's largest TTL (default: that of the files, and a day at least)
  --ds-ttl         of ds-seen: the TTL of the DS in the parent zone (default: 1d)
  --config         settings file (default: steerd.yaml, if there is one; every key also as STEERD_… variable)
  --json           as JSON
A running server follows the key files.
`;

interface Context extends RollContext {
  readonly zones: readonly SignedZone[];
  readonly to: string | undefined;
}

interface Action {
  run(context: Context, names: readonly string[]): void;
  /** Options that it takes beside those of all. */
  readonly takes?: readonly string[];
}

const OF_ALL = ['config', 'json'];
const ACTIONS: Readonly<Record<string, Action>> = {
  status: { run: status },
  ds: { run: ds },
  roll: {
    run: (context, names) => roll(context, only(names, 'roll')),
    takes: ['ksk', 'zsk', 'csk', 'propagation', 'max-ttl'],
  },
  'ds-seen': {
    run: (context, names) => dsSeen(context, only(names, 'ds-seen')),
    takes: ['propagation', 'max-ttl', 'ds-ttl'],
  },
  cds: {
    run: (context, names) => cds(context, only(names.slice(0, 1), 'cds'), names.length > 2 ? undefined : names[1]),
  },
  generate: { run: generate },
  import: { run: importKeys },
  export: { run: exportKeys, takes: ['to'] },
};

export const dnssec: Command = {
  name: 'dnssec',
  synopsis:
    'status [ZONE] | ds ZONE | roll ZONE [--ksk|--zsk|--csk] | ds-seen ZONE | cds ZONE on|off|delete | generate ZONE | import FILE … | export ZONE --to DIRECTORY [--config FILE] [--json]',
  summary: 'Shows, makes, rolls and copies the keys of signed zones, and prints the DS for the parent zone.',
  help: HELP,
  async run(args) {
    const { values, positionals, tokens } = parse(args, {
      config: { type: 'string' },
      to: { type: 'string' },
      ksk: { type: 'boolean', default: false },
      zsk: { type: 'boolean', default: false },
      csk: { type: 'boolean', default: false },
      propagation: { type: 'string' },
      'max-ttl': { type: 'string' },
      'ds-ttl': { type: 'string' },
      json: { type: 'boolean', default: false },
    });
    const [action, ...names] = positionals;
    if (action === undefined || !Object.hasOwn(ACTIONS, action))
      throw new UsageError(`dnssec takes one of ${Object.keys(ACTIONS).join(', ')}`);
    refuseOthers(
      action,
      tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : [])),
    );
    const settings = readSettings(values.config);
    const now = Math.floor(Date.now() / 1000);
    const context = {
      settings,
      options: {
        kinds: (['ksk', 'zsk', 'csk'] as const).filter((kind) => values[kind]),
        propagation: values.propagation,
        maxTtl: values['max-ttl'],
        dsTtl: values['ds-ttl'],
      },
      directory: keyDirectory(settings),
      zones: settings.dnssec.zones,
      json: values.json,
      to: values.to,
      now,
    };
    try {
      ACTIONS[action].run(context, names);
    } catch (error) {
      if (error instanceof KeyFileError) throw new CommandError(error.message);
      throw error;
    }
    return 0;
  },
};

/** An option that is of another action would do nothing here: whoever gives it means something else. @throws UsageError */
function refuseOthers(action: string, given: readonly string[]): void {
  const taken = [...(ACTIONS[action].takes ?? []), ...OF_ALL];
  const other = given.find((name) => !taken.includes(name));
  if (other === undefined) return;
  const names = taken.map((name) => `--${name}`);
  throw new UsageError(
    `dnssec ${action} takes no --${other}, only ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`,
  );
}

function status(context: Context, names: readonly string[]): void {
  if (names.length > 1) throw new UsageError('dnssec status takes one zone, or none for all');
  const zones = names.length === 0 ? context.zones.map(({ apex }) => apex) : [zoneNamed(names[0], 'status')];
  const all = zones.map((apex) => {
    const stored = readKeys(context.directory, apex);
    return {
      zone: formatName(apex),
      signed: context.zones.some((zone) => formatName(zone.apex) === formatName(apex)),
      keys: stored.map((key) => keyView(key, stored, context.now)),
      life: lifeOf(context.directory, apex, context.now),
    };
  });
  if (context.json) {
    printJson(all.map(({ life: { cds: state, rolls }, ...rest }) => ({ ...rest, rolls, cds: state })));
    return;
  }
  if (all.length === 0) print('no zone is signed; dnssec.zones in steerd.yaml names those that are');
  for (const { zone, signed, keys, life } of all) {
    print(`${zone}${signed ? '' : ' (not in dnssec.zones, so it is not signed)'}`);
    if (keys.length === 0) print(signed ? '  no keys yet; the server makes them when it starts' : '  no keys');
    for (const { tag, role, algorithm, use, file } of keys)
      print(`  ${String(tag).padStart(5)}  ${role.padEnd(3)}  ${algorithm.padEnd(15)}  ${use}  ${file}`);
    for (const line of life.lines) print(line);
  }
}

interface KeyView extends Record<'role' | 'algorithm' | 'use' | 'file', string> {
  readonly tag: number;
  readonly flags: number;
  readonly published: boolean;
  readonly active: boolean;
  readonly times: Readonly<Record<string, string>>;
}

function keyView({ key, file }: StoredKey, all: readonly StoredKey[], now: number): KeyView {
  const keys = all.map((stored) => stored.key);
  const times = Object.entries(key.times).map(([name, time]) => [name, timeText(time)] as const);
  return {
    tag: tagOf(key),
    role: roleOf(key, keys, now),
    flags: key.flags,
    algorithm: algorithmName(key.algorithm),
    published: isPublished(key, now),
    active: isActive(key, now),
    use: useText(key, now),
    times: Object.fromEntries(times),
    file,
  };
}

/** A key with SEP is what a parent's DS points to, be there others or not. While one is rolled, it is the one of the two that the parent should have now. */
function ds(context: Context, names: readonly string[]): void {
  const apex = only(names, 'ds');
  const keys = keysForParent(mustHave(context, apex), context.now);
  if (keys.length === 0)
    throw new CommandError(
      `no key of ${formatName(apex)} has the SEP flag (257), is published, and is one the parent should have by its times (SyncPublish, SyncDelete)`,
    );
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
  const known = readKeys(context.directory, apex).map(({ key }) => key);
  // Of keys that sign all the newest would sign data at once, while resolvers keep DNSKEYs without it.
  if (known.some((key) => key.algorithm === ALGORITHMS[algorithm] && isActive(key, context.now)))
    throw new CommandError(
      `${formatName(apex)} has keys of ${algorithm} that sign; steerd dnssec roll ${formatName(apex)} makes another in place of one, at times at which nobody finds anything bogus`,
    );
  tell(context, 'made', makeKeys(context.directory, apex, ALGORITHMS[algorithm], keys, context.now));
}

function importKeys(context: Context, names: readonly string[]): void {
  if (names.length === 0) throw new UsageError('dnssec import takes key files, e.g. Kexample.net.+013+12345');
  // All are read before any is written.
  const keys = names.map((name) => readKey(name.replace(/\.(key|private)$/, '')).key);
  copyAll(context, 'imported', keys, context.directory);
}

function exportKeys(context: Context, names: readonly string[]): void {
  const apex = only(names, 'export');
  const { to } = context;
  if (to === undefined) throw new UsageError('dnssec export needs --to DIRECTORY');
  const keys = mustHave(context, apex);
  mkdirSync(to, { recursive: true, mode: 0o700 });
  copyAll(context, 'exported', keys, to);
}

/** A key that is there already gets the times it has here: so rolls come to other servers. New keys come first: without them the old ones may not go. */
function copyAll(context: Context, done: string, keys: readonly DnssecKey[], to: string): void {
  const [known, added] = [true, false].map((is) => keys.filter((key) => hasKey(to, key) === is));
  const copies = [...added, ...known].map((key) => copyKey(to, key));
  if (context.json) {
    tell(
      context,
      done,
      copies.map(({ stored }) => stored),
    );
    return;
  }
  for (const { stored, before } of copies) tell(context, before === undefined ? done : 'updated', [stored]);
}

function tell(context: Context, done: string, keys: readonly StoredKey[]): void {
  if (context.json) {
    printJson(keys.map((stored) => keyView(stored, keys, context.now)));
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
