/**
 * Key rolls: which times the keys get, so that whatever a resolver keeps can be validated with whatever else it keeps, at any moment (RFC 6781 §4.1, RFC 7583). A roll is
 * nothing but times in key files, which servers follow by themselves; so it goes on over restarts, and what is under way is read from the files.
 *
 *     zsk   pre-publication (RFC 7583 §3.2.1)
 *           now ── published ──> learned: signs, the other no more ── retiring ──> nobody keeps what the other signed: it goes
 *     ksk   double signature (RFC 7583 §3.3.1)
 *           now ── signs the keys, as the other ──> learned ── waiting ──> the parent has its DS ── retiring ──> nobody keeps the other's DS: it goes
 *     csk   both, one after the other (RFC 6781 §4.1.3.1)
 *           now ── published ──> learned: signs, the other the keys alone ──> learned ── waiting ──> as ksk
 *
 * *Learned* is when no resolver keeps the DNSKEY RRset of before: its TTL after all servers have the changed files.
 *
 * A roll is begun by a new key's file, then by changes of others': one that was *interrupted* in between is known by the times of the new key, and is begun as a whole by beginning it again.
 * Until then both keys sign what they would, and nothing is bogus.
 */
import type { KeyPair } from './algorithm.ts';
import { type DnssecKey, isActive, isPublished, isSep, type KeyTimes } from './key.ts';

/** Seconds the DNSKEY RRset may be kept. */
export const DNSKEY_TTL = 3600;

/** Which key is rolled: one that signs keys, all else, or both. */
export type RollKind = 'ksk' | 'zsk' | 'csk';

/** Seconds that decide how long a roll takes. */
export interface RollTiming {
  /** Until all servers of the zone have key files that were changed, and the parent's all have a DS. */
  readonly propagation: number;
  /** The largest TTL in the zone. */
  readonly maxTtl: number;
  /** The TTL of the DS in the parent zone. */
  readonly dsTtl: number;
}

export const STANDARD_TIMING: RollTiming = { propagation: 3600, maxTtl: 86_400, dsTtl: 86_400 };

/** Why a roll can't be begun or go on, in the operator's words. */
export class RollError extends Error {
  override readonly name = 'RollError';
}

/** A roll that is under way. */
export interface Roll<Key extends DnssecKey = DnssecKey> {
  readonly kind: RollKind;
  /**
   * `published`: resolvers learn of the new key before it signs. `spreading`: they learn what it signs before the parent may have its DS alone. `waiting`: for the word that
   * the parent has. `retiring`: the old key is there for what resolvers keep. `interrupted`: the new key is there, but nothing says what becomes of the old one.
   */
  readonly phase: 'published' | 'spreading' | 'waiting' | 'retiring' | 'interrupted';
  readonly successor: Key;
  readonly old: readonly Key[];
  /** When the phase ends, in Unix seconds; undefined for `waiting` and `interrupted`. */
  readonly until: number | undefined;
}

/** Other times for a key. */
export interface KeyChange<Key extends DnssecKey = DnssecKey> {
  readonly key: Key;
  readonly times: KeyTimes;
}

/** What begins a roll: a key to be made, and what becomes of those there are. The new one is written first: without it the old ones may not go. */
export interface RollPlan<Key extends DnssecKey = DnssecKey> {
  readonly kind: RollKind;
  /** The new key, whose octets are yet to be made; undefined where a roll that was interrupted has made it. */
  readonly key: Omit<DnssecKey, keyof KeyPair> | undefined;
  readonly changes: readonly KeyChange<Key>[];
}

const isGone = ({ times }: DnssecKey, now: number): boolean => (times.delete ?? Number.POSITIVE_INFINITY) <= now;
const hasEnd = ({ times }: DnssecKey): boolean => times.inactive !== undefined || times.delete !== undefined;
/** When a key ends to sign; infinite where it does not. */
export const ends = ({ times }: Pick<DnssecKey, 'times'>): number =>
  Math.min(times.inactive ?? Number.POSITIVE_INFINITY, times.delete ?? Number.POSITIVE_INFINITY);

/** When a key begins to sign. */
export const begins = ({ times }: DnssecKey): number => Math.max(times.activate ?? 0, times.publish ?? 0);

/** What a key is for among the others of its zone. */
export function roleOf(key: DnssecKey, keys: readonly DnssecKey[], now: number): RollKind {
  if (!isSep(key)) return 'zsk';
  const isShared = keys.some((other) => other.algorithm === key.algorithm && !isSep(other) && !isGone(other, now));
  return isShared ? 'ksk' : 'csk';
}

