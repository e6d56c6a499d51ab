/**
 * Moves: asked for, executed, taken back, expired. Everything that changes an override is one, with a record, a reason and an author, and is in the store
 * before any answer is new. All run one after another in the publisher's queue.
 */
import { EventEmitter } from 'node:events';
import { type Family, families } from '../../steering/model.ts';
import type { Entry, Store } from '../../store/store.ts';
import { NodeFlag } from '../../zone/reader.ts';
import { breathe } from '../cells.ts';
import { findHost } from '../find-host.ts';
import { MARKS } from '../marks.ts';
import type { Publisher } from '../publisher.ts';
import { Endings } from './endings.ts';
import {
  type Beside,
  type ExecuteOptions,
  Executor,
  FIRST_HOSTS,
  MOVE_HOSTS,
  MOVES,
  nextEnd,
  put,
} from './executor.ts';
import { findingsOf, refuseGuarded } from './guard.ts';
import { CATALOGUES, HostCatalogues } from './host-catalogues.ts';
import { hostList, isPlace } from './host-list.ts';
import { RUN_WORDS, readRuns } from './host-runs.ts';
import { foldMove, type Ledger } from './ledger.ts';
import { namedHosts } from './member-list.ts';
import { type MovePlan, planForgetting, planMove, type Want } from './plan.ts';
import { Problem } from './problem.ts';
import { isFolded, type MoveRecord, moveKey, moveRecordSchema, type Selector } from './record.ts';
import { FoundHosts, type Selection, selectListed, selectMatching, unknownGroup } from './selection.ts';
import { asPrepared, before, type Planned, runOut, toGroup, toZoneFile } from './wants.ts';

/** How long, in seconds, old VIPs must keep serving after old answers have run out: measured elsewhere, 2 % of requests still came after 15 minutes. */
export const DEFAULT_HOLD = 900;
/** A scheduled move that can't be executed is tried again after this. */
const RETRY_MS = 60_000;
/** Hosts looked at before others may run. */
const PIECE = 4096;

export interface MoveRequest {
  /** Names, or what to select by. */
  readonly hosts?: readonly string[];
  readonly select?: Selector;
  readonly to: string;
  readonly families?: readonly Family[];
  readonly reason: string;
  /** Unix milliseconds. */
  readonly at?: number;
  /** Seconds from the switch. */
  readonly expiresIn?: number;
  /** The short TTL, in seconds, served for one old TTL before the switch. */
  readonly prepareTtl?: number;
  /** Seconds. */
  readonly hold?: number;
  /** Pass guards that refuse it. */
  readonly force?: boolean;
}

export interface MoveOptions {
  readonly author: string;
  readonly beside?: Beside;
  /** Runs in the queue, right before the change; what it throws refuses it. */
  readonly precondition?: () => void | Promise<void>;
}

interface MovesEvents {
  /** With the nodes of its hosts when it was executed just now. */
  readonly changed: [move: MoveRecord, nodes?: Int32Array];
  readonly warning: [message: string];
}

export class Moves extends EventEmitter<MovesEvents> {
  readonly executor: Executor;
  readonly catalogues: HostCatalogues;
  readonly #publisher: Publisher;
  readonly #store: Store;
  readonly #now: () => number;
  readonly #endings: Endings;
  readonly #retryAt = new Map<number, number>();

  constructor(
    publisher: Publisher,
    store: Store,
    now: () => number = Date.now,
    catalogues: HostCatalogues = new HostCatalogues(publisher, store),
  ) {
    super();
    this.#publisher = publisher;
    this.#store = store;
    this.#now = now;
    this.#endings = new Endings(publisher, now);
    this.catalogues = catalogues;
    this.executor = new Executor(
      publisher,
      store,
      catalogues,
      now,
      (move, nodes) => this.emit('changed', move, nodes),
      (message) => this.emit('warning', message),
    );
  }

  /** The collections `load` wants. */
  static readonly collections = [MOVES, MARKS, CATALOGUES] as const;

  get ledger(): Ledger {
    return this.executor.ledger;
  }

