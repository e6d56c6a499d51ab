/**
 * Makes a planned change true: first in the store, then in the overrides, then in the cells. Call within the publisher's queue.
 */
import { families } from '../../steering/model.ts';
import { type Change, type Store, StoreError } from '../../store/store.ts';
import { audited } from '../audit.ts';
import { Marks } from '../marks.ts';
import type { Publisher } from '../publisher.ts';
import type { HostCatalogues } from './host-catalogues.ts';
import { HostPenalties } from './host-penalties.ts';
import { foldPlan, Ledger } from './ledger.ts';
import { namedHosts, type StoredHosts, storedHosts } from './member-list.ts';
import type { MovePlan } from './plan.ts';
import { Problem } from './problem.ts';
import { type MoveRecord, moveKey } from './record.ts';

export const MOVES = 'moves';
export const MOVE_HOSTS = 'move-hosts';
/** Hosts shown with a move; the rest is paged. */
export const FIRST_HOSTS = 100;
/** Host lists up to this many octets are in the record itself. */
const INLINE_LIST = 2048;

/** What goes with a change, in the same commit: its audit entry, the reply an idempotency key is answered with. */
export type Beside = (move: MoveRecord) => readonly Change[];

export interface ExecuteOptions {
  readonly beside?: Beside;
  /** Take effect even if the store refuses: what was promised before, an expiry say. */
  readonly mustHappen?: boolean;
  /** A move this one ends. */
  readonly ends?: MoveRecord;
}

export class Executor {
  readonly ledger = new Ledger();
  readonly marks = new Marks();
  readonly penalties: HostPenalties;
  readonly #publisher: Publisher;
  readonly #store: Store;
  readonly #catalogues: HostCatalogues;
  readonly #now: () => number;
  readonly #changed: (move: MoveRecord, nodes?: Int32Array) => void;
  readonly #unstored: (message: string) => void;
  /** Changes that took effect but could not be stored: they go with the next commit. */
  #unsaved: Change[] = [];
  #commits: Promise<unknown> = Promise.resolve();
  /** The first hosts of the last move: who made it mostly wants to see them, and they need not be read back for that. */
  #recent: { readonly id: number; readonly first: Uint8Array } | undefined;

  constructor(
    publisher: Publisher,
    store: Store,
    catalogues: HostCatalogues,
    now: () => number,
    changed: (move: MoveRecord, nodes?: Int32Array) => void,
    unstored: (message: string) => void,
  ) {
    this.#publisher = publisher;
    this.penalties = new HostPenalties(publisher.overrides);
    this.#store = store;
    this.#catalogues = catalogues;
    this.#now = now;
    this.#changed = changed;
    this.#unstored = unstored;
  }

  /** The record of a move as if it were executed at a time: first the short TTL if it prepares, else the new answers. */
  executed(move: MoveRecord, plan: MovePlan, now = this.#now()): MoveRecord {
    const prepares = move.prepareTtl !== undefined && move.started === undefined;
    // Hints have the TTL of the addresses they repeat, and no family comes or goes, so no other answer outlives these.
    const { tails } = this.#publisher;
    let runOut = Math.max(now + plan.longestTtl * 1000, plan.longUntil);
    for (const declared of plan.declared) runOut = Math.max(runOut, tails.until(declared, now));
    // Hosts that another move gave a short TTL: longer ones are out until that move would have switched.
    for (const id of plan.preparing) runOut = Math.max(runOut, this.ledger.get(id)?.switchAt ?? 0);
    const switchAt = prepares ? runOut : now;
    const { problem: _, list: __, catalogue: ___, ...rest } = move;
    return {
      ...rest,
      started: move.started ?? now,
      order: this.ledger.nextOrder,
      switchAt,
      ...(prepares ? {} : { switched: now }),
      settlesAt: prepares ? switchAt + (move.prepareTtl ?? 0) * 1000 : runOut,
      ...this.#expiry(move, plan, switchAt),
      hosts: plan.hosts,
      transitions: [...plan.transitions],
    };
  }

