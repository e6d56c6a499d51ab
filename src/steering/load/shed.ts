/**
 * Voluntary steps: what a link above its high watermark sheds to other groups, and what comes back when it is below the low one.
 *
 * A step sheds in proportion to where the load stands between the watermarks, of every target that enters there alike, until the load is in the middle. The receiver is asked
 * first (`Balance.room`); what has nowhere to go stays, and the reason is kept.
 */
import { type Candidate, choose } from '../choose.ts';
import { freezeOn } from '../guards/history.ts';
import { judgeDestinations } from '../guards/judge-move.ts';
import { families, type Link, type Plan, targetKey, type World } from '../model.ts';
import { type Direction, directions, loadKey, type PerDirection } from '../network-data.ts';
import { plainPolicy } from '../policy.ts';
import { Balance, limitText, type Shift } from './balance.ts';
import { type Diversion, giversTo, type LoadHistory, type Overload } from './diversion.ts';
import { landingOf } from './landing.ts';
import { Reasons } from './reasons.ts';
import { type LoadRules, MOST_SHED, middle, quarter, WAY_BACK } from './rules.ts';
import { type BySite, type Flow, type Traffic, trafficOf, volumeOf } from './traffic.ts';

/** Weights are multiples of this: shares that differ by less are not worth a change. */
const GRAIN = 1 / 1000;
/** Rounds in which what one target can't shed is asked of the others. */
const ROUNDS = 3;
/** Of what should be shed, so little may stay without a word. */
const SLACK = 0.01;
/** A load that has changed by so much is told anew. */
const TOLD_AGAIN = 0.05;

/** Where no policy matters: states count as they are. */
const PLAIN = plainPolicy('', 0);

/**
 * What load steering remembers after a look at loads: the same object when nothing is to be done.
 * @param plan what is answered until now
 */
export function shedStep(world: World, plan: Plan, load: LoadHistory, rules: LoadRules): LoadHistory {
  const { network, now } = world;
  const traffic = trafficOf(world, plan);
  const shedding = sheddingOf(traffic, load);
  if (shedding.length === 0 && load.shed.size === 0 && load.overloads.size === 0)
    return load.shedding.length === 0 ? load : { ...load, shedding: [] };
  // What was measured before the last step took effect says nothing of it.
  const isSettled = traffic.links.every((link) =>
    directions.every((d) => link[d].known !== 'fresh' || link[d].observedAt >= load.settled || now < load.stepped),
  );
  if (!isSettled) return load;

  const step = new Step(world, traffic, load, rules);
  const hot = network.links
    .flatMap((_, link) => directions.map((direction) => ({ link, direction })))
    .filter(({ link, direction }) => shedding.includes(loadKey(network.links[link].id, direction)))
    .sort((a, b) => over(traffic, b) - over(traffic, a));
  for (const { link, direction } of hot) step.relieve(link, direction);
  if (!step.hasShed) step.bringBack(hot);
  const { shed, overloads, changed } = step;
  const isSame = changed.size === 0 && overloads === load.overloads && shedding.join() === load.shedding.join();
  if (isSame) return load;
  if (changed.size === 0) return { ...load, overloads, shedding };
  const settled = now + longestTtl(world, changed);
  return { ...load, shed, overloads, shedding, stepped: now, settled, next: Math.max(settled, now + rules.interval) };
}

/** How far a link is above its high watermark. */
function over({ network, links }: Traffic, { link, direction }: LinkEnd): number {
  const { capacity, high } = network.links[link];
  return links[link][direction].load / capacity[direction] / high;
}

/** Links above their high watermark, and those that were and have not come down to the middle since. What is stale is as it was, unless its site is gone. */
function sheddingOf({ network, links, gone }: Traffic, load: LoadHistory): string[] {
  return network.links.flatMap((link, i) =>
    directions.flatMap((direction) => {
      const key = loadKey(link.id, direction);
      const { known, load: bits } = links[i][direction];
      const was = load.shedding.includes(key);
      const ratio = bits / link.capacity[direction];
      const is = gone.has(link.site) ? false : known !== 'fresh' ? was : ratio > (was ? middle(link) : link.high);
      return is ? [key] : [];
    }),
  );
}

/** Milliseconds: of hosts of these services. */
export function longestTtl({ assignments }: Pick<World, 'assignments'>, services: ReadonlySet<number>): number {
  return assignments.reduce((most, { service, ttl }) => (services.has(service) ? Math.max(most, ttl) : most), 0) * 1000;
}

/** A link in one direction. */
interface LinkEnd {
  readonly link: number;
  readonly direction: Direction;
}

interface Receiver {
  readonly group: number;
  readonly id: string;
}

