/**
 * Moves as an operator thinks of them, in plain Maps and without any table: who holds each family of each host, since when, until when, and what was there
 * before. `Moves` must never differ from it.
 */
import type { MoveRequest } from '../../src/control/moves/moves.ts';
import type { Selector } from '../../src/control/moves/record.ts';
import { type Family, families } from '../../src/steering/model.ts';

export interface Declared {
  readonly zone: string;
  readonly service: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly ttl: number;
}

/** What holds a family of a host. */
export interface Held {
  readonly move: number;
  readonly group: string;
  /** Unix milliseconds, or Infinity. */
  readonly until: number;
}

export interface HostState {
  ipv4?: Held | undefined;
  ipv6?: Held | undefined;
  prepared?: { readonly move: number; readonly ttl: number } | undefined;
}

export interface ModelMove {
  readonly id: number;
  readonly kind: string;
  readonly request?: MoveRequest;
  hosts: string[];
  /** What each `host family` was held by before. */
  readonly was: Map<string, Held | undefined>;
  at?: number | undefined;
  retryAt?: number | undefined;
  started: boolean;
  switchAt?: number | undefined;
  switched?: number | undefined;
  expiresAt?: number | undefined;
  /** When what a revert set back ends. */
  ends: number[];
  /** The longest TTL of its hosts, in seconds, when it was executed. */
  ownTtl: number;
  /** What ends up to then is answered with a short TTL. */
  shortUntil: number;
  ended?: 'reverted' | 'superseded' | 'expired';
}

const RETRY_MS = 60_000;
/** Seconds, before an end. */
const SHORT_TTL = 10;

/** `service` has the family in `group`, there or further up the ladder. */
export type Has = (service: string, group: string, family: Family) => boolean;

export class MovesModel {
  readonly declared = new Map<string, Declared>();
  readonly #zones = new Set<string>();
  readonly hosts = new Map<string, HostState>();
  readonly moves = new Map<number, ModelMove>();
  /** Whether the store refuses now. */
  refusing = false;
  readonly #has: Has;

  constructor(has: Has) {
    this.#has = has;
  }

  get nextId(): number {
    return this.moves.size + 1;
  }

  state(host: string): HostState {
    const known = this.hosts.get(host);
    if (known !== undefined) return known;
    const made: HostState = {};
    this.hosts.set(host, made);
    return made;
  }

  isOverridden(host: string): boolean {
    const { ipv4, ipv6, prepared } = this.state(host);
    return ipv4 !== undefined || ipv6 !== undefined || prepared !== undefined;
  }

