import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseName } from '../wire/name.ts';
import { Algorithm, generatePair } from './algorithm.ts';
import { type DnssecKey, dnskeyRdata, KeyFlag, type KeyTimes, keyTag } from './key.ts';
import {
  beginRoll,
  DNSKEY_TTL,
  endRoll,
  type KeyChange,
  keysForParent,
  type RollKind,
  type RollTiming,
  rollsOf,
  STANDARD_TIMING,
} from './roll.ts';
import { ZoneKeys } from './zone-keys.ts';

const ZONE = parseName('example.net.');
const START = 1_700_000_000;
const tags = new Set<number>();
const tagOf = (key: DnssecKey): number => keyTag(dnskeyRdata(key));

/** Keys of a test have different tags, so that a tag tells which it is. */
function keyWith(flags: number, times: KeyTimes): DnssecKey {
  for (;;) {
    const key = { zone: ZONE, algorithm: Algorithm.ED25519, flags, times, ...generatePair(Algorithm.ED25519) };
    const tag = tagOf(key);
    if (tags.has(tag)) continue;
    tags.add(tag);
    return key;
  }
}

const SEP = KeyFlag.ZONE | KeyFlag.SEP;
const used = { created: START, publish: START, activate: START };

function changed(keys: readonly DnssecKey[], changes: readonly KeyChange[]): DnssecKey[] {
  return keys.map((key) => {
    const change = changes.find((each) => each.key === key);
    return change === undefined ? key : { ...key, times: change.times };
  });
}

function begun(
  keys: readonly DnssecKey[],
  kind: RollKind | undefined,
  now: number,
  timing: RollTiming = STANDARD_TIMING,
): DnssecKey[] {
  const plan = beginRoll(keys, kind, now, timing);
  const made = plan.key && keyWith(plan.key.flags, plan.key.times);
  return [...changed(keys, plan.changes), ...(made === undefined ? [] : [made])];
}

/** What a server answers at a time. */
interface View {
  readonly dnskeys: ReadonlySet<number>;
  readonly forKeys: readonly number[];
  readonly forData: readonly number[];
  readonly cds: readonly number[];
}

/** Key files as they were since a time. */
class Version {
  readonly since: number;
  readonly keys: readonly DnssecKey[];
  readonly #signing: ZoneKeys;
  readonly #views = new Map<number, View>();

  constructor(since: number, keys: readonly DnssecKey[]) {
    this.since = since;
    this.keys = keys;
    this.#signing = new ZoneKeys({ keys, denial: 'compact', cds: 'on' });
  }

  at(now: number): View {
    let view = this.#views.get(now);
    if (view === undefined) {
      const signing = this.#signing;
      signing.follow(now);
      view = {
        dnskeys: new Set(rdatas(signing.rrset(48)).map(keyTag)),
        forKeys: signing.forKeys.map(({ tag }) => tag),
        forData: signing.forData.map(({ tag }) => tag),
        cds: rdatas(signing.rrset(59)).map((rdata) => rdata[0] * 256 + rdata[1]),
      };
      this.#views.set(now, view);
    }
    return view;
  }
}

function rdatas(rrset: Uint8Array = new Uint8Array(0)): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (let p = 0; p < rrset.length; p += 2 + rrset[p] * 256 + rrset[p + 1])
    all.push(rrset.subarray(p + 2, p + 2 + rrset[p] * 256 + rrset[p + 1]));
  return all;
}

/**
 * A zone's history, and the resolvers of the world. Servers and the parent's servers learn of a change at once or as late as can be; a resolver keeps each of the DS, the DNSKEY RRset
 * and a signed answer from any moment within their TTLs.
 */
class World {
  readonly versions: Version[] = [];
  readonly parents: { readonly since: number; readonly tags: ReadonlySet<number> }[] = [];
  readonly timing: RollTiming;

  constructor(timing: RollTiming) {
    this.timing = timing;
  }

  files(now: number, keys: readonly DnssecKey[]): void {
    this.versions.push(new Version(now, keys));
  }

  parent(now: number, tagsOfDs: Iterable<number>): void {
    this.parents.push({ since: now, tags: new Set(tagsOfDs) });
  }

  /** What can be got at a time. */
  views(now: number): View[] {
    return this.#reachable(this.versions, now).map((version) => version.at(now));
  }

  ds(now: number): ReadonlySet<number>[] {
    return this.#reachable(this.parents, now).map(({ tags: of }) => of);
  }

