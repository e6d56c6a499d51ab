/**
 * What follows from changes: the engine's own steps on a virtual clock, with the loads that each brings about as the next one's measurements, until nothing changes any
 * more. Pure; it computes with what hangs on sets of answers, never by host.
 *
 * What is modelled: at the beginning everything of the scenario happens at once, checks see what is dead, and BGP has led traffic elsewhere. Between two steps there are
 * TICK_MS; by then traffic has followed the answers of the step before. A link that is over its capacity by the factor `cascade` for FAIL_AFTER_MS is taken to fail next: its
 * BGP session ends, and what it carried goes to the other links of its site.
 */

import { type PlanChange, planChanges } from '../changes.ts';
import { type History, NO_HISTORY, nextLook } from '../guards/history.ts';
import type { PredictedLoad } from '../load/predict.ts';
import { families, type Plan, targetKey, type Verdict, type Verdicts, type World, type WorldDemand } from '../model.ts';
import { type NetworkData, type PerDirection, routeKey } from '../network-data.ts';
import type { Decided } from '../redecide.ts';
import { step } from '../step.ts';
import type { Flow, Footing, Trouble } from './flows.ts';
import type { Forecast } from './forecast.ts';
import type { Ground } from './ground.ts';
import { type GuardTrip, tripsIn } from './guard-trips.ts';
import { deadTargets, lostSites, type Outage, withFailure } from './outage.ts';

/** Virtual time between two looks at the world. */
export const TICK_MS = 30_000;
/** When nothing has changed for so long, nothing will but by a guard whose wait is over. */
const QUIET_MS = 600_000;
/** The hold time RFC 4271 §10 suggests: so long a BGP session lives that hears nothing. */
export const FAIL_AFTER_MS = 90_000;
const MOST_STEPS = 2000;

export interface RunRules {
  /** A link whose load is above so many times its capacity fails in time; undefined: none does. */
  readonly cascade: number | undefined;
  /** Virtual milliseconds after which the run ends, settled or not. */
  readonly horizon: number;
  /** Whether steps tell the engine's changes with their reasons. */
  readonly explains: boolean;
}

export interface WhatIfStep {
  /** Virtual milliseconds since the changes. */
  readonly at: number;
  /** Links that failed because too much was on them. */
  readonly cascades: readonly Cascade[];
  /** What the engine changed; empty unless that is asked for. */
  readonly changes: readonly PlanChange[];
  /** What that moved. */
  readonly flows: readonly Flow[];
  /** Where traffic lands, once old answers have run out. By index of a link. */
  readonly links: Forecast['links'];
  /** Bits a second that enter and leave nowhere. */
  readonly lost: PerDirection<number>;
}

export interface Cascade {
  readonly link: number;
  /** Load as a part of the capacity, in the direction that was worse. */
  readonly ratio: number;
}

/** A guard that spoke up, and did not before. */
export interface TimedTrip extends GuardTrip {
  /** Virtual milliseconds since the changes. */
  readonly at: number;
}

export interface WhatIf {
  readonly steps: readonly WhatIfStep[];
  /** Nothing changed any more at the end; otherwise the horizon ended it. */
  readonly settled: boolean;
  /** Virtual milliseconds of the last change. */
  readonly lasted: number;
  /** From now to the end. */
  readonly flows: readonly Flow[];
  readonly before: Trouble & { readonly links: Forecast['links'] };
  readonly after: Trouble & { readonly links: Forecast['links']; readonly lost: PerDirection<number> };
  /** The most each link had after any step. */
  readonly peaks: Forecast['links'];
  readonly trips: readonly TimedTrip[];
  /** Targets nobody answers at, or nobody can reach, with the reason in words. */
  readonly dead: ReadonlyMap<string, string>;
  readonly outage: Outage;
  readonly end: Decided;
}

/** @param outage in place of the scenario's */
export function run(ground: Ground, rules: RunRules, outage: Outage = ground.scenario.outage): WhatIf {
  const course = new Course(ground, rules, outage);
  while (!course.isOver) course.step();
  return course.result();
}

class Course {
  readonly #ground: Ground;
  readonly #rules: RunRules;
  readonly #begin: number;
  readonly #steps: WhatIfStep[] = [];
  readonly #trips = new Map<string, TimedTrip>();
  /** Guards that speak already. */
  readonly #before: ReadonlyMap<string, GuardTrip>;
  #lookedAt: History | undefined;
  /** By link since when it is above what it bears. */
  readonly #over = new Map<number, number>();
  /** What hangs on the plan of the moment. */
  #footing: Footing;
  #outage: Outage;
  #dead: ReadonlyMap<string, string>;
  #verdicts: Verdicts;
  #decided: Decided;
  #seen: Forecast;
  /** What is asked for under a plan. */
  #asked: { readonly plan: Plan; readonly demand: WorldDemand } | undefined;
  #now: number;
  #changedAt: number;
  #peaks: PerDirection<PredictedLoad>[];
  #taken = 0;
  isOver = false;
  #settled = false;