/** Keys whose DS the parent zone should have at a time. */
export function keysForParent<Key extends DnssecKey>(keys: readonly Key[], now: number): Key[] {
  return keys.filter(
    (key) =>
      isSep(key) &&
      isPublished(key, now) &&
      (key.times.syncPublish ?? 0) <= now &&
      now < (key.times.syncDelete ?? Number.POSITIVE_INFINITY),
  );
}

/** The rolls that are under way in a zone. */
export function rollsOf<Key extends DnssecKey>(keys: readonly Key[], now: number): Roll<Key>[] {
  const alive = keys.filter((key) => !isGone(key, now) && !hasRetired(key, now));
  const groups = Map.groupBy(alive, (key) => `${key.algorithm} ${isSep(key)}`);
  return [...groups.values()].flatMap((group): Roll<Key>[] => {
    const old = group.toSorted((a, b) => begins(a) - begins(b));
    const successor = old.pop();
    if (successor === undefined || old.length === 0) return [];
    const roll = { kind: roleOf(successor, keys, now), successor, old };
    if (isInterrupted(successor, old)) return [{ ...roll, phase: 'interrupted', until: undefined }];
    if (begins(successor) > now) return [{ ...roll, phase: 'published', until: begins(successor) }];
    if (old.every(hasEnd)) return [{ ...roll, phase: 'retiring', until: Math.max(...old.map(endOf)) }];
    // Of keys that sign data there may be several for good; of those the parent knows too, but then nobody has begun a roll: no times say when it should have another.
    const isBegun =
      successor.times.syncPublish !== undefined || old.some(({ times }) => times.syncDelete !== undefined);
    if (!isSep(successor) || !isBegun) return [];
    const ready = successor.times.syncPublish ?? learned(begins(successor), STANDARD_TIMING);
    return now < ready
      ? [{ ...roll, phase: 'spreading', until: ready }]
      : [{ ...roll, phase: 'waiting', until: undefined }];
  });
}

/** Whether a roll has made the new key, by its times, and has not come to all the old ones. */
function isInterrupted({ flags, times }: DnssecKey, old: readonly DnssecKey[]): boolean {
  if (!isSep({ flags })) return (times.publish ?? 0) < (times.activate ?? 0) && !old.every(hasEnd);
  return times.syncPublish !== undefined && old.some((key) => key.times.syncDelete === undefined && !hasEnd(key));
}

/** A key that no longer signs and stays published for good is in nobody's way. */
function hasRetired({ times }: DnssecKey, now: number): boolean {
  return times.delete === undefined && (times.inactive ?? Number.POSITIVE_INFINITY) <= now;
}

const endOf = ({ times }: DnssecKey): number => times.delete ?? times.inactive ?? 0;

function learned(since: number, { propagation }: Pick<RollTiming, 'propagation'>): number {
  return since + propagation + DNSKEY_TTL;
}

/**
 * Begins a roll.
 * @param kind undefined where there is only one that it can be
 * @throws RollError
 */
export function beginRoll<Key extends DnssecKey>(
  keys: readonly Key[],
  kind: RollKind | undefined,
  now: number,
  timing: RollTiming,
): RollPlan<Key> {
  const [under] = rollsOf(keys, now);
  if (under?.phase === 'interrupted' && (kind ?? under.kind) === under.kind) return finish(under, now, timing);
  if (under !== undefined)
    throw new RollError(`a roll of its ${under.kind} is under way (${phaseText(under)}); see steerd dnssec status`);
  const active = keys.filter((key) => isActive(key, now));
  const chosen = kind ?? onlyKind(active, keys, now);
  const old = active.filter((key) => roleOf(key, keys, now) === chosen);
  const [like] = old;
  if (like === undefined) throw new RollError(whyNone(chosen, active, keys, now));
  if (old.some(({ algorithm }) => algorithm !== like.algorithm))
    throw new RollError(`has a ${chosen} of each of several algorithms; they can't be rolled here`);
  const known = learned(now, timing);
  const { zone, algorithm, flags } = like;
  const made = (times: KeyTimes): RollPlan['key'] => ({
    zone,
    algorithm,
    flags,
    times: { created: now, publish: now, ...times },
  });
  switch (chosen) {
    case 'zsk': {
      const key = made({ activate: known });
      return { kind: chosen, key, changes: withTimes(old, () => endOfZsk(known, timing)) };
    }
    case 'ksk': {
      const key = made({ activate: now, syncPublish: known });
      return { kind: chosen, key, changes: withTimes(old, () => ({ syncDelete: known })) };
    }
    case 'csk': {
      const ready = learned(known, timing);
      const key = made({ activate: known, syncPublish: ready });
      return { kind: chosen, key, changes: withTimes(old, () => ({ syncDelete: ready })) };
    }
  }
}

