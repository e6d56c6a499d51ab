/**
 * Forced steps: where hosts of targets go that died. The ladder says where, unless that would put a link over its high watermark; then they are spread over the groups of
 * the ladder so that the worst link is used as little as can be. Nobody is asked whether there is room: they must go.
 */
import { type Candidate, choose, counted, RANK } from '../choose.ts';
import { type Family, families, type Plan, targetKey, type World } from '../model.ts';
import { type Direction, directions, loadKey } from '../network-data.ts';
import { plainPolicy } from '../policy.ts';
import { stateOf } from '../state.ts';
import { Balance, type Shift } from './balance.ts';
import type { Diversion, LoadHistory, Overload } from './diversion.ts';
import { landingOf } from './landing.ts';
import { deadSites } from './lost.ts';
import { longestTtl } from './shed.ts';
import { type BySite, type Flow, type Traffic, trafficOf, volumeOf } from './traffic.ts';

/** A dead target's traffic is handed out in so many pieces. */
const PIECES = 20;

const PLAIN = plainPolicy('', 0);

/**
 * What load steering remembers when targets have died, or are well again: the same object when neither is so.
 * @param before the world in which `plan` was decided
 */
export function forcedStep(world: World, before: World, plan: Plan, load: LoadHistory): LoadHistory {
  const left = new Map([...load.forced].filter(([key]) => !isWell(world, key)));
  const kept = left.size === load.forced.size ? load : { ...load, forced: left };
  const dying = dyingOf(world, before);
  if (dying.size === 0) return kept;
  // Where traffic was until now: which sites were gone before this, too, is as it was.
  const { data, demand, now } = world;
  const traffic = trafficOf({ ...before, data, demand, now }, plan);
  const dead = [...traffic.flows]
    .filter(([key]) => dying.has(key))
    .map(([key, flow]) => deadOf(traffic, key, flow, load, dying))
    .sort((a, b) => size(b.flow) - size(a.flow) || (a.key < b.key ? -1 : 1));
  // A stale feed decides nothing: the ladder does.
  const isKnown =
    traffic.links.length > 0 && traffic.links.some((link) => directions.some((d) => link[d].known === 'fresh'));
  if (dead.length === 0 || !isKnown) return kept;
  return { ...kept, ...spread(world, traffic, dead, left, load) };
}

function size(flow: Flow): number {
  return directions.reduce((sum, direction) => sum + volumeOf(flow, direction), 0);
}

/** Targets that were used and can't be any more. */
function dyingOf(world: World, before: World): Set<string> {
  const dying = new Set<string>();
  if (world.network !== before.network) return dying;
  if (
    world.verdicts === before.verdicts &&
    world.forces === before.forces &&
    world.history?.targets === before.history?.targets
  )
    return dying;
  const { services, groups } = world.network;
  services.forEach(({ id, vips }, service) => {
    groups.forEach((group, g) => {
      for (const family of families) {
        if (vips[g]?.[family] === undefined) continue;
        if (isUsed(before, service, g, family) && !isUsed(world, service, g, family))
          dying.add(targetKey(id, group.id, family));
      }
    });
  });
  return dying;
}

/** Whether hosts are back at a target, or it is none any more. */
function isWell(world: World, key: string): boolean {
  const { services, groups } = world.network;
  const [serviceId, groupId, family] = key.split('/') as [string, string, Family];
  const service = services.findIndex(({ id }) => id === serviceId);
  const group = groups.findIndex(({ id }) => id === groupId);
  if (service < 0 || group < 0) return true;
  return isUsed(world, service, group, family);
}

/** Whether hosts are with a target while there are others: it is up, or was when it was seen last. */
function isUsed(world: World, service: number, group: number, family: Family): boolean {
  return counted(stateOf(world, service, group, family), PLAIN) === 'up';
}

interface Dead {
  readonly key: string;
  /** All that the hosts at home there carry. */
  readonly flow: Flow;
  /** What else changes: hosts that were shed from it leave where they are, and those that were shed to it go home. */
  readonly beside: readonly Shift[];
}