  /** Reads what the store has, before anything is served. */
  async load(entries: readonly Entry[]): Promise<void> {
    this.executor.marks.load(entries.filter(({ collection }) => collection === MARKS));
    this.catalogues.load(entries.filter(({ collection }) => collection === CATALOGUES));
    const records = entries
      .filter(({ collection }) => collection === MOVES)
      .map(({ value }) => moveRecordSchema.parse(value))
      .sort((a, b) => a.id - b.id);
    for (const record of records) this.ledger.put(record);
    const folded = records.filter(isFolded).sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
    // One list at a time: there may be many, and each may be of a million hosts.
    for (const move of folded) await foldMove(this.#publisher.overrides, this.ledger, move, await this.hosts(move));
    this.#endings.resume(this.ledger.all());
  }

  /** The hosts of a move by name (host-list.ts); empty when they are not known yet or any more. */
  async hosts(move: MoveRecord): Promise<Uint8Array> {
    const octets = await this.#octets(move);
    return move.catalogue === undefined ? octets : this.catalogues.names(octets, move.catalogue);
  }

  /** The first hosts of a move by name. */
  async firstHosts(move: MoveRecord): Promise<Uint8Array> {
    return this.executor.recent(move.id) ?? (await this.hostPage(move, undefined, FIRST_HOSTS)).list;
  }

  /**
   * A page of the hosts of a move by name.
   * @param after the `next` of the page before
   * @throws Problem `invalid` for an `after` that is none
   */
  async hostPage(
    move: MoveRecord,
    after: string | undefined,
    limit: number,
  ): Promise<{ readonly list: Uint8Array; readonly next: string | undefined }> {
    const octets = await this.#octets(move);
    const begin = after === undefined ? 0 : Number(after);
    const { catalogue, hosts } = move;
    const isNext = catalogue === undefined ? isPlace(octets, begin) : Number.isInteger(begin) && begin >= 0;
    if (!isNext) throw new Problem('invalid', 'after: give the next of the page before');
    if (catalogue !== undefined) {
      const list = await this.catalogues.names(octets, catalogue, begin, limit);
      return { list, next: begin + limit < hosts ? String(begin + limit) : undefined };
    }
    let end = begin;
    let count = 0;
    for (const { next } of hostList(octets, begin)) {
      end = next;
      if (++count === limit) break;
    }
    return { list: octets.subarray(begin, end), next: end < octets.length ? String(end) : undefined };
  }

  /** The hosts of a move as they are stored. */
  async #octets({ id, list }: MoveRecord): Promise<Uint8Array> {
    if (list !== undefined) return Buffer.from(list, 'base64');
    const entry = await this.#store.get(MOVE_HOSTS, moveKey(id));
    return entry?.blob ?? new Uint8Array(0);
  }

