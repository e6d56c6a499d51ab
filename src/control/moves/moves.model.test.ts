/** Thousands of made-up days of operators, files, restarts and full disks: `Moves` over real tables against a plain model (test/support/moves-model.ts). */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OFF } from '../../../test/support/guards.ts';
import { type Declared, type ModelMove, MovesModel } from '../../../test/support/moves-model.ts';
import { exampleNetwork, inputOf, steerRdata, TestZone } from '../../../test/support/records.ts';
import { SEED } from '../../../test/support/tables.ts';
import { Compiler } from '../../compile/compiler.ts';
import { type Family, families, type Network } from '../../steering/model.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { type Change, StoreError } from '../../store/store.ts';
import { makeControlBlock } from '../../tables/control-block.ts';
import { RRType } from '../../wire/constants.ts';
import { parseName } from '../../wire/name.ts';
import { findHost } from '../find-host.ts';
import { HostCounts } from '../host-counts.ts';
import { Publisher } from '../publisher.ts';
import { HostCatalogues } from './host-catalogues.ts';
import { hostList } from './host-list.ts';
import { type MoveRequest, Moves } from './moves.ts';
import { Problem } from './problem.ts';
import { type MoveRecord, statusOf } from './record.ts';
import { hostName } from './selection.ts';

const GROUPS = ['anycast', 'europe', 'switzerland', 'zurich'] as const;
/** `part` has IPv4 in Europe and below, IPv6 in Zurich alone. */
const network: Network = {
  ...exampleNetwork,
  // Hosts are moved as often as chance wants.
  guards: OFF,
  services: [
    ...exampleNetwork.services,
    {
      id: 'part',
      vips: [{}, { ipv4: Uint8Array.of(198, 51, 100, 65) }, {}, { ipv6: Uint8Array.from({ length: 16 }, (_, i) => i) }],
    },
  ],
};
function has(service: string, group: string, family: Family): boolean {
  if (service === 'web') return true;
  return family === 'ipv4' ? group !== 'anycast' : group === 'zurich';
}

/** More with `MODEL_RUNS=10000 vitest run src/control/moves`, from a seed of its own. */
const RUNS = Number(process.env.MODEL_RUNS ?? 200);
const replay = process.env.MODEL_RUNS === undefined ? {} : { seed: Date.now() };
const START = Date.UTC(2026, 0, 1);
const nameOf = (index: number): string => `h${index}.${index < 4 ? 'a' : 'b'}.test`;

const host = fc.integer({ min: 0, max: 7 });
const hosts = fc.array(host, { minLength: 1, maxLength: 4 });
const group = fc.constantFrom(...GROUPS);
const maybe = <T>(arbitrary: fc.Arbitrary<T>, some = 1, none = 2): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: some, arbitrary }, { weight: none, arbitrary: fc.constant(undefined) });
const seconds = fc.integer({ min: 1, max: 100 });
const select = fc.oneof(
  fc.record({ zone: fc.constantFrom('a.test', 'b.test') }),
  fc.record({ group }),
  fc.record({ service: fc.constantFrom('web', 'part') }),
  fc.record({ glob: fc.constantFrom('h1*', 'h*', '*'), group }),
);
const declared = fc.record({ service: fc.constantFrom('web', 'web', 'part'), ipv4: group, ipv6: group, ttl: seconds });

const create = fc.record({
  do: fc.constant('create' as const),
  who: fc.oneof({ weight: 3, arbitrary: hosts.map((listed) => ({ listed })) }, { weight: 1, arbitrary: select }),
  to: group,
  families: maybe(fc.constantFrom<Family[]>(['ipv4'], ['ipv6'], [...families])),
  after: maybe(seconds, 1, 4),
  expiresIn: maybe(seconds, 1, 1),
  prepareTtl: maybe(fc.constantFrom(1, 5, 50), 1, 3),
  hold: fc.constantFrom(0, 30),
});
const revert = fc.record({ do: fc.constant('revert' as const), which: fc.nat() });
const release = fc.record({ do: fc.constant('release' as const), hosts });
const advance = fc.record({ do: fc.constant('advance' as const), seconds });
const reload = fc.record({
  do: fc.constant('reload' as const),
  edits: fc.array(fc.record({ host, as: maybe(declared, 2, 1) }), { minLength: 1, maxLength: 3 }),
  withoutB: fc.constantFrom(false, false, false, true),
  /** By a compile worker that is new, so all tables are written anew. */
  afresh: fc.boolean(),
});
const restart = fc.record({ do: fc.constant('restart' as const) });
/** What happens in the background of a quiet hour: the hosts of the base get a catalogue, and old ones are forgotten. */
const quiet = fc.record({ do: fc.constant('quiet' as const) });
const refuse = fc.record({ do: fc.constant('refuse' as const), refusing: fc.boolean() });

