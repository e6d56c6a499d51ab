/**
 * The moves known, and how much each still holds: which override belongs to which move is in `Overrides`, how many of them a move has is here. A move that
 * holds nothing any more is superseded.
 */
import type { Family } from '../../steering/model.ts';
import { breathe } from '../cells.ts';
import type { HostOverride, Overrides } from '../overrides.ts';
import { hostList } from './host-list.ts';
import type { MovePlan } from './plan.ts';
import { isFolded, type MoveRecord, type Transition } from './record.ts';
import { Tuples } from './tuples.ts';

/** Hosts written before others may run. */
const PIECE = 4096;
const PLANNED_PIECE = 65_536;

export class Ledger {
  readonly #moves = new Map<number, MoveRecord>();
  /** (host, family) pairs, and hosts in preparation, that each move holds. */
  readonly #held = new Map<number, number>();
  #order = 0;
  #last = 0;

  get(id: number): MoveRecord | undefined {
    return this.#moves.get(id);
  }

  /** All moves, oldest first. */
  all(): IterableIterator<MoveRecord> {
    return this.#moves.values();
  }

  get size(): number {
    return this.#moves.size;
  }

  put(move: MoveRecord): void {
    this.#moves.set(move.id, move);
    this.#last = Math.max(this.#last, move.id);
    this.#order = Math.max(this.#order, move.order ?? 0);
  }

  forget(id: number): void {
    this.#moves.delete(id);
    this.#held.delete(id);
  }

  /** The number for the next move, and its place in the order of execution. */
  get nextId(): number {
    return this.#last + 1;
  }
  get nextOrder(): number {
    return this.#order + 1;
  }

  held(id: number): number {
    return this.#held.get(id) ?? 0;
  }

  hold(id: number, count: number): void {
    this.#held.set(id, this.held(id) + count);
  }

  /** The moves that would hold nothing any more if they lost all of these. */
  emptiedBy(...losses: ReadonlyMap<number, number>[]): MoveRecord[] {
    const sums = new Map<number, number>();
    for (const loss of losses) for (const [id, count] of loss) sums.set(id, (sums.get(id) ?? 0) + count);
    const emptied: MoveRecord[] = [];
    for (const [id, count] of sums) {
      const move = this.#moves.get(id);
      if (move !== undefined && move.ended === undefined && this.held(id) <= count) emptied.push(move);
    }
    return emptied;
  }

  lose(displaced: ReadonlyMap<number, number>): void {
    for (const [id, count] of displaced) {
      const rest = this.held(id) - count;
      if (rest > 0) this.#held.set(id, rest);
      else this.#held.delete(id);
    }
  }
}

/**
 * Puts what a move says into the overrides at the start, for all in force, in the order they were executed.
 * @param list the move's hosts (host-list.ts)
 */
export async function foldMove(
  overrides: Overrides,
  ledger: Ledger,
  move: MoveRecord,
  list: Uint8Array,
): Promise<void> {
  if (!isFolded(move)) return;
  overrides.reserve(move.hosts);
  const fold = new Fold(overrides, move);
  let seen = 0;
  for (const { transition, name } of hostList(list)) {
    if (++seen % PIECE === 0) await breathe();
    fold.add(overrides.intern(name, 0, name.length), transition);
  }
  fold.end(ledger);
}

/**
 * The same for a move that is executed now: its hosts are known by their numbers, or by their nodes.
 * @param each told of the number of each host
 */
export async function foldPlan(
  overrides: Overrides,
  ledger: Ledger,
  move: MoveRecord,
  { hosts, kinds, kindOf, nodes, gone }: MovePlan,
  each?: (host: number) => void,
): Promise<void> {
  const fold = new Fold(overrides, move);
  for (let i = 0; i < hosts; i++) {
    if (i % PLANNED_PIECE === PLANNED_PIECE - 1) await breathe();
    const host = gone === undefined ? overrides.internAt(nodes[i]) : gone[i];
    fold.add(host, kinds[kindOf[i]].transition);
    each?.(host);
  }
  fold.end(ledger);
}

/** Hosts that were in one state and change in one way come to one state, so what that is and costs whom is worked out once. */
class Fold {
  readonly #overrides: Overrides;
  readonly #move: MoveRecord;
  readonly #steps = new Tuples();
  readonly #next: number[] = [];
  readonly #counts: number[] = [];
  readonly #before: number[] = [];
  readonly #sides: { readonly before: HostOverride; readonly after: HostOverride }[] = [];

  constructor(overrides: Overrides, move: MoveRecord) {
    this.#overrides = overrides;
    this.#move = move;
  }

  add(host: number, transition: number): void {
    const overrides = this.#overrides;
    const state = overrides.state(host);
    const step = this.#steps.number(state, transition, 0, 0);
    if (step === this.#next.length) {
      const before = overrides.get(host);
      const after = changed(before, this.#move, this.#move.transitions[transition]);
      this.#sides.push({ before, after });
      this.#before.push(state);
      this.#next.push(overrides.stateNumber(after));
      this.#counts.push(0);
    }
    overrides.put(host, this.#next[step]);
    this.#counts[step]++;
  }

  /** Tells the ledger who holds what now. */
  end(ledger: Ledger): void {
    const lost = new Map<number, number>();
    const gained = new Map<number, number>();
    const countUp = (counter: Map<number, number>, { move4, move6, prepare }: HostOverride, count: number): void => {
      for (const id of [move4, move6, prepare]) if (id !== 0) counter.set(id, (counter.get(id) ?? 0) + count);
    };
    this.#sides.forEach(({ before, after }, step) => {
      countUp(lost, before, this.#counts[step]);
      countUp(gained, after, this.#counts[step]);
    });
    for (const [step, count] of this.#counts.entries()) this.#overrides.enter(this.#next[step], count);
    for (const [step, count] of this.#counts.entries()) this.#overrides.leave(this.#before[step], count);
    ledger.lose(lost);
    for (const [id, count] of gained) ledger.hold(id, count);
  }
}

/** What a move makes of a host's override. */
function changed(
  now: HostOverride,
  move: MoveRecord,
  { set, setUntil, keepsPrepared = false }: Transition,
): HostOverride {
  if (move.switched === undefined) return { ...now, prepare: move.id, prepareTtl: move.prepareTtl ?? 0 };
  const own = move.expiresIn === undefined ? undefined : move.expiresAt;
  const until = (family: Family): number => (set[family] === null ? 0 : (own ?? setUntil?.[family] ?? 0));
  return {
    ...now,
    ...(set.ipv4 === undefined
      ? {}
      : { ipv4: set.ipv4 ?? undefined, move4: set.ipv4 === null ? 0 : move.id, until4: until('ipv4') }),
    ...(set.ipv6 === undefined
      ? {}
      : { ipv6: set.ipv6 ?? undefined, move6: set.ipv6 === null ? 0 : move.id, until6: until('ipv6') }),
    ...(keepsPrepared ? {} : { prepare: 0, prepareTtl: 0 }),
  };
}