  /** What a move would do, with its first hosts. Nothing is changed. */
  preview(request: MoveRequest, author: string): Promise<{ move: MoveRecord; list: Uint8Array }> {
    return this.#publisher.exclusive(async () => {
      const move = this.#asked(request, author);
      const plan = await this.#planMove(move, this.#select(request));
      const list = namedHosts(this.#publisher, plan, FIRST_HOSTS);
      return { move: this.executor.executed(this.#judged(move, plan), plan), list };
    });
  }

  /**
   * Moves hosts, or notes a move for later.
   * @throws Problem, with nothing changed
   */
  create(request: MoveRequest, options: MoveOptions): Promise<MoveRecord> {
    return this.#queued(options, async () => {
      const move = this.#asked(request, options.author);
      if (request.at === undefined || request.at <= this.#now())
        return this.#execute(move, await this.#planMove(move, this.#select(request)), options);
      // Hosts that are listed are kept; a selector is resolved when the time has come.
      if (request.hosts === undefined) {
        this.#select(request);
        return this.executor.note(move, undefined, options.beside);
      }
      const plan = await this.#planMove(move, this.#select(request));
      return this.executor.note({ ...move, hosts: plan.hosts }, namedHosts(this.#publisher, plan), options.beside);
    });
  }

  /** Takes a move back: hosts it still holds go where they were before. One that has not begun is cancelled. */
  revert(id: number, reason: string, options: MoveOptions): Promise<MoveRecord> {
    return this.#queued(options, async () => {
      const move = this.ledger.get(id);
      if (move === undefined) throw new Problem('not-found', `there is no move ${id}`);
      if (move.ended !== undefined) throw new Problem('conflict', `move ${id} was ${move.ended.how} already`);
      if (move.started === undefined) {
        const cancelled: MoveRecord = { ...move, ended: { how: 'cancelled', at: this.#now() } };
        const by = { kind: 'revert', reason, author: options.author } as const;
        return this.executor.note(cancelled, undefined, options.beside, by);
      }
      if (this.ledger.held(id) === 0)
        throw new Problem('conflict', `move ${id} (${move.kind}) holds no host any more; move the hosts instead`);
      return this.#takeBack(move, { kind: 'revert', reason, author: options.author }, options);
    });
  }

  /** Returns hosts to their zone file. */
  release(hosts: readonly string[], reason: string, options: MoveOptions): Promise<MoveRecord> {
    return this.#queued(options, async () => {
      const plan = await this.#plan(selectListed(this.#publisher, hosts), toZoneFile());
      if (plan.hosts === 0)
        throw new Problem('not-found', `${hosts[0]} has no override: it is where its zone file puts it`);
      return this.executor.execute(this.#new({ kind: 'return', reason, author: options.author }), plan, options);
    });
  }

  /** Ends the overrides of hosts that are no more. Call within the publisher's queue, after the load was installed. */
  async forget(hosts: readonly number[]): Promise<void> {
    if (hosts.length === 0) return;
    const move = this.#new({ kind: 'host-gone', reason: 'the host left its zone', author: 'steerd' });
    // A host may be told of twice, by the overlay before and the new one.
    const plan = planForgetting(this.#publisher.overrides, [...new Set(hosts)]);
    await this.executor.execute(move, plan, { mustHappen: true });
  }

  /** When something is due next, in Unix milliseconds; undefined when nothing is. */
  nextDue(): number | undefined {
    const now = this.#now();
    let next: number | undefined;
    for (const move of this.ledger.all()) {
      const due = this.#dueAt(move, now);
      if (due !== undefined && (next === undefined || due < next)) next = due;
    }
    return next;
  }

  /** Does what is due: scheduled moves, switches after preparation, short TTLs before an end, expiries. */
  async tick(): Promise<void> {
    const now = this.#now();
    const due: { readonly id: number; readonly at: number }[] = [];
    for (const move of this.ledger.all()) {
      const at = this.#dueAt(move, now);
      if (at !== undefined && at <= now) due.push({ id: move.id, at });
    }
    // What was due first comes first, also when all waited for the server to start.
    due.sort((a, b) => a.at - b.at || a.id - b.id);
    for (const { id } of due) {
      await this.#publisher.exclusive(async () => {
        // It may have changed while this waited for its turn.
        const move = this.ledger.get(id);
        if (move === undefined || !this.#isDue(move)) return;
        try {
          await this.#due(move);
          this.#retryAt.delete(id);
        } catch (error) {
          // What is wrong with one must not keep the others waiting.
          this.#retryAt.set(id, this.#now() + RETRY_MS);
          const { message } = error as Error;
          this.emit('warning', `what was due of move ${id} can't be done, trying again in a minute: ${message}`);
        }
      });
    }
  }

  async #due(move: MoveRecord): Promise<void> {
    if (move.started === undefined) return this.#begin(move);
    if (move.switched !== undefined) {
      if ((move.expiresAt ?? 0) > this.#now())
        return this.#endings.shorten(move, (await this.#stillServed(move)).selection);
      const about = { kind: 'expiry', reason: `move ${move.id} expired`, author: 'steerd' } as const;
      if (move.expiresIn === undefined) await this.#endSome(move, about);
      else await this.#takeBack(move, about, { mustHappen: true });
      return;
    }
    const { selection, planned } = await this.#stillServed(move);
    const plan = await this.#plan(selection, asPrepared(move, planned));
    await this.executor.execute(move, plan, { mustHappen: true });
  }

  /** Executes a scheduled move. What is wrong with it by then is noted in it, and it is tried again. */
  async #begin(move: MoveRecord): Promise<void> {
    try {
      const selection =
        move.select === undefined
          ? (await this.#stillServed(move)).selection
          : selectMatching(this.#publisher, move.select);
      await this.#execute(move, await this.#planMove(move, selection));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.ledger.put({ ...move, problem: error.message });
      this.emit('changed', { ...move, problem: error.message });
      throw error;
    }
  }

  async #takeBack(
    move: MoveRecord,
    about: Pick<MoveRecord, 'kind' | 'reason' | 'author'>,
    options: Pick<ExecuteOptions, 'beside' | 'mustHappen'>,
  ): Promise<MoveRecord> {
    const at = this.#now();
    const { selection, planned } = await this.#stillServed(move);
    const back = { ...this.#new(about), of: move.id, families: move.families, hold: move.hold };
    const plan = await this.#plan(selection, before(move, planned, at), { takesBack: move.id });
    const how = about.kind === 'expiry' ? 'expired' : 'reverted';
    return this.executor.execute(back, plan, { ...options, ends: { ...move, ended: { how, at, by: back.id } } });
  }

  /** A revert set hosts back to what ends at different times: those whose time has come go to their zone file, the rest stays. */
  async #endSome(move: MoveRecord, about: Pick<MoveRecord, 'kind' | 'reason' | 'author'>): Promise<void> {
    const at = this.#now();
    const { selection } = await this.#stillServed(move);
    const back = { ...this.#new(about), of: move.id, families: move.families, hold: move.hold };
    const plan = await this.#plan(selection, runOut(move, at), { takesBack: move.id });
    const rest: MoveRecord = { ...move, expiresAt: nextEnd(move.transitions, at) };
    if (plan.hosts === 0) {
      // Moved elsewhere since.
      await this.executor.commit([put(rest)], true);
      this.ledger.put(rest);
      return;
    }
    const over = this.ledger.held(move.id) <= (plan.displaced.get(move.id) ?? 0);
    const ends = over ? { ...rest, ended: { how: 'expired', at, by: back.id } as const } : rest;
    await this.executor.execute(back, plan, { mustHappen: true, ends });
  }

  /** The hosts of a move that are served now, and what the move planned for each override. */
  async #stillServed(move: MoveRecord): Promise<{ selection: FoundHosts; planned: Planned }> {
    const { overrides, tables, seed } = this.#publisher;
    const selection = new FoundHosts(move.hosts);
    const planned = overrides.column();
    let seen = 0;
    const note = (node: number, transition: number, place?: number): Promise<void> | undefined => {
      if (node !== 0) {
        selection.add(node, place);
        const host = overrides.at(node);
        if (host !== 0) planned.set(host, transition + 1);
      }
      return ++seen % PIECE === 0 ? breathe() : undefined;
    };
    const noteNames = async (list: Uint8Array): Promise<void> => {
      for (const { transition, name } of hostList(list)) {
        const pause = note(findHost(tables, name, seed), transition);
        if (pause !== undefined) await pause;
      }
    };
    if (move.catalogue === undefined || move.catalogue !== this.catalogues.current?.id)
      await noteNames(await this.hosts(move));
    else {
      // The base is still the one whose places they are: no name is looked up.
      const { runs, others } = readRuns(await this.#octets(move));
      const instead = inOverlay(this.#publisher);
      let at = tables.baseFirst;
      let place = 0;
      for (let run = 0; run < runs.length; ) {
        if (tables.declared(at) !== 0) {
          if (place >= runs[run]) {
            const pause = note(instead.get(at) ?? at, runs[run + 2], place);
            if (pause !== undefined) await pause;
            if (place + 1 === runs[run] + runs[run + 1]) run += RUN_WORDS;
          }
          place++;
        }
        at = tables.after(at);
      }
      await noteNames(others);
    }
    return { selection, planned };
  }

  async #queued<T>(options: MoveOptions, change: () => Promise<T>): Promise<T> {
    return this.#publisher.exclusive(async () => {
      await options.precondition?.();
      return change();
    });
  }

