/** Runs a scenario in virtual time. The same scenario and seed give the same run, everywhere. */

import { type History, NO_HISTORY } from '../../../src/steering/guards/history.ts';
import { type LoadHistory, NO_LOAD } from '../../../src/steering/load/diversion.ts';
import { families, type Network, type World } from '../../../src/steering/model.ts';
import type { NetworkData } from '../../../src/steering/network-data.ts';
import { noClasses } from '../../../src/steering/policy.ts';
import { Behaviour } from './behaviour.ts';
import { SimulatedFeeds } from './feeds.ts';
import { percentText } from './figures.ts';
import { Invariants } from './invariants.ts';
import { Journal } from './journal.ts';
import { SimulatedLoads } from './loads.ts';
import { Population } from './population.ts';
import { Random } from './random.ts';
import { KEEPERS } from './resolvers.ts';
import { type ClientSetup, type Scenario, type Stage, spanText } from './scenario.ts';
import { EPOCH, SimulatedServer } from './server.ts';
import { Timeline } from './timeline.ts';
import { Traffic } from './traffic.ts';

/** Slices of time that requests are counted in: so many fit into a plot. */
const SLICES = 600;
const EVERYBODY: readonly ClientSetup[] = [{ name: 'all', share: 1, groups: [] }];

/** What a target was seen as, from a time on. */
export interface Seen {
  readonly at: number;
  readonly state: 'up' | 'down' | 'unknown';
}

export interface Run {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Of the places of `traffic`: `zurich` for both families; the last one is requests without an answer. */
  readonly groups: readonly string[];
  readonly traffic: Traffic;
  /** Part of requests (0 to 1) that what is answered would send to each place, from a time on. */
  readonly answered: readonly { readonly at: number; readonly shares: readonly number[] }[];
  /** By target. */
  readonly seen: ReadonlyMap<string, readonly Seen[]>;
  readonly held: readonly { readonly from: number; readonly to: number }[];
  readonly behaviour: Behaviour;
  /** Of the network at the end. */
  readonly links: Network['links'];
  /** By link what it carries as a part of its capacity, in the direction that is worse; looked at as often as loads are measured. */
  readonly used: readonly { readonly at: number; readonly ratios: readonly number[] }[];
  readonly journal: Journal;
  readonly probes: number;
  /** Plans published. */
  readonly plans: number;
  /** Invariants that did not hold, in words. */
  readonly broken: readonly string[];
}