  #reachable<T extends { readonly since: number }>(history: readonly T[], now: number): T[] {
    const old = history.findLast(({ since }) => since <= now - this.timing.propagation) ?? history[0];
    return history.filter((each) => each === old || (each.since <= now && each.since > old.since));
  }

  /** Moments about which something changes. */
  moments(): number[] {
    const { propagation, maxTtl, dsTtl } = this.timing;
    const changes = [...this.versions, ...this.parents].map(({ since }) => since);
    const times = this.versions.flatMap(({ keys }) => keys.flatMap(({ times: of }) => Object.values(of)));
    const later = [0, propagation, DNSKEY_TTL, maxTtl, dsTtl, DNSKEY_TTL + propagation, dsTtl + propagation];
    const all = new Set([...changes, ...times].flatMap((time) => later.flatMap((by) => [time + by - 1, time + by])));
    return [...all].filter((time) => time >= START).sort((a, b) => a - b);
  }

  /** What somebody finds bogus, if anybody does. */
  bogus(): string | undefined {
    const moments = this.moments();
    const { maxTtl, dsTtl } = this.timing;
    const within = (now: number, ttl: number): number[] => [
      ...new Set([...moments.filter((time) => time > now - ttl && time <= now), Math.max(START, now - ttl + 1), now]),
    ];
    for (const now of moments) {
      const kept = within(now, DNSKEY_TTL).flatMap((at) => this.views(at).map((view) => ({ at, view })));
      const signers = new Set(within(now, dsTtl).flatMap((at) => this.ds(at)));
      const data = new Set(within(now, maxTtl).flatMap((at) => this.views(at).map(({ forData }) => forData.join(' '))));
      for (const { at, view } of kept) {
        for (const ds of signers)
          if (!view.forKeys.some((tag) => ds.has(tag) && view.dnskeys.has(tag)))
            return `at ${now - START} the keys of ${at - START} have no signature that the parent's DS knows`;
        for (const by of data)
          if (!by.split(' ').some((tag) => view.dnskeys.has(Number(tag))))
            return `at ${now - START} the keys of ${at - START} have none that signed what is kept`;
      }
    }
    return undefined;
  }
}