const day = [
  { weight: 6, arbitrary: create },
  { weight: 4, arbitrary: revert },
  { weight: 2, arbitrary: release },
  { weight: 6, arbitrary: advance },
  { weight: 3, arbitrary: reload },
  { weight: 2, arbitrary: restart },
  { weight: 3, arbitrary: quiet },
] as const;

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterAll(() => {
  vi.useRealTimers();
});

type Value<T> = T extends fc.Arbitrary<infer V> ? V : never;
type Command = Value<(typeof day)[number]['arbitrary'] | typeof refuse>;

/** A store whose disk can be full. */
class FullStore extends MemoryStore {
  refusing = false;
  override async commit(changes: readonly Change[], expected?: number): Promise<number> {
    if (this.refusing) throw new StoreError('full', 'the disk is full');
    return super.commit(changes, expected);
  }
}

/** The real thing, as src/control/steering.ts puts it together, beside the model. */
class Day {
  readonly store = new FullStore();
  readonly model = new MovesModel(has);
  readonly #zones = new Map(['a', 'b'].map((name) => [name, new TestZone(`${name}.test.`, [])]));
  readonly #files = new Map<string, Declared>();
  /** Until when answers of `host service family group` may be in caches. */
  readonly #cached = new Map<string, number>();
  /** Hosts whose TTL an edit changed: how long the old one lasts is forgotten at a restart. */
  readonly #edited = new Set<string>();
  #now = START;
  #withoutB = false;
  #publisher = new Publisher(makeControlBlock(0), SEED);
  #compiler = new Compiler(this.#publisher.arenas, SEED);
  #moves = this.#newMoves();

  #newMoves(): Moves {
    const catalogues = new HostCatalogues(this.#publisher, this.store, { least: 1, settle: 0 });
    return new Moves(this.#publisher, this.store, () => this.#now, catalogues);
  }

  async begin(): Promise<void> {
    vi.setSystemTime(this.#now);
    for (let i = 0; i < 6; i++)
      this.#files.set(nameOf(i), {
        zone: `${i < 4 ? 'a' : 'b'}.test`,
        service: i === 3 ? 'part' : 'web',
        ipv4: 'zurich',
        ipv6: 'zurich',
        ttl: i * 20 + 1,
      });
    await this.#load(false);
    this.#check();
  }