/** @param slice milliseconds; requests are counted in slices of this, a 600th of the duration unless told otherwise */
export function simulate(scenario: Scenario, seed = 1, slice = scenario.duration / SLICES): Run {
  return new Simulation(scenario, seed, slice).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #seed: number;
  readonly #timeline = new Timeline();
  readonly #behaviour = new Behaviour();
  readonly #journal = new Journal();
  readonly #invariants = new Invariants();
  readonly #server: SimulatedServer;
  readonly #feeds: SimulatedFeeds | undefined;
  readonly #random: Random;
  readonly #slice: number;
  readonly #seen = new Map<string, Seen[]>();
  readonly #held: { from: number; to: number }[] = [];
  readonly #answered: { at: number; shares: number[] }[] = [];
  readonly #loads: SimulatedLoads | undefined;
  readonly #used: { at: number; ratios: number[] }[] = [];
  #population: Population | undefined;
  #places = 0;
  #isHeld = false;

  constructor(scenario: Scenario, seed: number, slice: number) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#slice = slice;
    this.#random = new Random(seed);
    const timeline = this.#timeline;
    this.#feeds = scenario.feeds && new SimulatedFeeds(scenario.feeds);
    this.#loads = scenario.loads && new SimulatedLoads(scenario.loads, new Random(seed + 1));
    this.#server = new SimulatedServer(
      timeline,
      this.#behaviour,
      this.#random.fork(),
      (network) => this.#classes(network),
      {
        changing: () => this.#population?.advance(timeline.now),
        published: (before, after, changes, generation) => {
          this.#invariants.look(before, after, generation);
          this.#noteClosed(before?.world.history ?? NO_HISTORY, after.world.history ?? NO_HISTORY);
          this.#noteOverloads(before?.world.history?.load ?? NO_LOAD, after.world.history?.load ?? NO_LOAD);
          for (const { service, policy, group, starts, family, before: was, after: is, cause } of changes) {
            const what = starts.join(' ') === group ? group : `${group} from ${starts.join(' and ')}`;
            const text = `${service} ${family} of ${what} (${policy}): ${was} -> ${is}`;
            this.#journal.add({
              at: timeline.now,
              kind: 'answer',
              target: `${service}/${group}/${family}`,
              text,
              cause,
            });
          }
          if (changes.length > 0) this.#noteAnswers();
        },
        judged: ({ changes, held }) => {
          const at = timeline.now;
          for (const { target, after } of changes) {
            this.#note(target, after.state);
            const text = `${target} seen ${after.state}: ${after.cause}`;
            this.#journal.add({ at, kind: 'seen', target, text });
          }
          if ((held !== undefined) === this.#isHeld) return;
          this.#isHeld = held !== undefined;
          if (held !== undefined) this.#held.push({ from: at, to: scenario.duration });
          else this.#held[this.#held.length - 1].to = at;
          const text = held === undefined ? 'connected again: verdicts count' : `cut off, holds: ${held.cause}`;
          this.#journal.add({ at, kind: held === undefined ? 'released' : 'held', text });
        },
        found: ({ kind, message }, isOver) => {
          const text = isOver ? `${kind} no longer: ${message}` : `${kind}: ${message}`;
          this.#journal.add({ at: timeline.now, kind: 'found', text });
        },
      },
      this.#feeds,
      this.#loads && (() => this.#measure(this.#loads!)),
    );
  }

  run(): Run {
    const { network, hosts, duration, clients = EVERYBODY, keepers = KEEPERS } = this.#scenario;
    const { caches = 200, skew = 1, ipv6 = 0.5 } = this.#scenario;
    this.#scenario.script(this.#stage(), this.#random.fork());
    this.#noteSpans();
    this.#server.start(network, hosts);
    const { groups } = this.#server.network;
    this.#places = groups.length * families.length + 1;
    const traffic = new Traffic(this.#places, duration, this.#slice);
    const classes = clients.map(({ share }, i) => ({ clientClass: i + (this.#isPlaced ? 1 : 0), share }));
    this.#population = new Population(
      { keepers, caches, skew, hosts: hosts.length, classes, ipv6 },
      (asked) => this.#server.answer(asked),
      traffic,
      this.#random.fork(),
      (place) => this.#server.count(place),
    );
    this.#noteAnswers();
    this.#timeline.run(duration);
    this.#population.advance(duration);
    return {
      scenario: this.#scenario,
      seed: this.#seed,
      groups: groups.map(({ id }) => id),
      traffic,
      answered: this.#answered,
      seen: this.#seen,
      held: this.#held,
      links: this.#server.network.links,
      used: this.#used,
      behaviour: this.#behaviour,
      journal: this.#journal,
      probes: this.#server.probes,
      plans: this.#invariants.checked,
      broken: [...this.#invariants.broken],
    };
  }

  get #isPlaced(): boolean {
    return (this.#scenario.clients ?? EVERYBODY).some(({ groups }) => groups.length > 0);
  }

  /** Class 0 is of clients without a place; policies that don't look at clients have no other. */
  #classes(network: Network): World['classes'] {
    if (!this.#isPlaced) return noClasses(network.policies);
    const byName = (id: string): number => network.groups.findIndex((group) => group.id === id);
    const placed = (this.#scenario.clients ?? []).map(({ groups }) => ({ groups: groups.map(byName) }));
    return network.policies.map(({ choice }) => {
      const looks = choice.kind === 'nearest' || (choice.kind === 'split' && choice.rest.kind === 'nearest');
      return [{ groups: [] }, ...(looks ? placed : [])];
    });
  }

  #stage(): Stage {
    const server = this.#server;
    const { hosts } = this.#scenario;
    const does = (at: number, text: string, action: () => void): void =>
      this.#timeline.at(at, () => {
        this.#journal.add({ at, kind: 'done', text });
        action();
      });
    const outside = (at: number, text: string, action: () => void): void =>
      this.#timeline.at(at, () => {
        this.#journal.add({ at, kind: 'routes', text });
        action();
      });
    return {
      fail: (target, span) => this.#behaviour.add(target, { failing: 1, ...span }),
      cut: (from, to) => this.#behaviour.cut(from, to),
      move: (at, host, group) =>
        does(at, `${host} is moved to ${group}`, () => {
          const index = hosts.findIndex(({ name }) => name === host);
          if (index < 0) throw new Error(`there is no host ${host}`);
          server.move(index, group);
          this.#noteAnswers();
        }),
      force: (at, key, state) => does(at, `${key} is forced ${state}`, () => server.force(key, state)),
      reload: (at, text, what) =>
        does(at, what, () => {
          server.reload(text);
          this.#noteAnswers();
        }),
      restart: (at) =>
        does(at, 'the server is restarted', () => {
          for (const target of this.#seen.keys()) this.#note(target, 'unknown');
          server.restart();
        }),
      lose: (site, from, to) => {
        outside(from, `${site} is lost, with all its links`, () => this.#loads?.lose(site, true));
        outside(to, `${site} is back`, () => this.#loads?.lose(site, false));
      },
      announce: (at, site, routes, what) => outside(at, what, () => this.#feeds?.announce(site, routes)),
      validate: (at, route, state, cause) =>
        outside(at, `RPKI: the prefix of ${route} is ${state}${cause === undefined ? '' : `: ${cause}`}`, () =>
          this.#feeds?.validate(route, state, cause),
        ),
      silence: (feed, from, to) => {
        outside(from, `the feed ${feed} falls silent`, () => this.#feeds?.silence(feed, true));
        outside(to, `the feed ${feed} speaks again`, () => this.#feeds?.silence(feed, false));
      },
    };
  }

  /** Tells which groups take no new hosts by themselves, or do again. */
  #noteClosed({ routes: before }: History, { routes }: History): void {
    const at = this.#timeline.now;
    for (const [key, { by }] of routes)
      if (!before.has(key))
        this.#journal.add({ at, kind: 'guard', text: `${key} takes no new hosts by itself, by ${by[0].guard}` });
    for (const key of before.keys())
      if (!routes.has(key)) this.#journal.add({ at, kind: 'guard', text: `${key} takes hosts again` });
  }

  /** What links carry now, and what is measured of it. */
  #measure(loads: SimulatedLoads): NetworkData['loads'] {
    const { now } = this.#timeline;
    const { network } = this.#server;
    this.#population?.advance(now);
    const carried = loads.carried(network, this.#population?.held(this.#places) ?? [], now);
    const ratios = network.links.map(({ capacity }, link) =>
      Math.max(carried[link].in / capacity.in, carried[link].out / capacity.out),
    );
    this.#used.push({ at: now, ratios });
    return loads.measure(network, carried, EPOCH + now);
  }

  /** Tells which links are too full and find no room, or no longer are. */
  #noteOverloads({ overloads: before }: LoadHistory, { overloads }: LoadHistory): void {
    const at = this.#timeline.now;
    for (const [key, { ratio, cause }] of overloads)
      if (!before.has(key))
        this.#journal.add({
          at,
          kind: 'overload',
          text: `alarm: ${key.replace('/', ' ')} at ${percentText(ratio)}, which stays: ${cause}`,
        });
    for (const key of before.keys())
      if (!overloads.has(key))
        this.#journal.add({ at, kind: 'overload', text: `${key.replace('/', ' ')} is no longer too full` });
  }

  #noteSpans(): void {
    const { duration } = this.#scenario;
    const note = (at: number, kind: 'fails' | 'recovers', text: string, target?: string): void => {
      if (at < duration) this.#journal.add({ at, kind, text, ...(target === undefined ? {} : { target }) });
    };
    for (const target of this.#behaviour.targets)
      for (const span of this.#behaviour.spansOf(target)) {
        note(span.from, 'fails', `${target} ${spanText(span)}`, target);
        note(span.to, 'recovers', `${target} is well`, target);
      }
    for (const { from, to } of this.#behaviour.cuts) {
      note(from, 'fails', "the server's own network is down: no probe comes back");
      note(to, 'recovers', "the server's own network is up");
    }
  }

  #note(target: string, state: Seen['state']): void {
    const seen = this.#seen.get(target) ?? [{ at: 0, state: 'unknown' }];
    seen.push({ at: this.#timeline.now, state });
    this.#seen.set(target, seen);
  }

  #noteAnswers(): void {
    if (this.#population === undefined) return;
    const shares = this.#population.answered(this.#places);
    this.#answered.push({ at: this.#timeline.now, shares });
  }
}