  /** @throws Problem `store-unavailable`, with nothing changed */
  async execute(asked: MoveRecord, plan: MovePlan, options: ExecuteOptions = {}): Promise<MoveRecord> {
    const { beside, mustHappen = false, ends } = options;
    await this.#publisher.cover();
    const now = this.#now();
    const hosts = storedHosts(this.#publisher, this.#catalogues, plan);
    const [record, changes] = stored(this.executed(asked, plan, now), hosts);
    const losses = record.switched === undefined ? [plan.unprepared] : [plan.unprepared, plan.displaced];
    const ended = this.ledger
      .emptiedBy(...losses)
      .filter(({ id }) => id !== ends?.id && id !== record.id)
      .map((move): MoveRecord => ({ ...move, ended: { how: 'superseded', at: now, by: record.id } }));
    if (ends !== undefined) ended.push(ends);
    for (const move of ended) changes.push(put(move));
    if (record.switched !== undefined) changes.push(...this.#mark(record));
    // A prepared or scheduled move was told of when it was asked for.
    if (this.ledger.get(record.id) === undefined) changes.push(audit(record, now));
    await this.commit([...changes, ...(beside?.(record) ?? [])], mustHappen);

    const { counts, overrides, makeWay } = this.#publisher;
    // Each answer is wholly old or wholly new, and all are new when this is done: one store a host, before anything else.
    counts.assignAll(plan);
    makeWay();
    const served = await this.#served(asked, plan, record, now);
    await foldPlan(overrides, this.ledger, served, plan, this.#raising(served, now));
    this.#recent = { id: served.id, first: namedHosts(this.#publisher, plan, FIRST_HOSTS) };
    this.ledger.put(served);
    for (const move of ended) {
      this.ledger.put(move);
      // Of what a revert set back some may end later.
      if (move.ended !== undefined) overrides.forgetEnds(move.id);
    }
    for (const move of ended) this.#changed(move);
    this.#changed(served, plan.nodes);
    return served;
  }

  /** What raises the penalty of each host of a move that changed answers. What takes one back is no sign of going to and fro. */
  #raising({ kind, switched }: MoveRecord, now: number): ((host: number) => void) | undefined {
    const rules = this.#publisher.network?.guards.hostDamping;
    if (kind !== 'move' || switched === undefined || rules === undefined) return undefined;
    return (host) => this.penalties.raise(host, rules, now);
  }

  /** The record as it is true now that the cells are written: old answers were given until the commit was done, so they run out later by as much. */
  async #served(asked: MoveRecord, plan: MovePlan, record: MoveRecord, since: number): Promise<MoveRecord> {
    const now = this.#now();
    if (now <= since) return record;
    const served = { ...record, ...this.executed(asked, plan, now) };
    const marks = served.switched === undefined ? [] : this.#mark(served);
    // TTLs are whole seconds: less than one is not worth another commit.
    if (now - since >= 1000) await this.commit([put(served), ...marks], true);
    else this.marks.take(marks);
    return served;
  }

  /** The first hosts of a move that was executed just now, if they are still at hand. */
  recent(id: number): Uint8Array | undefined {
    return this.#recent?.id === id ? this.#recent.first : undefined;
  }

  /**
   * Stores a record that changes no answer.
   * @param list its hosts by name, when they are not stored yet
   * @param by who did so and why, where it isn't who asked for the move
   */
  async note(
    move: MoveRecord,
    list: Uint8Array | undefined,
    beside?: Beside,
    by: Pick<MoveRecord, 'kind' | 'author' | 'reason'> = move,
  ): Promise<MoveRecord> {
    const [record, changes] = stored(move, list === undefined ? undefined : { octets: list, catalogue: undefined });
    const { kind, author, reason } = by;
    changes.push(audit({ ...record, kind, author, reason }, this.#now()));
    await this.commit([...changes, ...(beside?.(record) ?? [])], false);
    this.ledger.put(record);
    this.#changed(record);
    return record;
  }

  /** Stores changes, one commit after another. @throws Problem `store-unavailable`, unless they must happen */
  commit(changes: readonly Change[], mustHappen: boolean): Promise<void> {
    const run = this.#commits.then(() => this.#commit(changes, mustHappen));
    this.#commits = run.catch(() => undefined);
    return run;
  }

  /** Takes marks at once and stores them when the disk has time, for what must wait for no disk. */
  commitLater(changes: readonly Change[]): void {
    this.marks.take(changes);
    this.commit(changes, true).catch((error: Error) => this.#unstored(error.message));
  }

  /** Waits for commits under way. */
  async stored(): Promise<void> {
    await this.#commits;
  }

  async #commit(changes: readonly Change[], mustHappen: boolean): Promise<void> {
    const all = [...this.#unsaved, ...changes];
    if (all.length === 0) return;
    try {
      await this.#store.commit(all);
      this.#unsaved = [];
      this.marks.take(all);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (!mustHappen) throw new Problem('store-unavailable', `nothing was changed: ${error.message}`);
      this.#unsaved = all;
      this.marks.take(all);
      this.#unstored(`${error.message}; what was due took effect and is stored with the next change`);
    }
  }

  /** When a move's groups end: as it was asked, or, of a revert, with the first of what it set back. And the TTL that is too long shortly before. */
  #expiry(move: MoveRecord, plan: MovePlan, switchAt: number): Pick<MoveRecord, 'expiresAt' | 'ownTtl'> {
    const { expiresIn } = move;
    const expiresAt = expiresIn === undefined ? nextEnd(plan.transitions, 0) : switchAt + expiresIn * 1000;
    if (expiresAt === undefined) return {};
    const { resolved } = this.#publisher.assignments;
    let ownTtl = 0;
    for (const declared of plan.declared) ownTtl = Math.max(ownTtl, resolved[declared]?.ttl ?? 0);
    return { expiresAt, ownTtl };
  }

  /** Old answers point at these VIPs until they have run out, and the hold has passed. */
  #mark(record: MoveRecord): Change[] {
    const until = (record.settlesAt ?? 0) + record.hold * 1000;
    const raises = record.transitions.flatMap(({ before, after }) =>
      families.flatMap((family) => {
        const group = before[family].answers;
        return group === undefined || group === after[family].answers ? [] : [{ group, family, until }];
      }),
    );
    return this.marks.raised(raises);
  }
}

/** When the next of what a revert set back ends, after a time. */
export function nextEnd(transitions: MovePlan['transitions'], after: number): number | undefined {
  let next: number | undefined;
  for (const { setUntil } of transitions)
    for (const family of families) {
      const end = setUntil?.[family];
      if (end !== undefined && end > after && (next === undefined || end < next)) next = end;
    }
  return next;
}

/** `move 7: 12 hosts to europe` */
function audit(move: MoveRecord, at: number): Change {
  const { id, kind, of, hosts, to, author, reason, ended, at: due } = move;
  const passed = new Set((move.guards ?? []).filter(({ refuses }) => refuses).map(({ guard }) => guard));
  const past = passed.size === 0 ? '' : `, past ${[...passed].join(', ')} by force`;
  const what = of === undefined ? '' : ` of move ${of}`;
  const where = to === undefined ? '' : ` to ${to}`;
  const when = due === undefined ? '' : ` at ${new Date(due).toISOString()}`;
  const how = ended === undefined ? '' : `, ${ended.how}`;
  const count = due !== undefined && hosts === 0 ? 'selected hosts' : `${hosts} ${hosts === 1 ? 'host' : 'hosts'}`;
  return audited({
    at,
    author,
    action: kind,
    about: `move ${id}${what}: ${count}${where}${when}${how}${past}`,
    reason,
  });
}

export function put(move: MoveRecord): Change {
  return { put: { collection: MOVES, key: moveKey(move.id), value: move } };
}

/** A record with its host list where it belongs, and the changes that store it. */
function stored(move: MoveRecord, hosts: StoredHosts | undefined): [MoveRecord, Change[]] {
  if (hosts === undefined) return [move, [put(move)]];
  const { octets, catalogue } = hosts;
  const record = catalogue === undefined ? move : { ...move, catalogue };
  const place = { collection: MOVE_HOSTS, key: moveKey(move.id) };
  if (octets.length > INLINE_LIST) return [record, [put(record), { put: { ...place, value: null, blob: octets } }]];
  const value = { ...record, list: Buffer.from(octets).toString('base64') };
  // One that was prepared may have had a longer list.
  return [value, [put(value), { delete: place }]];
}