/** A dead target with what was shed of it, and without what was shed to it. */
function deadOf(traffic: Traffic, key: string, flow: Flow, load: LoadHistory, dying: ReadonlySet<string>): Dead {
  const { network, flows } = traffic;
  const idOf = (group: number): string => network.groups[group].id;
  const beside: Shift[] = [];
  let bits = flow.bits;
  for (const [other, { to }] of load.shed) {
    const home = flows.get(other);
    const weight = to.find(({ group }) => group === idOf(flow.group))?.weight ?? 0;
    if (home?.service !== flow.service || home.family !== flow.family || weight === 0) continue;
    const guests = landed(traffic, flow, wholeBits(home, load.shed.get(other)), weight);
    bits = both((direction) => bits[direction].map((all, site) => Math.max(0, all - guests[direction][site])));
    if (!dying.has(other)) beside.push({ from: flow, to: home.group, bits: guests, only: 'arrives' });
  }
  const shed = load.shed.get(key);
  const whole = wholeBits({ bits }, shed);
  for (const { group: id, weight } of shed?.to ?? []) {
    const group = network.groups.findIndex((each) => each.id === id);
    if (group < 0 || dying.has(targetKey(network.services[flow.service].id, id, flow.family))) continue;
    const from = { group, family: flow.family };
    beside.push({ from, to: group, bits: landed(traffic, from, whole, weight), only: 'departs' });
  }
  return { key, flow: { ...flow, bits: whole }, beside };
}

/** What a target's hosts carry, those included that were shed: as much a bucket as those that stayed. */
function wholeBits({ bits }: Pick<Flow, 'bits'>, shed: Diversion | undefined): Flow['bits'] {
  const stays = 1 - (shed?.to ?? []).reduce((sum, { weight }) => sum + weight, 0);
  return both((direction) => bits[direction].map((each) => each / stays));
}

/** A part of some traffic as it lands in a group. */
function landed(
  { network, entries, gone }: Traffic,
  { group, family }: Pick<Flow, 'group' | 'family'>,
  bits: Flow['bits'],
  part: number,
): Flow['bits'] {
  return both((direction) => {
    const volume = volumeOf({ bits }, direction) * part;
    return landingOf(network, group, entries[group][family], direction, gone).map((share) => share * volume);
  });
}

function both(of: (direction: Direction) => BySite): Flow['bits'] {
  return { in: of('in'), out: of('out') };
}

interface Outcome {
  readonly balance: Balance;
  readonly to: ReadonlyMap<string, Diversion['to']>;
}

function spread(
  world: World,
  traffic: Traffic,
  dead: readonly Dead[],
  left: ReadonlyMap<string, Diversion>,
  load: LoadHistory,
): Omit<LoadHistory, 'shed' | 'shedding'> {
  const { network, now } = world;
  const lost = deadSites(world);
  const settled = now + longestTtl(world, new Set(dead.map(({ flow }) => flow.service)));
  const plain = handOut(world, traffic, dead, lost, ([[first]]) => first);
  const forced = new Map(left);
  const tooFull = overHigh(traffic, plain.balance);
  let chosen = plain;
  if (tooFull.length > 0) {
    const fitting = handOut(world, traffic, dead, lost, firstFit);
    // Who fills the first groups up may have to overload the last one more than need be.
    const level =
      overHigh(traffic, fitting.balance).length === 0 ? fitting : handOut(world, traffic, dead, lost, leastStrained);
    const even = isBetter(ratios(traffic, level.balance), ratios(traffic, fitting.balance)) ? level : fitting;
    if (isBetter(ratios(traffic, even.balance), ratios(traffic, plain.balance))) {
      chosen = even;
      const [{ link, direction, ratio }] = tooFull;
      const cause = `on the ladder alone ${network.links[link].id} ${direction} would be at ${Math.round(ratio * 100)} %`;
      for (const [key, to] of even.to)
        if (String(to.map(({ group }) => group)) !== String(plain.to.get(key)?.map(({ group }) => group)))
          forced.set(key, { to, since: now, cause, links: [] });
    }
  }
  const overloads = new Map<string, Overload>(load.overloads);
  for (const { link, direction, ratio } of overHigh(traffic, chosen.balance)) {
    const key = loadKey(network.links[link].id, direction);
    const cause = `hosts of ${dead.map((each) => each.key).join(', ')} have nowhere better to go`;
    overloads.set(key, { ratio, since: load.overloads.get(key)?.since ?? now, cause });
  }
  // Until hosts have left, what is measured says nothing of where they are.
  return { forced, overloads, stepped: now, settled, next: Math.max(load.next, settled) };
}