/** An old zsk's, from when on the new one signs. */
function endOfZsk(since: number, { maxTtl, propagation }: RollTiming): KeyTimes {
  return { inactive: since, delete: since + maxTtl + propagation };
}

/** What is left to do of a roll that was interrupted. A zsk that was to end has signed until now. */
function finish<Key extends DnssecKey>(
  { kind, successor, old }: Roll<Key>,
  now: number,
  timing: RollTiming,
): RollPlan<Key> {
  const end =
    kind === 'zsk'
      ? endOfZsk(Math.max(begins(successor), now), timing)
      : { syncDelete: successor.times.syncPublish ?? now };
  const left =
    kind === 'zsk' ? old.filter((key) => !hasEnd(key)) : old.filter(({ times }) => times.syncDelete === undefined);
  return { kind, key: undefined, changes: withTimes(left, () => end) };
}

/**
 * Goes on with a roll for which the parent has the new DS, and no longer the old one or not for long.
 * @throws RollError
 */
export function endRoll<Key extends DnssecKey>(
  keys: readonly Key[],
  now: number,
  timing: RollTiming,
): readonly KeyChange<Key>[] {
  const roll = rollsOf(keys, now).find(({ kind }) => kind !== 'zsk');
  if (roll === undefined) throw new RollError('no roll of its ksk or csk is under way');
  if (roll.phase === 'retiring') throw new RollError(`the parent's DS was seen already: ${phaseText(roll)}`);
  if (roll.phase === 'interrupted') throw new RollError(`its roll ${phaseText(roll)}: begin it again first`);
  if (roll.phase !== 'waiting')
    throw new RollError(
      `it is too early: ${phaseText(roll)}. Until ${timeText(readyAt(roll.successor))} the parent must have the DS of the old key`,
    );
  const { kind, successor, old } = roll;
  const inactive = now + timing.dsTtl + timing.propagation;
  // What a csk has signed beside keys was kept since before the new one signed.
  const unused = kind === 'csk' ? begins(successor) + timing.maxTtl + timing.propagation : 0;
  return [
    ...withTimes([successor], () => ({ dsPublish: now })),
    ...withTimes(old, ({ syncDelete }) => ({
      syncDelete: syncDelete ?? now,
      inactive,
      delete: Math.max(inactive, unused),
    })),
  ];
}

/** When the parent may have the DS of the new key alone. */
function readyAt(successor: DnssecKey): number {
  return successor.times.syncPublish ?? learned(begins(successor), STANDARD_TIMING);
}

function withTimes<Key extends DnssecKey>(
  keys: readonly Key[],
  more: (times: KeyTimes) => KeyTimes,
): readonly KeyChange<Key>[] {
  return keys.map((key) => ({ key, times: { ...key.times, ...more(key.times) } }));
}

function onlyKind(active: readonly DnssecKey[], keys: readonly DnssecKey[], now: number): RollKind {
  const kinds = new Set(active.map((key) => roleOf(key, keys, now)));
  const [kind] = kinds;
  if (kind === undefined) throw new RollError('has no key that signs now; see steerd dnssec status');
  if (kinds.size > 1) throw new RollError(`has several kinds of keys; say which with --${[...kinds].join(' or --')}`);
  return kind;
}

function whyNone(wanted: RollKind, active: readonly DnssecKey[], keys: readonly DnssecKey[], now: number): string {
  const kinds = [...new Set(active.map((key) => roleOf(key, keys, now)))];
  if (kinds.length === 0) return 'has no key that signs now; see steerd dnssec status';
  return `has no ${wanted}; it is signed by ${kinds.map((kind) => `a ${kind}`).join(' and ')} (--${kinds.join(' or --')})`;
}

/** Where a roll is, in words. */
export function phaseText({ phase, until }: Pick<Roll, 'phase' | 'until'>): string {
  switch (phase) {
    case 'published':
      return `the new key is published, and signs from ${timeText(until ?? 0)} on`;
    case 'spreading':
      return `resolvers learn of the new key until ${timeText(until ?? 0)}`;
    case 'waiting':
      return "waits for the parent's DS";
    case 'retiring':
      return `the old key goes at ${timeText(until ?? 0)}`;
    case 'interrupted':
      return 'was interrupted when it was begun';
  }
}

/** ISO 8601, to the second. */
export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
