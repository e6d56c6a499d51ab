/**
 * How many hosts are answered by each assignment: kept up with every cell that is written, so that what follows from it need not walk over a million hosts.
 * Counted anew when other tables are published.
 */
import type { TableReader } from '../tables/table-reader.ts';
import { forEachHost } from './cells.ts';
import type { MovePlan } from './moves/plan.ts';

export class HostCounts {
  readonly #tables: TableReader;
  readonly #seed: number;
  /** By number of the assignment; undefined when nobody has counted since the tables changed. */
  #counts: Map<number, number> | undefined;
  /** Raised by whatever makes a count under way worthless. */
  #changes = 0;
  /** Hosts that lately went from one assignment to another: most moves are many of a kind. */
  #from = 0;
  #to = 0;
  #run = 0;

  readonly #moved: () => void;

  /**
   * @param tables what is answered from
   * @param moved  called after cells were written
   */
  constructor(tables: TableReader, seed: number, moved: () => void = () => {}) {
    this.#tables = tables;
    this.#seed = seed;
    this.#moved = moved;
  }

  /** Other tables are answered from. */
  forget(): void {
    this.#counts = undefined;
    this.#run = 0;
    this.#changes++;
  }

  /** Writes the cell of a host that is answered from: one atomic store. */
  assign(node: number, to: number): void {
    const from = this.#tables.assignment(node);
    this.#tables.assign(node, to);
    this.#moved();
    if (this.#counts === undefined) this.#changes++;
    else this.#note(from, to, 1);
  }

  /** The same for all hosts of a plan that was made of what is in their cells now. */
  assignAll({ nodes, kinds, kindOf }: Pick<MovePlan, 'nodes' | 'kinds' | 'kindOf'>): void {
    this.#tables.assignAll(
      nodes,
      kindOf,
      Uint32Array.from(kinds, ({ cell }) => cell),
    );
    this.#moved();
    if (this.#counts === undefined) this.#changes++;
    else for (const { cellBefore, cell, hosts } of kinds) this.#note(cellBefore, cell, hosts);
  }

  /** What `all` would give at once; undefined when somebody has to count first. */
  get known(): ReadonlyMap<number, number> | undefined {
    this.#settle();
    return this.#counts;
  }

  /** By number of the assignment. Outside of the publisher's queue it may be a moment old. */
  async all(): Promise<ReadonlyMap<number, number>> {
    for (;;) {
      if (this.#counts !== undefined) {
        this.#settle();
        return this.#counts;
      }
      const changes = this.#changes;
      const counts = new Map<number, number>();
      await forEachHost(this.#tables, this.#seed, (node) => {
        if (changes !== this.#changes) return false;
        const assignment = this.#tables.assignment(node);
        counts.set(assignment, (counts.get(assignment) ?? 0) + 1);
        return true;
      });
      if (changes === this.#changes) this.#counts = counts;
    }
  }

  #note(from: number, to: number, hosts: number): void {
    if (from !== this.#from || to !== this.#to) {
      this.#settle();
      this.#from = from;
      this.#to = to;
    }
    this.#run += hosts;
  }

  #settle(): void {
    const counts = this.#counts;
    if (this.#run === 0 || counts === undefined) return;
    const rest = (counts.get(this.#from) ?? 0) - this.#run;
    if (rest > 0) counts.set(this.#from, rest);
    else counts.delete(this.#from);
    counts.set(this.#to, (counts.get(this.#to) ?? 0) + this.#run);
    this.#run = 0;
  }
}
