/**
 * What a steered host was answered with at an earlier time, as far as moves and decisions that are still kept tell it. What zone files and network.yaml said then
 * is not kept: they count as they are now.
 */
import { explain } from '../steering/explain.ts';
import { type Family, families, type World } from '../steering/model.ts';
import type { Store } from '../store/store.ts';
import { breathe } from './cells.ts';
import { DECISIONS, type Decision, MOST_DECISIONS } from './decisions.ts';
import { findHost } from './find-host.ts';
import { hostList } from './moves/host-list.ts';
import type { Moves } from './moves/moves.ts';
import type { MoveRecord, Transition } from './moves/record.ts';
import type { Publisher } from './publisher.ts';

/** Moves whose hosts are looked through. */
const MOST_MOVES = 500;
const PAGE = 1000;
/** Hosts looked at before others may run. */
const PIECE = 4096;

export interface PastAnswer {
  /** The group the host was assigned to. */
  readonly group: string;
  /** The move that had put it there; undefined when none that is known had. */
  readonly move?: number;
  /** The groups that answered, as in a decision: `switzerland`, `europe 75 %, zurich 25 %`. */
  readonly answered: string;
  /** Unix milliseconds: the decision that made it so; undefined when it is older than what is kept. */
  readonly since?: number;
  readonly cause: string;
}

/**
 * @param name wire form, lower case
 * @param at Unix milliseconds, not in the future
 * @returns undefined when the name is no steered host now
 */
export async function answersAt(
  publisher: Publisher,
  moves: Moves,
  store: Store,
  name: Uint8Array,
  at: number,
): Promise<Record<Family, PastAnswer> | undefined> {
  const { tables, assignments, seed } = publisher;
  const node = findHost(tables, name, seed);
  const key = assignments.keys[tables.assignment(node)];
  const world = publisher.world(Date.now());
  if (node === 0 || key === undefined || world === undefined) return undefined;
  const assigned = await assignedAt(moves, name, at);
  const answers = families.map(async (family): Promise<[Family, PastAnswer]> => {
    const { group = key[family], move } = assigned[family] ?? {};
    const decided = await decidedAt(store, { ...key, group, family }, at);
    const now = decided ?? current(world, key.service, key.policy, group, family);
    return [family, { group, ...(move === undefined ? {} : { move }), ...now }];
  });
  return Object.fromEntries(await Promise.all(answers)) as Record<Family, PastAnswer>;
}

interface Assigned {
  readonly group: string;
  readonly move?: number;
}

/** Where moves had put a host: the last one before counts, or what the first one after took it from. */
async function assignedAt(moves: Moves, name: Uint8Array, at: number): Promise<Partial<Record<Family, Assigned>>> {
  const switched = [...moves.ledger.all()]
    .filter((move) => move.switched !== undefined)
    .sort((a, b) => (b.order ?? 0) - (a.order ?? 0));
  const before = switched.filter((move) => (move.switched ?? 0) <= at);
  const after = switched.filter((move) => (move.switched ?? 0) > at).reverse();
  const found: Partial<Record<Family, Assigned>> = {};
  const look = async (list: readonly MoveRecord[], side: 'before' | 'after'): Promise<void> => {
    for (const move of list.slice(0, MOST_MOVES)) {
      const missing = families.filter((family) => found[family] === undefined);
      if (missing.length === 0) return;
      const transition = await transitionOf(moves, move, name);
      for (const family of missing) {
        if (transition?.set[family] === undefined) continue;
        const { group } = transition[side][family];
        found[family] = side === 'after' ? { group, move: move.id } : { group };
      }
    }
  };
  await look(before, 'after');
  await look(after, 'before');
  return found;
}

async function transitionOf(moves: Moves, move: MoveRecord, name: Uint8Array): Promise<Transition | undefined> {
  let seen = 0;
  for (const { transition, name: other } of hostList(await moves.hosts(move))) {
    // A list may be of a million hosts, and this is the writer's thread.
    if (++seen % PIECE === 0) await breathe();
    if (Buffer.compare(name, other) === 0) return move.transitions[transition];
  }
  return undefined;
}

type Answered = Pick<PastAnswer, 'answered' | 'since' | 'cause'>;

/** The last decision before says what was answered; without one, what the first decision after changed. */
async function decidedAt(
  store: Store,
  of: Pick<Decision, 'service' | 'policy' | 'group' | 'family'>,
  at: number,
): Promise<Answered | undefined> {
  let later: Decision | undefined;
  for (let after: string | undefined, seen = 0; seen < MOST_DECISIONS; seen += PAGE) {
    const options = { limit: PAGE, newestFirst: true, ...(after === undefined ? {} : { after }) };
    const page = await store.list(DECISIONS, options);
    for (const { value } of page) {
      const decision = value as Decision;
      const { service, policy, group, family } = decision;
      if (service !== of.service || policy !== of.policy || group !== of.group || family !== of.family) continue;
      if (decision.at <= at) return { answered: decision.after, since: decision.at, cause: decision.cause };
      later = decision;
    }
    if (page.length < PAGE) break;
    after = page[page.length - 1].key;
  }
  if (later === undefined) return undefined;
  const when = new Date(later.at).toISOString();
  return { answered: later.before, cause: `as before the decision of ${when}; no earlier one is kept` };
}

/** What is answered now: nothing has been decided since that is kept. */
function current(world: World, service: string, policy: string, group: string, family: Family): Answered {
  const { network } = world;
  const index = (list: readonly { readonly id: string }[], id: string): number => list.findIndex((x) => x.id === id);
  const g = index(network.groups, group);
  const [s, p] = [index(network.services, service), index(network.policies, policy)];
  if (g < 0 || s < 0 || p < 0) return { answered: 'unknown', cause: `network.yaml has no ${group} any more` };
  const explained = explain(world, { service: s, policy: p, ipv4: g, ipv6: g, ttl: 0 }, 0, family);
  return { answered: explained.group ?? 'none', cause: `as now: ${explained.chain}` };
}