const seconds = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const story = fc.record({
  timing: fc.record({ propagation: seconds(7200), maxTtl: seconds(200_000), dsTtl: seconds(200_000) }),
  roles: fc.constantFrom('csk', 'ksk+zsk'),
  rolls: fc.array(
    fc.record({
      kind: fc.constantFrom<RollKind>('ksk', 'zsk'),
      // How long an operator takes: to begin, to go to the parent, to say that it was there.
      idle: seconds(100_000),
      late: seconds(100_000),
      word: seconds(100_000),
      // Whether the parent has both DS for some time.
      both: fc.boolean(),
      // Where the command was stopped when it had written the new key alone: how long until it was given again.
      again: fc.option(seconds(100_000)),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

function tell({ timing, roles, rolls }: Story): World {
  const world = new World(timing);
  let keys = roles === 'csk' ? [keyWith(SEP, used)] : [keyWith(SEP, used), keyWith(KeyFlag.ZONE, used)];
  let now = START;
  const wanted = (): number[] => keysForParent(keys, now).map(tagOf);
  world.files(now, keys);
  world.parent(now, wanted());
  for (const { kind, idle, late, word, both, again } of rolls) {
    now += idle;
    const rolled = roles === 'csk' ? 'csk' : kind;
    const whole = begun(keys, rolled, now, timing);
    if (again !== null) {
      keys = [...keys, ...whole.slice(keys.length)];
      world.files(now, keys);
      expect(rollsOf(keys, now)).toMatchObject([{ kind: rolled, phase: 'interrupted' }]);
      expect(() => endRoll(keys, now, timing)).toThrow(rolled === 'zsk' ? 'no roll' : 'was interrupted');
      now += again;
      if (both) world.parent(now, wanted());
    }
    keys = again === null ? whole : begun(keys, rolled, now, timing);
    expect(keys.length).toBe(whole.length);
    world.files(now, keys);
    for (;;) {
      const [roll] = rollsOf(keys, now);
      if (roll === undefined) break;
      if (roll.phase !== 'waiting') {
        expect(roll.until).toBeGreaterThan(now);
        expect(() => endRoll(keys, now, timing)).toThrow();
        now = roll.until ?? now;
        continue;
      }
      now += late;
      // A parent that follows CDS has the same.
      const [view] = world.views(now).slice(-1);
      expect(view.cds).toEqual(wanted());
      if (both) world.parent(now - late, [...world.parents[world.parents.length - 1].tags, ...wanted()]);
      world.parent(now, wanted());
      now += word;
      keys = changed(keys, endRoll(keys, now, timing));
      world.files(now, keys);
    }
  }
  return world;
}

describe('whatever is rolled, and however slow everybody is', () => {
  it('nobody finds anything bogus', () => {
    fc.assert(
      fc.property(story, (told) => {
        expect(tell(told).bogus()).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['the zone has a larger TTL than was taken', { maxTtl: 400_000 }],
    ['the DS has a larger TTL than was taken', { dsTtl: 400_000 }],
    ['servers learn of changes later than was taken', { propagation: 100_000 }],
  ])('the judge is not blind: %s', (_why, truth) => {
    const rolls = [
      { kind: 'zsk', idle: 100_000, late: 0, word: 0, both: false, again: null },
      { kind: 'ksk', idle: 500_000, late: 0, word: 0, both: false, again: null },
    ] as const;
    const { versions, parents } = tell({ timing: STANDARD_TIMING, roles: 'ksk+zsk', rolls: [...rolls] });
    const other = new World({ ...STANDARD_TIMING, ...truth });
    other.versions.push(...versions);
    other.parents.push(...parents);
    expect(other.bogus()).toMatch(/^at \d+ the keys/);
  });
});

describe('a roll', () => {
  const csk = [keyWith(SEP, used)];
  const both = [keyWith(SEP, used), keyWith(KeyFlag.ZONE, used)];
  const { propagation } = STANDARD_TIMING;
  const learned = propagation + DNSKEY_TTL;

  it('of a zsk goes by itself', () => {
    const keys = begun(both, 'zsk', START);
    expect(rollsOf(keys, START)).toMatchObject([{ kind: 'zsk', phase: 'published', until: START + learned }]);
    const gone = START + learned + propagation + STANDARD_TIMING.maxTtl;
    expect(rollsOf(keys, START + learned)).toMatchObject([{ kind: 'zsk', phase: 'retiring', until: gone }]);
    expect(rollsOf(keys, gone)).toEqual([]);
  });

  it('that was interrupted is finished by the same command, when the new zsk signs already too', () => {
    const [old, next] = [both[1], begun(both, 'zsk', START)[2]];
    const half = [both[0], old, next];
    for (const now of [START, START + 10 * learned]) {
      const plan = beginRoll(half, 'zsk', now, STANDARD_TIMING);
      const inactive = Math.max(now, START + learned);
      const end = { inactive, delete: inactive + propagation + STANDARD_TIMING.maxTtl };
      expect(plan).toEqual({ kind: 'zsk', key: undefined, changes: [{ key: old, times: { ...used, ...end } }] });
      expect(beginRoll(half, undefined, now, STANDARD_TIMING)).toEqual(plan);
      expect(() => beginRoll(half, 'ksk', now, STANDARD_TIMING)).toThrow('a roll of its zsk is under way');
    }
  });

  it('of a csk signs data with one key at any time', () => {
    const keys = begun(csk, undefined, START);
    const signing = new ZoneKeys({ keys, denial: 'compact' });
    const signers = (at: number): [number, number] => {
      signing.follow(START + at);
      return [signing.forKeys.length, signing.forData.length];
    };
    expect([0, learned - 1, learned, 3 * learned].map(signers)).toEqual([
      [1, 1],
      [1, 1],
      [2, 1],
      [2, 1],
    ]);
    expect(rollsOf(keys, START + learned)).toMatchObject([{ phase: 'spreading', until: START + 2 * learned }]);
    expect(rollsOf(keys, START + 2 * learned)).toMatchObject([{ phase: 'waiting' }]);
  });

  it.each([
    ['while one is under way', (keys: DnssecKey[]) => begun(begun(keys, 'zsk', START), 'ksk', START + 1), 'under way'],
    ['of what there is not', () => begun(csk, 'zsk', START), 'has no zsk; it is signed by a csk (--csk)'],
    ['of one of several', (keys: DnssecKey[]) => begun(keys, undefined, START), 'say which with --ksk or --zsk'],
    ['of nothing', () => begun([keyWith(SEP, { publish: START + 1 })], undefined, START), 'has no key that signs'],
    ['without one', (keys: DnssecKey[]) => endRoll(keys, START, STANDARD_TIMING), 'no roll of its ksk or csk'],
    ['too early', () => endRoll(begun(csk, 'csk', START), START + learned, STANDARD_TIMING), 'it is too early'],
  ])('is refused %s', (_when, roll, message) => {
    expect(() => roll(both)).toThrow(message);
  });

  it('is none where two keys that the parent knows stand side by side', () => {
    const keys = [...both, keyWith(SEP, { ...used, activate: START + 1 })];
    const now = START + 10 * learned;
    expect(rollsOf(keys, now)).toEqual([]);
    expect(() => endRoll(keys, now, STANDARD_TIMING)).toThrow('no roll of its ksk or csk');
    expect(rollsOf(begun(keys, 'zsk', now), now)).toMatchObject([{ kind: 'zsk' }]);
  });

  it('is ended once', () => {
    const keys = begun(both, 'ksk', START);
    const ended = changed(keys, endRoll(keys, START + learned, STANDARD_TIMING));
    expect(() => endRoll(ended, START + learned, STANDARD_TIMING)).toThrow('was seen already');
    expect(ended.map(({ times }) => times.dsPublish)).toEqual([undefined, undefined, START + learned]);
  });

  it.each([0, 1])('that was interrupted after %i files when it was ended is ended by the same command', (files) => {
    const keys = begun(both, 'ksk', START);
    const now = START + learned;
    const half = changed(keys, endRoll(keys, now, STANDARD_TIMING).slice(0, files));
    expect(rollsOf(half, now)).toMatchObject([{ phase: 'waiting' }]);
    const later = now + 100;
    const [, old] = changed(half, endRoll(half, later, STANDARD_TIMING))
      .filter((key) => key.flags === SEP)
      .reverse();
    expect(old.times.inactive).toBe(later + STANDARD_TIMING.dsTtl + propagation);
  });
});
