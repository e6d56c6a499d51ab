/** The hosts of a planned move as they are stored and shown: by name, or, of many, by their places in a catalogue. */
import { NO_PLACE } from '../cells.ts';
import type { Publisher } from '../publisher.ts';
import type { HostCatalogues } from './host-catalogues.ts';
import { HostListWriter } from './host-list.ts';
import { HostRunWriter } from './host-runs.ts';
import type { MovePlan } from './plan.ts';

export interface StoredHosts {
  readonly octets: Uint8Array;
  /** The catalogue their places are in; undefined when they are listed by name. */
  readonly catalogue: string | undefined;
}

/** The hosts of a plan as they are to be stored, within the queue it was made in. */
export function storedHosts(publisher: Publisher, catalogues: HostCatalogues, plan: MovePlan): StoredHosts {
  const { current } = catalogues;
  if (current === undefined || plan.hosts < catalogues.least || plan.nodes.length === 0)
    return { octets: namedHosts(publisher, plan), catalogue: undefined };
  const { tables } = publisher;
  const runs = new HostRunWriter();
  const others = new HostListWriter();
  const { kinds } = plan;
  const { nodes, places, kindOf } = inOrder(publisher, plan);
  for (let i = 0; i < plan.hosts; ) {
    const kind = kindOf[i];
    const { transition } = kinds[kind];
    const node = nodes[i];
    if (node < 0) {
      others.add(transition, tables.names(node), tables.nameAt(node), tables.nameEnd(node));
      i++;
      continue;
    }
    const first = i++;
    while (i < plan.hosts && places[i] === places[i - 1] + 1 && kindOf[i] === kind && nodes[i] > 0) i++;
    runs.add(places[first], i - first, transition);
  }
  return { octets: runs.end(others.octets), catalogue: current.id };
}

/** The first hosts of a plan, or all, by name (host-list.ts). */
export function namedHosts({ tables, overrides }: Publisher, plan: MovePlan, limit = plan.hosts): Uint8Array {
  const count = Math.min(limit, plan.hosts);
  const list = new HostListWriter(Math.max(64, count * 28));
  for (let i = 0; i < count; i++) {
    const { transition } = plan.kinds[plan.kindOf[i]];
    const node = plan.nodes[i];
    if (plan.gone !== undefined) list.add(transition, overrides.name(plan.gone[i]));
    else list.add(transition, tables.names(node), tables.nameAt(node), tables.nameEnd(node));
  }
  return list.octets;
}

/** The hosts of a plan with those of the base in its order, each with its place there. */
function inOrder({ tables }: Publisher, plan: MovePlan): Pick<MovePlan, 'nodes' | 'places' | 'kindOf'> {
  const order = orderOf(plan.nodes);
  if (order === undefined && hasPlaces(plan)) return plan;
  const places = new Int32Array(plan.hosts);
  const nodes = order === undefined ? plan.nodes : Int32Array.from(order, (i) => plan.nodes[i]);
  const kindOf = order === undefined ? plan.kindOf : Uint32Array.from(order, (i) => plan.kindOf[i]);
  let place = 0;
  let at = tables.baseFirst;
  for (let i = 0; i < nodes.length; i++) {
    for (; at < nodes[i]; at = tables.after(at)) if (tables.declared(at) !== 0) place++;
    places[i] = place;
  }
  return { nodes, places, kindOf };
}

function hasPlaces({ nodes, places }: MovePlan): boolean {
  for (let i = 0; i < nodes.length; i++) if (places[i] === NO_PLACE && nodes[i] > 0) return false;
  return true;
}

/** In which order nodes rise; undefined when they do. Those of an overlay, which are negative, may stand anywhere. */
function orderOf(nodes: Int32Array): Uint32Array | undefined {
  let last = 0;
  let isSorted = true;
  for (let i = 0; i < nodes.length && isSorted; i++) {
    if (nodes[i] < 0) continue;
    isSorted = nodes[i] > last;
    last = nodes[i];
  }
  return isSorted ? undefined : Uint32Array.from(nodes.keys()).sort((a, b) => nodes[a] - nodes[b]);
}