class Step {
  readonly #world: World;
  readonly #traffic: Traffic;
  readonly #load: LoadHistory;
  readonly #rules: LoadRules;
  readonly #balance: Balance;
  readonly #shed: Map<string, Diversion>;
  /** By target what part of its hosts this step has moved. */
  readonly #moved = new Map<string, number>();
  readonly #overloads = new Map<string, Overload>();
  /** Services of targets that were changed. */
  readonly changed = new Set<number>();

  constructor(world: World, traffic: Traffic, load: LoadHistory, rules: LoadRules) {
    this.#world = world;
    this.#traffic = traffic;
    this.#load = load;
    this.#rules = rules;
    this.#balance = new Balance(traffic);
    this.#shed = new Map(load.shed);
  }

  get shed(): ReadonlyMap<string, Diversion> {
    return this.#shed;
  }

  get hasShed(): boolean {
    return this.changed.size > 0;
  }

  /** The same object as before when it says the same. */
  get overloads(): ReadonlyMap<string, Overload> {
    const before = this.#load.overloads;
    const isSame = this.#overloads.size === before.size && [...this.#overloads].every(([k, v]) => before.get(k) === v);
    return isSame ? before : this.#overloads;
  }

  /** Sheds what a link has too much of, or says why not. */
  relieve(link: number, direction: Direction): void {
    const { network } = this.#world;
    const { id, site, capacity, low, high } = network.links[link];
    const key = loadKey(id, direction);
    const isKnown = network.links.every(
      (other, i) => other.site !== site || this.#traffic.links[i][direction].known === 'fresh',
    );
    if (!isKnown) {
      this.#keepOverload(key);
      return;
    }
    const aim = middle(network.links[link]);
    const ratio = this.#balance.ratio(link, direction);
    const share = this.#rules.step * Math.min(1, (ratio - low) / (high - low));
    const wanted = Math.min(share, (ratio - aim) / ratio) * this.#balance.load(link, direction);
    if (wanted <= 0) return;
    const before = this.#balance.load(link, direction);
    const reasons = new Reasons();
    const cause = `${id} ${direction} at ${Math.round(ratio * 100)} %`;
    for (let round = 0; round < ROUNDS; round++) {
      const left = wanted - (before - this.#balance.load(link, direction));
      if (left <= wanted * SLACK) break;
      this.#round(link, direction, left, { cause, key }, reasons);
    }
    const stays = wanted - (before - this.#balance.load(link, direction));
    const after = this.#balance.load(link, direction) / capacity[direction];
    // Who is told of stays told until the load is well below: one that is near the watermark would be an alarm a minute.
    const most = this.#load.overloads.has(key) ? (high + aim) / 2 : high;
    if (after > most && stays > wanted * SLACK && !reasons.isEmpty) this.#noteOverload(key, after, reasons.text);
  }

  /** Lets come back what was shed of links that have room again; sooner from where it is too much itself. @param hot links that have to shed, and could not */
  bringBack(hot: readonly LinkEnd[]): void {
    const { network } = this.#world;
    for (const [key, diversion] of [...this.#shed].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const links = diversion.links.flatMap((of) =>
        network.links.flatMap((link, i) =>
          directions.flatMap((direction) => (loadKey(link.id, direction) === of ? [{ link: i, direction }] : [])),
        ),
      );
      const isBelow = (mark: (of: Link) => number): boolean =>
        links.every(({ link, direction }) => {
          const { known, load } = this.#traffic.links[link][direction];
          return known === 'fresh' && load < mark(network.links[link]) * network.links[link].capacity[direction];
        });
      const flow = this.#flowOf(key);
      if (flow === undefined) this.#set(key, undefined);
      else if (this.#refusalOf(flow) !== undefined) continue;
      else if (isBelow(({ low }) => low)) this.#back(key, flow, diversion, links, { mark: middle, isDue: () => true });
      else if (isBelow(quarter))
        this.#back(key, flow, diversion, links, { mark: quarter, isDue: (group) => this.#fills(group, flow, hot) });
    }
  }

  /** Whether a group's part of a target enters or leaves by one of these links. */
  #fills(group: number, flow: Flow, links: readonly LinkEnd[]): boolean {
    return links.some(
      ({ link, direction }) => this.#landing(group, flow, direction)[this.#world.network.links[link].site] > 0,
    );
  }

  #round(
    link: number,
    direction: Direction,
    wanted: number,
    { cause, key }: { cause: string; key: string },
    reasons: Reasons,
  ): void {
    const { site } = this.#world.network.links[link];
    const of = this.#traffic.links[link][direction].part;
    const flows = [...this.#traffic.flows]
      .filter(([, { bits }]) => bits[direction][site] > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const carried = flows.reduce((sum, [, { bits }]) => sum + bits[direction][site], 0);
    if (flows.length === 0) reasons.add('nobody is known to ask for what it carries');
    for (const [target, flow] of flows) {
      const refusal = this.#refusalOf(flow);
      if (refusal !== undefined) {
        reasons.add(`stays: ${refusal}`, target);
        continue;
      }
      // Of all that enter alike, in proportion to what each carries there.
      let needed = (wanted / of) * (flow.bits[direction][site] / carried);
      const receivers = this.#receivers(target, flow, direction, site, reasons);
      for (const receiver of receivers) {
        if (needed <= 0) break;
        needed -= this.#take(target, flow, receiver, { site, direction, needed, cause, key }, reasons);
      }
    }
  }

  /** Moves what is needed of a target to a receiver, as far as there is room. @returns bits per second that leave the site */
  #take(
    target: string,
    flow: Flow,
    { group, id }: Receiver,
    {
      site,
      direction,
      needed,
      cause,
      key,
    }: { site: number; direction: Direction; needed: number; cause: string; key: string },
    reasons: Reasons,
  ): number {
    const stays = 1 - awayOf(this.#load.shed.get(target));
    const done = this.#moved.get(target) ?? 0;
    // What this step has moved of it already is not there any more.
    const here = 1 - done / stays;
    const shift: Shift = { from: flow, to: group, bits: flow.bits };
    const relief = flow.bits[direction][site] - this.#landing(group, flow, direction)[site] * volumeOf(flow, direction);
    if (relief <= 0) return 0;
    if (1 - stays + done >= MOST_SHED - GRAIN) reasons.add('is elsewhere already, as far as it may', target);
    const bound = Math.min(this.#rules.step - done, MOST_SHED - (1 - stays) - done) / stays;
    const most = Math.min(needed / relief, here, bound);
    if (most <= 0) return 0;
    const { part, limit } = this.#balance.room(shift, most);
    if (limit !== undefined) reasons.add(`${id}: ${limitText(this.#world.network, limit)}`);
    const weight = Math.floor((part * stays) / GRAIN + 1e-6) * GRAIN;
    if (weight <= 0) return 0;
    this.#balance.apply(shift, weight / stays);
    this.#moved.set(target, done + weight);
    const known = this.#shed.get(target);
    const links = new Set([...(known?.links ?? []), key]);
    const to = added(known?.to ?? [], id, weight);
    this.#set(target, { to, since: this.#world.now, cause, links: [...links].sort() }, flow.service);
    return (weight / stays) * relief;
  }

  /** Takes back a part of what was diverted, last receiver first. @param mark up to which links at home may be filled @param isDue whether a group gives any back */
  #back(
    key: string,
    flow: Flow,
    diversion: Diversion,
    links: readonly LinkEnd[],
    { mark, isDue }: { mark: (of: Link) => number; isDue: (group: number) => boolean },
  ): void {
    const { network, now } = this.#world;
    const stays = 1 - awayOf(diversion);
    let most = Math.min(this.#rules.step * WAY_BACK, awayOf(diversion));
    let to = diversion.to;
    for (const { group: id, weight } of [...diversion.to].reverse()) {
      const from = network.groups.findIndex((group) => group.id === id);
      const wanted = from < 0 || isDue(from) ? Math.min(most, weight) : 0;
      if (from < 0 || wanted <= 0) {
        if (from < 0) to = added(to, id, -weight);
        continue;
      }
      // As much a bucket as what stayed at home, from where it lands now.
      const volumes = { in: volumeOf(flow, 'in') / stays, out: volumeOf(flow, 'out') / stays };
      const bits = (direction: Direction): BySite =>
        this.#landing(from, flow, direction).map((share) => share * volumes[direction]);
      const shift: Shift = {
        from: { group: from, family: flow.family },
        to: flow.group,
        bits: { in: bits('in'), out: bits('out') },
      };
      let { part } = this.#balance.room(shift, wanted);
      for (const { link, direction } of links) {
        const { capacity, site } = network.links[link];
        const more = this.#homecoming(flow, site, direction, volumes) * this.#traffic.links[link][direction].part;
        const room = mark(network.links[link]) * capacity[direction] - this.#balance.load(link, direction);
        if (more > 0) part = Math.min(part, Math.max(0, room / more));
      }
      const back = Math.floor(part / GRAIN + 1e-6) * GRAIN;
      if (back <= 0) continue;
      this.#balance.apply(shift, back);
      most -= back;
      to = added(to, id, -back);
    }
    if (to === diversion.to) return;
    this.#set(key, to.length === 0 ? undefined : { ...diversion, to, since: now }, flow.service);
  }

  /** What all of a target's buckets would bring a site. */
  #homecoming(flow: Flow, site: number, direction: Direction, volumes: PerDirection<number>): number {
    return this.#landing(flow.group, flow, direction)[site] * volumes[direction];
  }

  #landing(group: number, { family }: Pick<Flow, 'family'>, direction: Direction): readonly number[] {
    const { entries, gone } = this.#traffic;
    return landingOf(this.#world.network, group, entries[group][family], direction, gone);
  }

  /** Why nothing of a target may be shed, nor come back to it. */
  #refusalOf({ service, group, family }: Flow): string | undefined {
    const { freezes, now, network } = this.#world;
    const { chosen } = choose(this.#world, PLAIN, service, group, family);
    if (chosen?.group !== group || chosen.counts !== 'up') return 'it is not up';
    if (chosen.forced !== undefined) return 'an operator forced it';
    const freeze = freezeOn(freezes, network.groups[group].id, now);
    return freeze === undefined ? undefined : 'an operator froze automatic changes';
  }

  /** Groups that could take some of it: those that avoid the site first, then those of which less enters there. A group that gives to this one itself takes nothing of it. */
  #receivers(target: string, flow: Flow, direction: Direction, site: number, reasons: Reasons): Receiver[] {
    const { freezes, now: at, network } = this.#world;
    const { candidates } = choose(this.#world, PLAIN, flow.service, flow.group, flow.family);
    const isFit = ({ group, address, counts, closed }: Candidate): boolean =>
      group !== flow.group &&
      address !== undefined &&
      counts === 'up' &&
      closed === undefined &&
      freezeOn(freezes, network.groups[group].id, at) === undefined &&
      !judgeDestinations(this.#world, [{ group, family: flow.family }]).some(({ refuses }) => refuses);
    const fit = candidates.filter(isFit).map(({ group }) => ({ group, id: network.groups[group].id }));
    const enters = ({ group }: Receiver): number => this.#landing(group, flow, direction)[site];
    // By what is measured and by its catchment: a site that carries much makes all that enter there look as if they entered nowhere else.
    const now = Math.min(
      flow.bits[direction][site] / volumeOf(flow, direction),
      this.#landing(flow.group, flow, direction)[site],
    );
    const helpful = fit.filter((each) => enters(each) < now);
    if (helpful.length === 0) reasons.add('has no group to go to of which less enters there', target);
    const givers = giversTo(network, this.#shed, flow);
    const takers = helpful.filter(({ group }) => !givers.has(group));
    for (const { group, id } of helpful)
      if (givers.has(group)) reasons.add(`${id}: hosts of it are shed to ${network.groups[flow.group].id}`);
    return [...takers.filter((each) => enters(each) === 0), ...takers.filter((each) => enters(each) > 0)];
  }

  #flowOf(key: string): Flow | undefined {
    const { services, groups } = this.#world.network;
    const flow = this.#traffic.flows.get(key);
    if (flow !== undefined) return flow;
    // Nobody asks for it now: what is away may come back, and brings nothing.
    const none = this.#world.network.sites.map(() => 0);
    for (const [service, { id: s }] of services.entries())
      for (const [group, { id: g }] of groups.entries())
        for (const family of families)
          if (targetKey(s, g, family) === key)
            return { service, group, family, weight: 0, bits: { in: none, out: none } };
    return undefined;
  }

  #set(key: string, to: Diversion | undefined, service?: number): void {
    if (to === undefined) this.#shed.delete(key);
    else this.#shed.set(key, to);
    if (service !== undefined) this.changed.add(service);
  }

  #noteOverload(key: string, ratio: number, cause: string): void {
    const known = this.#load.overloads.get(key);
    const isTold = known !== undefined && Math.abs(known.ratio - ratio) < TOLD_AGAIN;
    this.#overloads.set(key, isTold ? known : { ratio, since: known?.since ?? this.#world.now, cause });
  }

  #keepOverload(key: string): void {
    const known = this.#load.overloads.get(key);
    if (known !== undefined) this.#overloads.set(key, known);
  }
}

/** The part of a target's buckets that is elsewhere. */
function awayOf(diversion: Diversion | undefined): number {
  return diversion?.to.reduce((sum, { weight }) => sum + weight, 0) ?? 0;
}

/** With so much more, or less, for a group. Rounded, so that sums of grains stay grains. */
function added(to: Diversion['to'], group: string, weight: number): Diversion['to'] {
  const known = to.find((each) => each.group === group);
  const sum = Math.round(((known?.weight ?? 0) + weight) / GRAIN) * GRAIN;
  if (known === undefined) return [...to, { group, weight: sum }];
  return to.flatMap((each) => (each !== known ? [each] : sum <= 0 ? [] : [{ group, weight: sum }]));
}
