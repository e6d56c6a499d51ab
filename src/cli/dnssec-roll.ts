/** `steerd dnssec roll`, `ds-seen` and `cds`: what is done to keys over their life, all of it in key files; and what `status` says of it. */

import { zoneRecords } from '../compile/zone-records.ts';
import type { Settings } from '../config/settings.ts';
import { type DnssecKey, dnskeyRdata, isActive, isPublished, keyTag } from '../dnssec/key.ts';
import { makeKey, readCds, readKeys, type StoredKey, setTimes, writeCds } from '../dnssec/key-directory.ts';
import {
  beginRoll,
  endRoll,
  type KeyChange,
  phaseText,
  RollError,
  type RollKind,
  type RollTiming,
  rollsOf,
  STANDARD_TIMING,
  timeText,
} from '../dnssec/roll.ts';
import { originalTtl } from '../steering/ttl.ts';
import { formatName } from '../wire/name.ts';
import { CommandError, print, printJson, UsageError } from './command.ts';
import { OFFLINE_SEED, OfflineTables } from './offline.ts';
import { zoneNumber } from './zone-names.ts';

export interface RollContext {
  readonly directory: string;
  readonly settings: Settings;
  readonly json: boolean;
  /** Unix seconds. */
  readonly now: number;
  /** As given on the command line. */
  readonly options: {
    readonly kinds: readonly RollKind[];
    readonly propagation: string | undefined;
    readonly maxTtl: string | undefined;
    readonly dsTtl: string | undefined;
  };
}

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

export function roll(context: RollContext, apex: Uint8Array): void {
  const { directory, now, options } = context;
  if (options.kinds.length > 1) throw new UsageError('dnssec roll takes one of --ksk, --zsk and --csk');
  const stored = mustHave(context, apex);
  told(apex, () => {
    const plan = beginRoll(keysOf(stored), options.kinds[0], now, timingOf(context, apex));
    // First: without it the old one may not go.
    const made = plan.key && makeKey(directory, plan.key);
    apply(stored, plan.changes);
    if (context.json) return;
    if (made === undefined) print(`finished what an earlier roll of the ${plan.kind} of ${formatName(apex)} had begun`);
    else print(`made ${made.file}  ${plan.kind} ${tagOf(made.key)} of ${formatName(apex)}`);
  });
  report(context, apex);
}

export function dsSeen(context: RollContext, apex: Uint8Array): void {
  const stored = mustHave(context, apex);
  told(apex, () => apply(stored, endRoll(keysOf(stored), context.now, timingOf(context, apex))));
  report(context, apex);
}

export function cds(context: RollContext, apex: Uint8Array, state: string | undefined): void {
  const { directory, json } = context;
  if (state !== 'on' && state !== 'off' && state !== 'delete')
    throw new UsageError('dnssec cds takes a zone and on, off or delete');
  mustHave(context, apex);
  writeCds(directory, apex, state === 'off' ? undefined : state);
  if (json) printJson({ zone: formatName(apex), cds: state });
  else print(`${formatName(apex)} ${CDS_TEXT[state]}`);
}

const CDS_TEXT = {
  on: 'has CDS and CDNSKEY of the keys that the parent should have',
  off: 'has no CDS and CDNSKEY',
  delete: 'asks the parent by CDS and CDNSKEY to remove all its DS',
} as const;

/** What there is to say of a zone's rolls, as JSON and in lines. */
export function lifeOf(
  directory: string,
  apex: Uint8Array,
  now: number,
): { readonly cds: 'on' | 'off' | 'delete'; readonly rolls: readonly RollView[]; readonly lines: readonly string[] } {
  const keys = keysOf(readKeys(directory, apex));
  const state = readCds(directory, apex) ?? 'off';
  const rolls = rollsOf(keys, now).map(({ kind, phase, successor, old, until }) => ({
    kind,
    phase,
    new: tagOf(successor),
    old: old.map(tagOf),
    until: until === undefined ? null : timeText(until),
    lines: [
      `  roll of the ${kind} (${old.map(tagOf).join(', ')} -> ${tagOf(successor)}): ${phaseText({ phase, until })}`,
    ].concat(nextLines(phase, kind, formatName(apex))),
  }));
  return {
    cds: state,
    rolls: rolls.map(({ lines: _, ...view }) => view),
    lines: [...rolls.flatMap(({ lines }) => lines), ...(state === 'off' ? [] : [`  ${CDS_TEXT[state]}`])],
  };
}

