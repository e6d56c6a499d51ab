/**
 * Ends that are near. A host that soon goes back to where it was is answered with a short TTL for as long before as its own TTL, so that caches follow within
 * seconds of the end. Nothing of this is stored: it follows from the records, and after a restart it is worked out anew.
 */
import { SHORTEST_TTL } from '../../steering/ttl.ts';
import { breathe } from '../cells.ts';
import type { Publisher } from '../publisher.ts';
import { nextEnd } from './executor.ts';
import type { MoveRecord } from './record.ts';
import type { FoundHosts } from './selection.ts';

/** Hosts looked at before others may run. */
const PIECE = 4096;

export class Endings {
  readonly #publisher: Publisher;
  readonly #now: () => number;

  constructor(publisher: Publisher, now: () => number) {
    this.#publisher = publisher;
    this.#now = now;
  }

  /** When the end of a move that has switched wants something done: first a short TTL, then that hosts go back. */
  dueAt(move: MoveRecord, now: number): number | undefined {
    const { expiresAt, ownTtl = 0 } = move;
    // A TTL that is as short anyway stays as it is.
    if (expiresAt === undefined || expiresAt <= now || ownTtl <= SHORTEST_TTL) return expiresAt;
    const end = this.#nextFar(move);
    return end === undefined ? expiresAt : Math.min(expiresAt, end - ownTtl * 1000);
  }

  /**
   * At the start, before the first load: what is near its end has a short TTL from the first answer on. Since when that is so is forgotten, so the server
   * before may have given longer ones until it ended.
   */
  resume(moves: Iterable<MoveRecord>): void {
    const now = this.#now();
    for (const move of moves) {
      const { expiresAt = 0, switched, ended } = move;
      if (switched === undefined || ended !== undefined || expiresAt <= now) continue;
      if ((this.dueAt(move, now) ?? expiresAt) <= now) this.#mark(move, now);
    }
  }

  /**
   * Answers what a move holds and ends soon with a short TTL. Call within the publisher's queue.
   * @param hosts those of the move
   */
  async shorten(move: MoveRecord, hosts: FoundHosts): Promise<void> {
    const { assignments, cells, counts, overrides, tables } = this.#publisher;
    const until = this.#mark(move, this.#now());
    const nodes = new Int32Array(hosts.count);
    const numbers = new Uint32Array(hosts.count);
    let count = 0;
    for (let i = 0; i < hosts.count; i++) {
      if (i % PIECE === PIECE - 1) await breathe();
      const node = hosts.nodes[i];
      const host = overrides.at(node);
      if (!overrides.endsSoon(host)) continue;
      nodes[count] = node;
      numbers[count++] = cells.numberFor(tables, node, host);
    }
    await this.#publisher.cover();
    let longest = 0;
    for (let i = 0; i < count; i++) {
      if (i % PIECE === PIECE - 1) await breathe();
      longest = Math.max(longest, assignments.resolved[tables.assignment(nodes[i])]?.ttl ?? 0);
      counts.assign(nodes[i], numbers[i]);
    }
    // That is after the end if the move lasts for less than one TTL, and later than thought where a load made a TTL longer.
    overrides.endSoon(move.id, until, this.#now() + longest * 1000);
  }

  #mark({ id, ownTtl = 0 }: MoveRecord, now: number): number {
    const until = now + ownTtl * 1000;
    this.#publisher.overrides.endSoon(id, until, until);
    return until;
  }

  /** The first end whose hosts are answered with their own TTL yet. */
  #nextFar({ id, expiresAt = 0, expiresIn, transitions }: MoveRecord): number | undefined {
    const near = this.#publisher.overrides.endingUntil(id);
    if (expiresAt > near) return expiresAt;
    return expiresIn === undefined ? nextEnd(transitions, near) : undefined;
  }
}
