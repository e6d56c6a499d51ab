/** Worlds to ask what if of. */
import { parseNetwork } from '../../src/config/network.ts';
import {
  type Assignment,
  families,
  type Network,
  targetKey,
  type Verdict,
  type World,
} from '../../src/steering/model.ts';
import { type Direction, loadKey, type NetworkData } from '../../src/steering/network-data.ts';
import { noClasses } from '../../src/steering/policy.ts';
import { step } from '../../src/steering/step.ts';
import type { Change, ChangeSpec } from '../../src/steering/whatif/change.ts';
import { resolveChange } from '../../src/steering/whatif/change.ts';
import { type Finding, newFindings } from '../../src/steering/whatif/findings.ts';
import { Ground } from '../../src/steering/whatif/ground.ts';
import { type RunRules, run, type WhatIf } from '../../src/steering/whatif/run.ts';
import { scenarioOf } from '../../src/steering/whatif/scenario.ts';
import { isProblem } from '../../src/steering/whatif/thing.ts';

export const NOW = Date.UTC(2026, 0, 1);
export const PLAIN: RunRules = { cascade: 1, horizon: 2 * 3600_000, explains: true };

/** Four sites with two links each but Ashburn, which has one; a ladder like the example's, whose Zurich has no IPv4. */
export const NETWORK = `origin_as: 64500
sites: { zrh: { country: CH }, gva: { country: CH }, fra: { country: DE }, iad: { country: US } }
groups:
  anycast: { routing: anycast, prefixes: { ipv4: 192.0.2.0/24, ipv6: 2001:db8:16::/48 } }
  europe: { parent: anycast, routing: lazy, instances: [gva, fra], prefixes: { ipv4: 198.51.100.0/24, ipv6: 2001:db8:17::/48 } }
  switzerland: { parent: europe, routing: lazy, instances: [zrh, gva], prefixes: { ipv4: 203.0.113.0/24, ipv6: 2001:db8:18::/48 } }
  zurich: { parent: switzerland, routing: lazy, instances: [zrh], prefixes: { ipv6: 2001:db8:19::/48 } }
services: { web: { vip: 64 }, mail: { vip: 65 } }
links:
  zrh-a: { site: zrh, capacity: 10G }
  zrh-b: { site: zrh, capacity: 10G }
  gva-a: { site: gva, capacity: 10G }
  gva-b: { site: gva, capacity: 5G }
  fra-a: { site: fra, capacity: 20G }
  fra-b: { site: fra, capacity: 20G }
  iad-a: { site: iad, capacity: 10G }
`;

export function networkOf(text: string): Network {
  const { network, diagnostics } = parseNetwork('network.yaml', text);
  if (network === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return network;
}

export interface Setup {
  readonly network?: string;
  /** Hosts of service web by group, and of service mail as `mail zurich`. */
  readonly hosts: Readonly<Record<string, number>>;
  /** Answers a second by target, `web/zurich/ipv6`. */
  readonly queries?: Readonly<Record<string, number>>;
  /** Gbit/s by link, both directions alike. */
  readonly loads?: Readonly<Record<string, number>>;
  readonly data?: Partial<NetworkData>;
}

/** Every target is checked and up. */
export function worldOf({ network: text = NETWORK, hosts, queries = {}, loads, data }: Setup): World {
  const network = networkOf(text);
  const index = (list: readonly { readonly id: string }[], wanted: string): number =>
    list.findIndex(({ id }) => id === wanted);
  const assignments = Object.keys(hosts).map((key): Assignment => {
    const [name, service = 'web'] = key.split(' ').reverse();
    const group = index(network.groups, name);
    return { service: index(network.services, service), ipv4: group, ipv6: group, policy: 0, ttl: 60 };
  });
  const up: Verdict = { state: 'up', since: NOW - 1000, cause: 'tcp: connected' };
  const verdicts = network.services.flatMap(({ id, vips }) =>
    network.groups.flatMap((group, g) =>
      families.flatMap((family): [string, Verdict][] =>
        vips[g]?.[family] === undefined ? [] : [[targetKey(id, group.id, family), up]],
      ),
    ),
  );
  const reading = (value: number) => ({ value: value * 1e9, observedAt: NOW - 1000, staleAt: NOW + 60_000 });
  const measured = Object.entries(loads ?? {}).flatMap(([link, value]) =>
    (['in', 'out'] as const).map((direction: Direction) => [loadKey(link, direction), reading(value)] as const),
  );
  const told = { feeds: [], ...(loads === undefined ? {} : { loads: new Map(measured) }), ...data };
  return {
    network,
    assignments,
    forces: [],
    verdicts: new Map(verdicts),
    classes: noClasses(network.policies),
    ...(loads === undefined && data === undefined ? {} : { data: told }),
    demand: { hosts: Object.values(hosts), queries: new Map(Object.entries(queries)) },
    now: NOW,
  };
}

/** @param hosts of a move: by assignment, in the order of the setup; all unless told otherwise */
export function changesOf(world: World, specs: readonly ChangeSpec[], hosts?: readonly number[]): Change[] {
  return specs.map((spec) => {
    const change = resolveChange(world.network, spec, () => hosts ?? world.demand!.hosts);
    if (isProblem(change)) throw new Error(change.message);
    return change;
  });
}

export function groundOf(world: World, specs: readonly ChangeSpec[], hosts?: readonly number[]): Ground {
  const scenario = scenarioOf(world, step(world, undefined).plan, changesOf(world, specs, hosts));
  if (isProblem(scenario)) throw new Error(scenario.message);
  return new Ground(scenario, undefined);
}

/** A run with what routes would be found wrong. */
export function whatIf(
  setup: Setup,
  specs: readonly ChangeSpec[],
  rules: Partial<RunRules> = {},
  hosts?: readonly number[],
): WhatIf & { readonly findings: readonly Finding[] } {
  const ground = groundOf(worldOf(setup), specs, hosts);
  const result = run(ground, { ...PLAIN, ...rules });
  return { ...result, findings: newFindings(ground, result) };
}

/** `web ipv6 zurich -> switzerland: 10 hosts, 30 queries` */
export function flowTexts({ flows, end }: Pick<WhatIf, 'flows' | 'end'>): string[] {
  const { services, groups } = end.world.network;
  const name = (group: number): string => groups[group]?.id ?? 'none';
  return flows.map(
    ({ service, family, from, to, hosts, queries }) =>
      `${services[service].id} ${family} ${name(from)} -> ${name(to)}: ${hosts} hosts, ${queries} queries`,
  );
}

/** Gbit/s that enter by each link after a run. */
export function loadsAfter({ after, end }: WhatIf): Record<string, number> {
  const { links } = end.world.network;
  return Object.fromEntries(links.map(({ id }, i) => [id, Number((after.links[i].in.load / 1e9).toFixed(3))]));
}