  async run(command: Command): Promise<void> {
    this.#noteCached();
    const before = new Map([...this.model.declared.keys()].map((name) => [name, this.#places(name)]));
    const { nextId, nextOrder } = this.#moves.ledger;
    const switched = new Set([...this.model.moves.values()].filter((move) => move.switched !== undefined));
    switch (command.do) {
      case 'create': {
        const request = this.#request(command);
        const preview = this.store.refusing ? undefined : await outcome(this.#moves.preview(request, 'test'));
        const expected = this.model.create(request, this.#now);
        expect(await outcome(this.#moves.create(request, { author: 'test' }))).toBe(expected);
        // Looking first says the same, but for what only the time can tell.
        if (preview !== undefined && request.at === undefined) expect(preview).toBe(expected);
        break;
      }
      case 'revert': {
        const id = (command.which % Math.max(1, this.model.nextId)) + 1;
        const expected = this.model.revert(id, this.#now);
        expect(await outcome(this.#moves.revert(id, 'test', { author: 'test' }))).toBe(expected);
        break;
      }
      case 'release': {
        const names = command.hosts.map(nameOf);
        const expected = this.model.release(names, this.#now);
        expect(await outcome(this.#moves.release(names, 'test', { author: 'test' }))).toBe(expected);
        break;
      }
      case 'advance':
        this.#now += command.seconds * 1000;
        vi.setSystemTime(this.#now);
        this.model.tick(this.#now);
        await this.#moves.tick();
        break;
      case 'reload':
        await this.#reload(command);
        break;
      case 'restart':
        await this.#restart();
        break;
      case 'quiet':
        await this.#quiet();
        break;
      case 'refuse':
        this.store.refusing = command.refusing;
        this.model.refusing = command.refusing;
    }
    if (this.model.nextId === nextId && this.#moves.ledger.nextOrder === nextOrder) {
      // Nothing was changed.
      if (command.do !== 'reload') for (const [name, groups] of before) expect(this.#places(name)).toEqual(groups);
    }
    this.#check();
    for (const move of this.#moves.ledger.all()) {
      const hosts = this.model.moves.get(move.id)?.hosts ?? [];
      // Those of one that is over may be where its revert put them, so only how they were told is looked at.
      if (move.started !== undefined && move.id > nextId - 3 && move.kind !== 'host-gone')
        expect([move.id, (await this.#hostsOf(move)).sort()]).toEqual([move.id, [...hosts].sort()]);
    }
    const { counts, tables } = this.#publisher;
    expect(await counts.all()).toEqual(await new HostCounts(tables, SEED).all());
    if (command.do !== 'reload')
      this.#checkSettling(
        [...this.model.moves.values()].filter((move) => move.switched !== undefined && !switched.has(move)),
        before,
      );
  }

  #request({ who, to, families: which, after, expiresIn, prepareTtl, hold }: Value<typeof create>): MoveRequest {
    return {
      ...('listed' in who ? { hosts: who.listed.map(nameOf) } : { select: who }),
      to,
      ...(which === undefined ? {} : { families: which }),
      reason: 'test',
      ...(after === undefined ? {} : { at: this.#now + after * 1000 }),
      ...(expiresIn === undefined ? {} : { expiresIn }),
      ...(prepareTtl === undefined ? {} : { prepareTtl }),
      hold,
    };
  }

  async #reload({ edits, withoutB, afresh }: Value<typeof reload>): Promise<void> {
    for (const { host: index, as } of edits) {
      const name = nameOf(index);
      this.#edited.add(name);
      const zone = name.slice(3);
      if (as === undefined) this.#files.delete(name);
      // A declaration that has no address at all is a mistake in the files.
      else if (has(as.service, as.ipv4, 'ipv4') || has(as.service, as.ipv6, 'ipv6'))
        this.#files.set(name, { ...as, zone });
    }
    if (afresh) this.#compiler = new Compiler(this.#publisher.arenas, SEED, this.#publisher.assignments.keys);
    await this.#load(withoutB);
    // Answers of a host that was gone for a while are not followed over that.
    for (const key of this.#cached.keys()) if (!this.model.declared.has(key.split(' ')[0])) this.#cached.delete(key);
  }

  async #load(withoutB: boolean): Promise<void> {
    this.#withoutB = withoutB;
    const zones = [...this.#zones].filter(([name]) => !withoutB || name !== 'b');
    const served = new Map([...this.#files].filter(([, { zone }]) => zones.some(([name]) => `${name}.test` === zone)));
    for (const [name, zone] of zones)
      zone.set(
        [...served]
          .filter(([, as]) => as.zone === `${name}.test`)
          .map(([owner, { service, ipv4, ipv6, ttl }]) => ({
            owner: `${owner}.`,
            type: RRType.STEER,
            ttl,
            rdata: steerRdata(service, ipv4, ipv6),
          })),
      );
    const publisher = this.#publisher;
    const target = await publisher.freeTarget();
    const load = this.#compiler.load({
      input: inputOf(
        zones.map(([, zone]) => zone),
        network,
      ),
      served: publisher.served,
      target,
      now: this.#now / 1000,
      remembered: new Map(),
    });
    if (!load.ok) throw new Error(JSON.stringify(load.diagnostics));
    this.model.reload(
      zones.map(([name]) => `${name}.test`),
      served,
      this.#now,
    );
    await publisher.exclusive(async () => {
      const gone: number[] = [];
      await publisher.install(load, [], (name) => gone.push(name));
      await this.#moves.forget(gone);
    });
  }

  async #quiet(): Promise<void> {
    const { catalogues, ledger } = this.#moves;
    const code = await outcome(catalogues.write());
    expect(code).toBe(this.store.refusing && code !== undefined ? 'full' : undefined);
    const used = new Set([...ledger.all()].flatMap(({ catalogue }) => catalogue ?? []));
    if (!this.store.refusing) await this.#publisher.exclusive(() => catalogues.tidy(used));
  }

  /** The names of a move's hosts, read a page at a time. */
  async #hostsOf(move: MoveRecord): Promise<string[]> {
    const names: string[] = [];
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await this.#moves.hostPage(move, after, 2);
      for (const { name } of hostList(page.list)) names.push(hostName(name));
      after = page.next;
    }
    const whole = Array.from(hostList(await this.#moves.hosts(move)), ({ name }) => hostName(name));
    expect(names).toEqual(whole);
    return names;
  }

  async #restart(): Promise<void> {
    // What could not be stored is lost with the process, and done again after it.
    this.store.refusing = false;
    await this.#moves.executor.commit([], false);
    const before = this.#picture();
    this.#publisher = new Publisher(makeControlBlock(0), SEED);
    this.#compiler = new Compiler(this.#publisher.arenas, SEED);
    this.#moves = this.#newMoves();
    const { entries } = await this.store.snapshot(Moves.collections);
    await this.#moves.load(entries);
    await this.#load(this.#withoutB);
    this.model.restart(this.#now);
    this.store.refusing = this.model.refusing;
    expect(this.#picture()).toEqual(before);
    for (const key of this.#cached.keys()) if (this.#edited.has(key.split(' ')[0])) this.#cached.delete(key);
  }

  /** All that must survive a restart. */
  #picture(): unknown {
    const { ledger, executor } = this.#moves;
    return {
      moves: [...ledger.all()].map(({ problem: _, ...move }) => [move, ledger.held(move.id)]),
      next: [ledger.nextId, ledger.nextOrder],
      hosts: [...this.model.declared.keys()].map((name) => this.#places(name)),
      marks: GROUPS.flatMap((id) => families.map((family) => executor.marks.until(id, family))),
    };
  }

  #groups(name: string): { ipv4: string; ipv6: string; ttl: number } {
    const { tables, assignments } = this.#publisher;
    const number = tables.assignment(findHost(tables, parseName(`${name}.`), SEED));
    const { ipv4, ipv6 } = assignments.keys[number] as { ipv4: string; ipv6: string };
    return { ipv4, ipv6, ttl: assignments.resolved[number]?.ttl ?? 0 };
  }

  /** Without the TTL, which time alone changes. */
  #places(name: string): { ipv4: string; ipv6: string } {
    const { ipv4, ipv6 } = this.#groups(name);
    return { ipv4, ipv6 };
  }

  /** Everybody asks everything all the time. */
  #noteCached(): void {
    for (const name of this.model.declared.keys()) {
      const { ttl, ...groups } = this.#groups(name);
      for (const family of families) {
        const key = `${name} ${this.model.declared.get(name)?.service} ${family} ${groups[family]}`;
        this.#cached.set(key, Math.max(this.#cached.get(key) ?? 0, this.#now + ttl * 1000));
      }
    }
  }

  /** No move says that old answers have run out before they have. */
  #checkSettling(executed: readonly ModelMove[], before: ReadonlyMap<string, { ipv4: string; ipv6: string }>): void {
    for (const move of executed) {
      const { settlesAt } = this.#moves.ledger.get(move.id) ?? {};
      for (const name of move.hosts) {
        const was = before.get(name);
        if (was === undefined || !this.model.declared.has(name)) continue;
        const now = this.#groups(name);
        const service = this.model.declared.get(name)?.service;
        for (const family of families)
          if (now[family] !== was[family])
            expect(settlesAt).toBeGreaterThanOrEqual(
              this.#cached.get(`${name} ${service} ${family} ${was[family]}`) ?? 0,
            );
      }
    }
  }

  #check(): void {
    const { model } = this;
    const { ledger } = this.#moves;
    const { overrides } = this.#publisher;
    for (const id of model.moves.keys()) {
      const move = model.moves.get(id);
      const record = ledger.get(id);
      if (move === undefined || record === undefined) throw new Error(`move ${id} is missing`);
      expect([id, record.kind, record.ended?.how.replace('cancelled', 'reverted')]).toEqual([
        id,
        move.kind,
        move.ended,
      ]);
      expect([id, record.switched]).toEqual([id, move.switched]);
      expect([id, ledger.held(id)]).toEqual([id, model.held(id)]);
      if (move.started && move.kind !== 'host-gone') expect([id, record.hosts]).toEqual([id, move.hosts.length]);
      // When short answers are everywhere is the real one's to say; that it is not too early is checked at the switch.
      if (move.started && move.switched === undefined) move.switchAt = record.switchAt;
      else if (move.ended === undefined) expect([id, record.expiresAt]).toEqual([id, move.expiresAt]);
      const { settlesAt = 0, hold } = record;
      const late = this.#now < settlesAt ? 'moving' : this.#now < settlesAt + hold * 1000 ? 'settling' : 'done';
      expect([id, statusOf(record, this.#now)]).toEqual([
        id,
        move.ended ?? (move.switched === undefined ? 'pending' : late),
      ]);
    }
    expect(ledger.size).toBe(model.moves.size);
    for (const name of model.declared.keys()) {
      const { ipv4, ipv6 } = { ipv4: model.group(name, 'ipv4'), ipv6: model.group(name, 'ipv6') };
      expect([name, this.#groups(name)]).toEqual([name, { ipv4, ipv6, ttl: model.ttl(name) }]);
    }
    let overridden = 0;
    for (const [name, { ipv4, ipv6, prepared }] of model.hosts) {
      const wire = parseName(`${name}.`);
      const end = (until = Number.POSITIVE_INFINITY): number => (until === Number.POSITIVE_INFINITY ? 0 : until);
      expect([name, overrides.get(overrides.find(wire, 0, wire.length))]).toEqual([
        name,
        {
          ipv4: ipv4?.group,
          ipv6: ipv6?.group,
          move4: ipv4?.move ?? 0,
          move6: ipv6?.move ?? 0,
          until4: end(ipv4?.until),
          until6: end(ipv6?.until),
          prepare: prepared?.move ?? 0,
          prepareTtl: prepared?.ttl ?? 0,
        },
      ]);
      if (model.isOverridden(name)) overridden++;
    }
    expect(overrides.inForce).toBe(overridden);
    const due = [...model.moves.values()].flatMap((move) => model.dueAt(move, this.#now) ?? []);
    expect(this.#moves.nextDue()).toBe(due.length === 0 ? undefined : Math.min(...due));
  }
}

/** The code a change is refused with; undefined when it is done. */
async function outcome(change: Promise<unknown>): Promise<string | undefined> {
  try {
    await change;
    return undefined;
  } catch (error) {
    if (error instanceof Problem || error instanceof StoreError) return error.code;
    throw error;
  }
}

async function live(commands: readonly Command[]): Promise<void> {
  const one = new Day();
  await one.begin();
  for (const command of commands) await one.run(command);
}

describe('moves equal the model', () => {
  it('whatever operators and files do, and after every restart', async () => {
    const commands = fc.array(fc.oneof(...day), { minLength: 1, maxLength: 40, size: 'max' });
    await fc.assert(fc.asyncProperty(commands, live), { numRuns: RUNS, seed: 1, ...replay });
  });

  it('and when a revert sets hosts back to what ends at different times', async () => {
    const of = (which: number[], expiresIn: number | undefined): Command => ({
      do: 'create',
      who: { listed: which },
      to: 'europe',
      families: undefined,
      after: undefined,
      expiresIn,
      prepareTtl: undefined,
      hold: 0,
    });
    // The third of the moves is the one that is reverted.
    const commands = fc
      .tuple(fc.constantFrom(4, 5), fc.tuple(seconds, seconds), fc.array(fc.oneof(...day), { maxLength: 15 }))
      .map(([other, [first, second], rest]): Command[] => [
        of([2], 100 + first),
        of([other], 100 + second),
        of([2, other], undefined),
        { do: 'revert', which: 2 },
        ...rest,
      ]);
    await fc.assert(fc.asyncProperty(commands, live), { numRuns: RUNS, seed: 3, ...replay });
  });

  it('and while the store refuses: then nothing is changed but what must happen', async () => {
    const commands = fc.array(fc.oneof(...day, { weight: 4, arbitrary: refuse }), {
      minLength: 1,
      maxLength: 40,
      size: 'max',
    });
    await fc.assert(fc.asyncProperty(commands, live), { numRuns: RUNS, seed: 2, ...replay });
  });
});