/** Which group gets a piece. @param classes groups, the better ones first @param strainOf how full the fullest link would be, as a part of its high watermark */
type PickGroup = (classes: readonly (readonly number[])[], strainOf: (group: number) => number) => number;

/** Puts the traffic of dead targets where it goes, a piece at a time. */
function handOut(
  world: World,
  traffic: Traffic,
  dead: readonly Dead[],
  lost: ReadonlySet<number>,
  pick: PickGroup,
): Outcome {
  const gone = new Set(dead.map(({ key }) => key));
  const living = new Map([...traffic.flows].filter(([key]) => !gone.has(key)));
  const balance = new Balance({ ...traffic, flows: living }, lost, true);
  const to = new Map<string, Diversion['to']>();
  for (const { beside } of dead) for (const shift of beside) balance.apply(shift, 1);
  for (const { key, flow } of dead) {
    const classes = receiversOf(world, flow);
    if (classes.length === 0) continue;
    const pieces = new Map<number, number>();
    for (let piece = 0; piece < PIECES; piece++) {
      const group = pick(classes, (each) => balance.strain(shiftOf(flow, each), 1 / PIECES));
      balance.apply(shiftOf(flow, group), 1 / PIECES);
      pieces.set(group, (pieces.get(group) ?? 0) + 1);
    }
    to.set(
      key,
      [...pieces].map(([group, count]) => ({ group: world.network.groups[group].id, weight: count / PIECES })),
    );
  }
  return { balance, to };
}

/** From nowhere: what the dead target carried is not in the balance any more. */
function shiftOf({ group, family, bits }: Flow, to: number): Shift {
  return { from: { group, family }, to, bits, only: 'arrives' };
}

/** Groups that are as good as the one the ladder leads to, which is the first; those that are served by a failed site too, where it is not, come second. */
function receiversOf(world: World, { service, group, family }: Flow): number[][] {
  const { chosen, candidates, lastResort } = choose(world, PLAIN, service, group, family);
  if (chosen === undefined || lastResort !== undefined) return [];
  const isGood = (one: Candidate): boolean =>
    one.address !== undefined &&
    one.group !== group &&
    RANK[one.counts] === RANK[chosen.counts] &&
    (one.closed === undefined) === (chosen.closed === undefined);
  const good = candidates.filter(isGood);
  const alike = good.filter(({ containsFailedSite }) => containsFailedSite === chosen.containsFailedSite);
  const others = good.filter((each) => !alike.includes(each));
  return [alike, others].filter(({ length }) => length > 0).map((each) => each.map((one) => one.group));
}

/** The first group that fits below all high watermarks; when none does, the one whose fullest link is used least. */
const firstFit: PickGroup = (classes, strainOf) => {
  for (const groups of classes) for (const group of groups) if (strainOf(group) <= 1) return group;
  return leastStrained(classes, strainOf);
};

const leastStrained: PickGroup = (classes, strainOf) => {
  let best = classes[0][0];
  let least = Number.POSITIVE_INFINITY;
  for (const group of classes.flat()) {
    const strain = strainOf(group);
    if (strain < least - 1e-9) [best, least] = [group, strain];
  }
  return best;
};

/** Links above their high watermark, the worst first. */
function overHigh(traffic: Traffic, balance: Balance) {
  return traffic.network.links
    .flatMap(({ high }, link) =>
      directions.map((direction) => ({ link, direction, high, ratio: balance.ratio(link, direction) })),
    )
    .filter(({ ratio, high }) => ratio > high)
    .sort((a, b) => b.ratio - a.ratio);
}

function ratios({ network }: Traffic, balance: Balance): number[] {
  return network.links
    .flatMap((_, link) => directions.map((direction) => balance.ratio(link, direction)))
    .sort((a, b) => b - a);
}

/** Whether the worst link is used less; of equals the next one decides. */
function isBetter(one: readonly number[], other: readonly number[]): boolean {
  for (let i = 0; i < one.length; i++) if (Math.abs(one[i] - other[i]) > 1e-9) return one[i] < other[i];
  return false;
}
