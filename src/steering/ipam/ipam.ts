/** What the operator's addresses are used for, and what more would bring. Pure. */
import type { Network } from '../model.ts';
import { type Demand, type ObservedAnswers, placed } from './demand.ts';
import { type BroaderIpv4, broaderIpv4, type Ipv4Gain, ipv4Gains } from './ipv4-gains.ts';
import { type PrefixUse, prefixUse, type RoutingCost, routingCosts } from './prefix-use.ts';
import { type RouteObjects, routeObjects, type SitePlan, sitePlans } from './route-plan.ts';

export interface Ipam {
  readonly prefixes: readonly PrefixUse[];
  readonly routing: readonly RoutingCost[];
  readonly broader: readonly BroaderIpv4[];
  readonly gains: readonly Ipv4Gain[];
  readonly sites: readonly SitePlan[];
  readonly objects: readonly RouteObjects[];
}

/** @param demands of each assignment that some host has; a million hosts have as many as there are kinds of them */
export function ipam(network: Network, demands: readonly Demand[], observed: ObservedAnswers): Ipam {
  const at = placed(network, demands, observed);
  return {
    prefixes: prefixUse(network),
    routing: routingCosts(network),
    broader: broaderIpv4(network, at),
    gains: ipv4Gains(network, at),
    sites: sitePlans(network),
    objects: routeObjects(network),
  };
}