  #new(about: Pick<MoveRecord, 'kind' | 'reason' | 'author'>): MoveRecord {
    return {
      ...about,
      id: this.ledger.nextId,
      families: [...families],
      created: this.#now(),
      hold: DEFAULT_HOLD,
      hosts: 0,
      transitions: [],
    };
  }

  #asked(request: MoveRequest, author: string): MoveRecord {
    const { to, reason, select, at, expiresIn, prepareTtl, hold, force = false } = request;
    if (this.#publisher.network?.groups.some(({ id }) => id === to) !== true) throw unknownGroup(this.#publisher, to);
    return {
      ...this.#new({ kind: 'move', reason, author }),
      to,
      families: families.filter((family) => request.families?.includes(family) ?? true),
      hold: hold ?? DEFAULT_HOLD,
      ...(select === undefined ? {} : { select }),
      ...(at === undefined ? {} : { at }),
      ...(expiresIn === undefined ? {} : { expiresIn }),
      ...(prepareTtl === undefined ? {} : { prepareTtl }),
      ...(force ? { force } : {}),
    };
  }

  #select({ hosts, select }: MoveRequest): Selection {
    return hosts === undefined ? selectMatching(this.#publisher, select ?? {}) : selectListed(this.#publisher, hosts);
  }

  async #planMove(move: MoveRecord, selection: Selection): Promise<MovePlan> {
    const want = toGroup(move.to as string, move.families);
    const plan = await this.#plan(selection, want, { strict: true, prepareTtl: move.prepareTtl });
    if (plan.hosts === 0) throw new Problem('no-hosts', 'no host matches, so nothing would move');
    return plan;
  }

  /** Executes a move that somebody asked for. @throws Problem `guarded` */
  #execute(move: MoveRecord, plan: MovePlan, options: ExecuteOptions = {}): Promise<MoveRecord> {
    const judged = this.#judged(move, plan);
    refuseGuarded(judged);
    return this.executor.execute(judged, plan, options);
  }

  /** The move with what guards say of it. */
  #judged(move: MoveRecord, plan: MovePlan): MoveRecord {
    const now = this.#now();
    const world = this.#publisher.world(now);
    const { resolved } = this.#publisher.assignments;
    const guards = world === undefined ? [] : findingsOf(world, this.#publisher.measured(now), resolved, plan);
    const { guards: _, ...rest } = move;
    return guards.length === 0 ? rest : { ...rest, guards };
  }

  #plan(
    selection: Selection,
    want: Want,
    {
      strict = false,
      prepareTtl,
      takesBack,
    }: { strict?: boolean; prepareTtl?: number | undefined; takesBack?: number } = {},
  ): Promise<MovePlan> {
    const world = this.#publisher.world(this.#now());
    if (world === undefined) throw new Problem('conflict', 'nothing is served yet');
    return planMove(this.#publisher, world, selection, want, strict, prepareTtl, takesBack, this.#damped(strict));
  }

  /** What tells whether a host was moved too often lately. @param asked somebody asks for the move: what ends or is taken back is never too often */
  #damped(asked: boolean): ((host: number) => boolean) | undefined {
    const rules = this.#publisher.network?.guards.hostDamping;
    if (!asked || rules === undefined) return undefined;
    return this.executor.penalties.suppressed(rules, this.#now());
  }

  #isDue(move: MoveRecord): boolean {
    const now = this.#now();
    const due = this.#dueAt(move, now);
    return due !== undefined && due <= now;
  }

  /** When a move wants something done. */
  #dueAt(move: MoveRecord, now: number): number | undefined {
    if (move.ended !== undefined) return undefined;
    let due = move.started === undefined ? move.at : move.switchAt;
    if (move.switched !== undefined) due = this.#endings.dueAt(move, now);
    return due === undefined ? undefined : Math.max(due, this.#retryAt.get(move.id) ?? 0);
  }
}

/** By node of the base that the overlay stands before: the host that is answered instead, 0 when it is none any more. */
function inOverlay({ tables, seed }: Publisher): Map<number, number> {
  const instead = new Map<number, number>();
  if (!tables.overlaid) return instead;
  for (let node = tables.overlayFirst; node > tables.overlayEnd; node = tables.after(node)) {
    const under = tables.underneath(node, seed);
    const isHost = tables.declared(node) !== 0 && (tables.flags(node) & NodeFlag.HIDDEN) === 0;
    if (under !== 0) instead.set(under, isHost ? node : 0);
  }
  return instead;
}
