/**
 * The moves known, and how much each still holds: which override belongs to which move is in `Overrides`, how many of them a move has is here. A move that
 * holds nothing any more is superseded.
 */
import { breathe } from '../cells.ts';
import type { Overrides } from '../overrides.ts';
import { hostList } from './host-list.ts';
import { isFolded, type MoveRecord } from './record.ts';

/** Hosts written before others may run. */
const PIECE = 4096;

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
 * Puts what a move says into the overrides: when it is executed, and for all in force at the start, in the order they were executed.
 * @param visit told of each host's place in the list when its override is written
 */
export async function foldMove(
  overrides: Overrides,
  ledger: Ledger,
  move: MoveRecord,
  list: Uint8Array,
  visit: (place: number) => void = () => {},
): Promise<void> {
  if (!isFolded(move)) return;
  const lost = new Map<number, number>();
  const lose = (id: number): void => {
    if (id !== 0) lost.set(id, (lost.get(id) ?? 0) + 1);
  };
  const until = move.expiresIn === undefined ? undefined : move.expiresAt;
  let held = 0;
  let place = 0;
  for (const { transition, name } of hostList(list)) {
    const { set, setUntil, keepsPrepared = false } = move.transitions[transition];
    const host = overrides.intern(name, 0, name.length);
    const now = overrides.get(host);
    if (!keepsPrepared) lose(now.prepare);
    if (move.switched === undefined) {
      overrides.set(host, { ...now, prepare: move.id, prepareTtl: move.prepareTtl ?? 0 });
      held++;
    } else {
      const next = keepsPrepared ? { ...now } : { ...now, prepare: 0, prepareTtl: 0 };
      if (set.ipv4 !== undefined) {
        lose(now.move4);
        next.ipv4 = set.ipv4 ?? undefined;
        next.move4 = set.ipv4 === null ? 0 : move.id;
        next.until4 = set.ipv4 === null ? 0 : (until ?? setUntil?.ipv4 ?? 0);
        if (next.move4 !== 0) held++;
      }
      if (set.ipv6 !== undefined) {
        lose(now.move6);
        next.ipv6 = set.ipv6 ?? undefined;
        next.move6 = set.ipv6 === null ? 0 : move.id;
        next.until6 = set.ipv6 === null ? 0 : (until ?? setUntil?.ipv6 ?? 0);
        if (next.move6 !== 0) held++;
      }
      overrides.set(host, next);
    }
    visit(place++);
    if (place % PIECE === 0) await breathe();
  }
  ledger.lose(lost);
  ledger.hold(move.id, held);
}