  constructor(ground: Ground, rules: RunRules, outage: Outage) {
    const { base, changed } = ground.scenario;
    this.#ground = ground;
    this.#rules = rules;
    this.#begin = base.now;
    this.#now = base.now;
    this.#changedAt = base.now;
    this.#outage = outage;
    this.#decided = ground.decided;
    this.#before = tripsIn(ground.decided.world.history ?? NO_HISTORY);
    this.#footing = ground.footing;
    this.#dead = deadTargets(changed.network, outage);
    this.#verdicts = this.#seenDown(changed.verdicts);
    // BGP is faster than DNS: traffic of old answers has been led elsewhere before the engine looks.
    this.#seen = ground.forecast(ground.decided.plan, outage);
    this.#peaks = [...this.#seen.links];
    this.#noteOverloads(this.#seen);
  }

  step(): void {
    const before = this.#decided;
    const cascades = this.#cascades();
    for (const { link } of cascades) this.#fail(link);
    const after = step(this.#world(before.plan), before);
    this.#decided = after;
    const flows = this.#footing.flowsTo(after.plan);
    this.#footing = this.#footing.under(after.plan);
    if (flows.length > 0) this.#seen = this.#ground.forecast(after.plan, this.#outage);
    this.#peaks = this.#peaks.map((peak, link) => highest(peak, this.#seen.links[link]));
    this.#noteOverloads(this.#seen);
    this.#noteTrips(after.world);
    if (this.#taken === 0 || flows.length > 0 || cascades.length > 0) {
      this.#changedAt = this.#now;
      const changes = this.#rules.explains ? planChanges(before, after) : [];
      const { links, lost } = this.#seen;
      this.#steps.push({ at: this.#now - this.#begin, cascades, changes, flows, links, lost });
    }
    this.#taken++;
    this.#goOn();
  }

  result(): WhatIf {
    const { footing, trouble, present } = this.#ground;
    const { world, plan } = this.#decided;
    const { links, lost } = this.#seen;
    const dead = new Map([...this.#unheard(), ...this.#dead]);
    return {
      steps: this.#steps,
      settled: this.#settled,
      lasted: this.#changedAt - this.#begin,
      flows: footing.flowsTo(plan),
      before: { ...trouble, links: present },
      after: { ...footing.troubleIn(plan, world.network, dead), links, lost },
      peaks: this.#peaks,
      trips: [...this.#trips.values()],
      dead,
      outage: this.#outage,
      end: this.#decided,
    };
  }

  /** When to look next, if at all. */
  #goOn(): void {
    const end = this.#begin + this.#rules.horizon;
    const isQuiet = this.#over.size === 0 && this.#now >= this.#calmAt();
    const next = this.#decided.world.history === undefined ? undefined : nextLook(this.#decided.world.history);
    const waits = next !== undefined && next > this.#now && next <= end;
    if (isQuiet && !waits) {
      this.isOver = true;
      this.#settled = true;
      return;
    }
    const tick = this.#now + TICK_MS;
    // What guards wait for is not skipped; in between nothing happens once it is quiet.
    this.#now = !waits ? tick : isQuiet ? next : Math.min(tick, next);
    if (this.#now > end || this.#taken >= MOST_STEPS) this.isOver = true;
  }

  /** When it is quiet if nothing changes any more. Where loads move nothing there is nothing to wait for. */
  #calmAt(): number {
    const { world } = this.#decided;
    if (world.network.loadSteering === undefined || this.#ground.measured.length === 0) return this.#changedAt;
    return Math.max(this.#changedAt + QUIET_MS, (world.history?.load?.next ?? 0) + TICK_MS);
  }

  #world(plan: Plan): World {
    const { changed } = this.#ground.scenario;
    const data = this.#data();
    return {
      ...changed,
      // What is remembered is that of the step before.
      history: this.#decided.world.history,
      verdicts: this.#verdicts,
      ...(data === undefined ? {} : { data }),
      ...(changed.demand === undefined ? {} : { demand: this.#demand(plan, changed.demand) }),
      now: this.#now,
    };
  }

  /** What feeds would say: the loads of the moment, and catchments without the sites that are lost. */
  #data(): NetworkData | undefined {
    const { data, network } = this.#ground.scenario.changed;
    if (data === undefined) return undefined;
    const told = { ...data };
    if (data.loads !== undefined) {
      const loads = new Map(data.loads);
      for (const { key, link, direction, part } of this.#ground.measured)
        loads.set(key, {
          value: this.#seen.links[link][direction].load * part,
          observedAt: this.#now,
          staleAt: Number.POSITIVE_INFINITY,
        });
      Object.assign(told, { loads });
    }
    const lost = lostSites(network, this.#outage);
    if (lost.size > 0)
      Object.assign(told, withoutSites(data, new Set([...lost].map((site) => network.sites[site].id))));
    return told;
  }

  #demand(plan: Plan, { hosts }: WorldDemand): WorldDemand {
    if (this.#asked?.plan === plan) return this.#asked.demand;
    const { scenario } = this.#ground;
    const queries = new Map<string, number>();
    if (this.#footing.weights.some(({ queries: count }) => count > 0))
      for (const [key, { weight }] of this.#ground.weightsUnder(plan))
        if (weight > 0) queries.set(key, weight * scenario.load.all);
    const demand = { hosts, queries };
    this.#asked = { plan, demand };
    return demand;
  }

  /** Targets whose prefix nobody announces. Checks from within the network may see them well. */
  *#unheard(): Generator<[string, string]> {
    const { changed, unheard } = this.#ground.scenario;
    const { services, groups } = changed.network;
    if (unheard.size === 0) return;
    for (const { id: service, vips } of services)
      for (const [group, vip] of vips.entries())
        for (const family of families)
          if (vip[family] !== undefined && unheard.has(routeKey(groups[group].id, family)))
            yield [targetKey(service, groups[group].id, family), 'no site announces its prefix'];
  }

  #seenDown(verdicts: Verdicts): Verdicts {
    const seen = new Map(verdicts);
    for (const [key, why] of this.#dead) {
      if (seen.get(key)?.state === 'down') continue;
      const verdict: Verdict = { state: 'down', since: this.#now, cause: why, last: 'down', latched: true };
      seen.set(key, verdict);
    }
    return this.#dead.size === 0 ? verdicts : seen;
  }

  #fail(link: number): void {
    const { network } = this.#ground.scenario.changed;
    this.#outage = withFailure(network, this.#outage, { kind: 'link', link });
    this.#dead = deadTargets(network, this.#outage);
    this.#verdicts = this.#seenDown(this.#verdicts);
    this.#seen = this.#ground.forecast(this.#decided.plan, this.#outage);
    this.#over.delete(link);
  }

  /** Links that have been above what they bear for too long. */
  #cascades(): Cascade[] {
    return [...this.#over]
      .filter(([, since]) => this.#now - since >= FAIL_AFTER_MS)
      .map(([link]) => ({ link, ratio: worse(this.#seen.links[link]) }));
  }

  #noteOverloads({ links }: Forecast): void {
    const { cascade } = this.#rules;
    if (cascade === undefined) return;
    links.forEach((load, link) => {
      const ratio = worse(load);
      // One that is as loaded now bears it.
      const isOver = ratio > cascade && ratio > worse(this.#ground.present[link]) && !this.#outage.links.has(link);
      if (!isOver) this.#over.delete(link);
      else if (!this.#over.has(link)) this.#over.set(link, this.#now);
    });
  }

  #noteTrips({ history = NO_HISTORY }: World): void {
    if (history === this.#lookedAt) return;
    this.#lookedAt = history;
    for (const [key, trip] of tripsIn(history))
      if (!this.#before.has(key) && !this.#trips.has(key))
        this.#trips.set(key, { ...trip, at: this.#now - this.#begin });
  }
}

function worse(load: PerDirection<PredictedLoad>): number {
  return Math.max(load.in.ratio, load.out.ratio);
}

function highest(one: PerDirection<PredictedLoad>, other: PerDirection<PredictedLoad>): PerDirection<PredictedLoad> {
  return {
    in: one.in.load >= other.in.load ? one.in : other.in,
    out: one.out.load >= other.out.load ? one.out : other.out,
  };
}

function withoutSites(data: NetworkData, lost: ReadonlySet<string>): Partial<NetworkData> {
  const catchments = data.catchments === undefined ? undefined : new Map(data.catchments);
  for (const [key, reading] of catchments ?? []) {
    const left = [...reading.value].filter(([site]) => !lost.has(site));
    const total = left.reduce((sum, [, share]) => sum + share, 0);
    if (total > 0)
      catchments!.set(key, { ...reading, value: new Map(left.map(([site, share]) => [site, share / total])) });
  }
  const announcements = data.announcements === undefined ? undefined : new Map(data.announcements);
  for (const [site, reading] of announcements ?? [])
    if (lost.has(site)) announcements!.set(site, { ...reading, value: { prefixes: [], hosts: [] } });
  return {
    ...(catchments === undefined ? {} : { catchments }),
    ...(announcements === undefined ? {} : { announcements }),
  };
}