interface RollView {
  readonly kind: RollKind;
  readonly phase: string;
  readonly new: number;
  readonly old: readonly number[];
  readonly until: string | null;
}

function nextLines(phase: string, kind: RollKind, zone: string): string[] {
  if (phase === 'interrupted') return [`    steerd dnssec roll ${zone} --${kind} finishes that`];
  if (phase === 'waiting')
    return [
      `    give the parent what steerd dnssec ds ${zone} prints, in place of what it has; when all its servers`,
      `    have that, say so: steerd dnssec ds-seen ${zone}`,
    ];
  if (kind === 'zsk' || phase === 'retiring') return [];
  return ['    until then leave the DS in the parent as it is'];
}

/** What a key does, and until when. */
export function useText(key: DnssecKey, now: number): string {
  const { publish = 0, activate = 0, inactive, delete: end } = key.times;
  const least = Math.min(inactive ?? Number.POSITIVE_INFINITY, end ?? Number.POSITIVE_INFINITY);
  if (isActive(key, now)) return Number.isFinite(least) ? `signs until ${timeText(least)}` : 'signs';
  if (isPublished(key, now)) {
    if (activate > now) return `published, signs from ${timeText(activate)}`;
    return `published, does not sign${end === undefined ? '' : `, goes at ${timeText(end)}`}`;
  }
  return publish > now ? `not published until ${timeText(publish)}` : 'gone, its files can be removed';
}

function report({ directory, json, now }: RollContext, apex: Uint8Array): void {
  const { rolls, lines } = lifeOf(directory, apex, now);
  if (json) printJson({ zone: formatName(apex), rolls });
  else for (const line of lines) print(line);
}

function apply(stored: readonly StoredKey[], changes: readonly KeyChange[]): void {
  for (const { key, times } of changes) {
    const file = stored.find((each) => each.key === key);
    if (file !== undefined) setTimes(file, times);
  }
}

function told(apex: Uint8Array, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error instanceof RollError) throw new CommandError(`${formatName(apex)}: ${error.message}`);
    throw error;
  }
}

function mustHave({ directory, settings }: RollContext, apex: Uint8Array): StoredKey[] {
  const stored = readKeys(directory, apex);
  if (stored.length > 0) return stored;
  const isSigned = settings.dnssec.zones.some((zone) => formatName(zone.apex) === formatName(apex));
  throw new CommandError(
    `${formatName(apex)} has no keys in ${directory}${isSigned ? '' : ', and is not in dnssec.zones'}`,
  );
}

function timingOf({ settings, options }: RollContext, apex: Uint8Array): RollTiming {
  const { propagation, maxTtl, dsTtl } = STANDARD_TIMING;
  return {
    propagation: secondsOf('propagation', options.propagation) ?? propagation,
    maxTtl: secondsOf('max-ttl', options.maxTtl) ?? Math.max(maxTtl, largestTtl(settings, apex)),
    dsTtl: secondsOf('ds-ttl', options.dsTtl) ?? dsTtl,
  };
}

/** The largest TTL the files give; 0 where they can't be read. */
function largestTtl({ zones }: Settings, apex: Uint8Array): number {
  const offline = new OfflineTables();
  const result = offline.load(zones);
  if (!result.ok) return 0;
  let largest = 0;
  for (const policy of result.network.policies) largest = Math.max(largest, originalTtl(policy, policy.ttl));
  const number = zoneNumber(offline.tables, apex);
  if (number === 0) return largest;
  const keyOf = (n: number): ReturnType<typeof offline.compiler.assignments.key> => offline.compiler.assignments.key(n);
  zoneRecords(offline.tables, number, OFFLINE_SEED, keyOf, (_owner, _end, _type, ttl) => {
    largest = Math.max(largest, ttl);
  });
  return largest;
}

function secondsOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit] = /^(\d{1,8})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new UsageError(`--${option} ${text}: write a duration such as 30m, 12h or 2d`);
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}

const keysOf = (stored: readonly StoredKey[]): DnssecKey[] => stored.map(({ key }) => key);
const tagOf = (key: DnssecKey): number => keyTag(dnskeyRdata(key));