  /** The group that counts for a family: an override can't add a family to a declaration, nor take one away. */
  group(host: string, family: Family): string {
    const declared = this.declared.get(host) as Declared;
    const wanted = this.state(host)[family]?.group;
    if (wanted === undefined || !this.#has(declared.service, declared[family], family)) return declared[family];
    return this.#has(declared.service, wanted, family) ? wanted : declared[family];
  }

  ttl(host: string): number {
    const { ttl } = this.declared.get(host) as Declared;
    const state = this.state(host);
    const ends = families.some((family) => {
      const { move, until } = state[family] ?? { move: 0, until: Number.POSITIVE_INFINITY };
      return until <= (this.moves.get(move)?.shortUntil ?? 0);
    });
    return Math.min(ttl, state.prepared?.ttl ?? ttl, ends ? SHORT_TTL : ttl);
  }

  held(move: number): number {
    let count = 0;
    for (const { ipv4, ipv6, prepared } of this.hosts.values())
      for (const holder of [ipv4, ipv6, prepared]) if (holder?.move === move) count++;
    return count;
  }

  dueAt(move: ModelMove, now: number): number | undefined {
    if (move.ended !== undefined) return undefined;
    if (!move.started) return move.retryAt ?? move.at;
    if (move.switched === undefined) return move.switchAt;
    const { expiresAt, ownTtl, shortUntil } = move;
    if (expiresAt === undefined || expiresAt <= now || ownTtl <= SHORT_TTL) return expiresAt;
    // A short TTL before each end whose hosts have a longer one yet, for as long as that.
    const far = [expiresAt, ...move.ends.filter((end) => end > expiresAt)].filter((end) => end > shortUntil);
    return Math.min(expiresAt, ...far.map((end) => end - ownTtl * 1000));
  }

  /** @returns what it is refused with */
  create(request: MoveRequest, now: number): string | undefined {
    const scheduled = request.at !== undefined && request.at > now;
    const { zone } = request.select ?? {};
    if (zone !== undefined && !this.#zones.has(zone)) return 'not-found';
    if (request.hosts?.some((host) => !this.declared.has(host))) return 'not-found';
    const hosts = request.hosts === undefined ? this.#matching(request.select ?? {}) : [...new Set(request.hosts)];
    const refused = scheduled && request.hosts === undefined ? undefined : this.#refused(request, hosts);
    if (refused !== undefined) return refused;
    if (this.refusing) return 'store-unavailable';
    const move = this.#new('move', request);
    move.at = request.at;
    move.hosts = hosts;
    if (!scheduled) this.#losing(() => this.#execute(move, hosts, now));
    return undefined;
  }

  revert(id: number, now: number): string | undefined {
    const move = this.moves.get(id);
    if (move === undefined) return 'not-found';
    if (move.ended !== undefined) return 'conflict';
    if (move.started && this.held(id) === 0) return 'conflict';
    if (this.refusing) return 'store-unavailable';
    if (move.started) this.#losing(() => this.#takeBack(move, 'revert', now));
    else move.ended = 'reverted';
    return undefined;
  }

  release(hosts: readonly string[], now: number): string | undefined {
    if (hosts.some((host) => !this.declared.has(host))) return 'not-found';
    const overridden = [...new Set(hosts)].filter((host) => this.isOverridden(host));
    if (overridden.length === 0) return 'not-found';
    if (this.refusing) return 'store-unavailable';
    this.#losing(() => this.#clear(this.#new('return'), overridden, now));
    return undefined;
  }

  /** What is declared now. Hosts that are gone lose their overrides. */
  reload(zones: readonly string[], declared: ReadonlyMap<string, Declared>, now: number): void {
    this.#zones.clear();
    for (const zone of zones) this.#zones.add(zone);
    this.declared.clear();
    for (const [host, as] of declared) this.declared.set(host, as);
    const gone = [...this.hosts.keys()].filter((host) => !declared.has(host) && this.isOverridden(host));
    if (gone.length > 0) this.#losing(() => this.#clear(this.#new('host-gone'), gone, now));
  }

  tick(now: number): void {
    const isDue = (move: ModelMove): boolean => (this.dueAt(move, now) ?? Number.POSITIVE_INFINITY) <= now;
    const due = [...this.moves.values()].filter(isDue);
    due.sort((a, b) => (this.dueAt(a, now) as number) - (this.dueAt(b, now) as number) || a.id - b.id);
    for (const move of due) if (isDue(move)) this.#losing(() => this.#due(move, now));
  }

  restart(now: number): void {
    for (const move of this.moves.values()) {
      move.retryAt = undefined;
      const { switched, expiresAt = 0 } = move;
      move.shortUntil = 0;
      const near = switched !== undefined && expiresAt > now && (this.dueAt(move, now) ?? expiresAt) <= now;
      if (near) move.shortUntil = now + move.ownTtl * 1000;
    }
  }

  #due(move: ModelMove, now: number): void {
    if (!move.started) {
      const { request } = move;
      const hosts =
        request?.hosts === undefined
          ? this.#matching(request?.select ?? {})
          : move.hosts.filter((host) => this.declared.has(host));
      const noZone = request?.select?.zone !== undefined && !this.#zones.has(request.select.zone);
      if (noZone || this.#refused(request as MoveRequest, hosts) !== undefined || this.refusing)
        move.retryAt = now + RETRY_MS;
      else this.#execute(move, hosts, now);
    } else if (move.switched === undefined) {
      this.#execute(
        move,
        move.hosts.filter((host) => this.state(host).prepared?.move === move.id),
        now,
      );
    } else if ((move.expiresAt as number) > now) {
      move.shortUntil = now + move.ownTtl * 1000;
    } else if (move.request?.expiresIn !== undefined) this.#takeBack(move, 'expiry', now);
    else this.#endSome(move, now);
  }

  #execute(move: ModelMove, hosts: string[], now: number): void {
    const { to, families: which = families, prepareTtl, expiresIn } = move.request as MoveRequest;
    move.hosts = hosts;
    move.ownTtl = this.#longestTtl(hosts);
    if (prepareTtl !== undefined && !move.started) {
      for (const host of hosts) this.state(host).prepared = { move: move.id, ttl: prepareTtl };
    } else {
      move.switched = now;
      move.expiresAt = expiresIn === undefined ? undefined : now + expiresIn * 1000;
      for (const host of hosts) {
        this.state(host).prepared = undefined;
        for (const family of which)
          this.#give(move, host, family, {
            move: move.id,
            group: to,
            until: move.expiresAt ?? Number.POSITIVE_INFINITY,
          });
      }
    }
    move.started = true;
  }

  #takeBack(move: ModelMove, kind: 'revert' | 'expiry', now: number): void {
    const back = this.#new(kind);
    back.started = true;
    back.switched = now;
    for (const host of move.hosts) {
      const state = this.state(host);
      const mine = families.filter((family) => state[family]?.move === move.id);
      if (mine.length === 0 && state.prepared?.move !== move.id) continue;
      back.hosts.push(host);
      if (state.prepared?.move === move.id) state.prepared = undefined;
      for (const family of mine) {
        const was = move.was.get(`${host} ${family}`);
        const ends = was !== undefined && was.until <= now;
        this.#give(back, host, family, was === undefined || ends ? undefined : { ...was, move: back.id });
      }
    }
    back.ownTtl = this.#longestTtl(back.hosts);
    move.ended = kind === 'revert' ? 'reverted' : 'expired';
    this.#expireWithFirst(back, now);
  }

  /** What a revert set back and is over goes to the zone file. */
  #endSome(move: ModelMove, now: number): void {
    const over = move.hosts.filter((host) => families.some((family) => this.#isOver(move, host, family, now)));
    if (over.length > 0) {
      const back = this.#new('expiry');
      back.started = true;
      back.switched = now;
      back.hosts = over;
      for (const host of over)
        for (const family of families)
          if (this.#isOver(move, host, family, now)) this.#give(back, host, family, undefined);
      if (this.held(move.id) === 0) move.ended = 'expired';
    }
    this.#expireWithFirst(move, now);
  }

  #longestTtl(hosts: readonly string[]): number {
    return Math.max(0, ...hosts.map((host) => (this.declared.get(host) as Declared).ttl));
  }

  #isOver(move: ModelMove, host: string, family: Family, now: number): boolean {
    const held = this.state(host)[family];
    return held?.move === move.id && held.until <= now;
  }

  #expireWithFirst(move: ModelMove, now: number): void {
    const ends = move.ends.filter((end) => end > now);
    move.expiresAt = ends.length === 0 ? undefined : Math.min(...ends);
  }

  #clear(move: ModelMove, hosts: string[], now: number): void {
    move.started = true;
    move.switched = now;
    move.hosts = hosts;
    for (const host of hosts) {
      this.state(host).prepared = undefined;
      for (const family of families) this.#give(move, host, family, undefined);
    }
  }

  #give(move: ModelMove, host: string, family: Family, held: Held | undefined): void {
    const state = this.state(host);
    move.was.set(`${host} ${family}`, state[family]);
    state[family] = held;
    if (move.request === undefined && held !== undefined && held.until !== Number.POSITIVE_INFINITY)
      move.ends.push(held.until);
  }

  /** A move that loses the last it held to others is superseded. */
  #losing(change: () => void): void {
    const holding = [...this.moves.values()].filter((move) => this.held(move.id) > 0);
    change();
    for (const move of holding) if (move.ended === undefined && this.held(move.id) === 0) move.ended = 'superseded';
  }

  #new(kind: string, request?: MoveRequest): ModelMove {
    const move: ModelMove = {
      id: this.nextId,
      kind,
      ...(request === undefined ? {} : { request }),
      hosts: [],
      was: new Map(),
      started: false,
      ends: [],
      ownTtl: 0,
      shortUntil: 0,
    };
    this.moves.set(move.id, move);
    return move;
  }

  #matching({ zone, service, group, glob }: Selector): string[] {
    const matches = (host: string, as: Declared): boolean =>
      (zone === undefined || as.zone === zone) &&
      (service === undefined || as.service === service) &&
      (group === undefined || families.some((family) => this.group(host, family) === group)) &&
      (glob === undefined || host.startsWith(glob.slice(0, -1)));
    return [...this.declared].filter(([host, as]) => matches(host, as)).map(([host]) => host);
  }

  #refused({ to, families: which = families }: MoveRequest, hosts: readonly string[]): string | undefined {
    for (const host of hosts) {
      const declared = this.declared.get(host) as Declared;
      const movable = which.filter((family) => this.#has(declared.service, declared[family], family));
      if (movable.length === 0 || movable.some((family) => !this.#has(declared.service, to, family)))
        return 'no-address';
    }
    return hosts.length === 0 ? 'no-hosts' : undefined;
  }
}
