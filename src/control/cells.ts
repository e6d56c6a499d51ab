/**
 * What belongs into the cells: the declared assignment of each host, under what operators have moved. After a load every cell that may differ is written
 * anew before the load is published, so a move during a reload is not lost.
 */
import type { TableReader } from '../tables/table-reader.ts';
import { NodeFlag } from '../zone/reader.ts';
import type { Assignments } from './assignments.ts';
import { findHost } from './find-host.ts';
import type { Overrides } from './overrides.ts';

/** Hosts looked at before others may run: about a millisecond. */
const PIECE = 4096;

/** How long, in milliseconds, hosts are walked over before others may run, and after how many of them the clock is looked at. */
const SLICE_MS = 4;
const LOOK_AT_CLOCK = 64;

/** Which hosts have ended: their overrides end with them. */
export type HostGone = (host: number) => void;

export class Cells {
  readonly #assignments: Assignments;
  readonly #overrides: Overrides;
  readonly #seed: number;

  constructor(assignments: Assignments, overrides: Overrides, seed: number) {
    this.#assignments = assignments;
    this.#overrides = overrides;
    this.#seed = seed;
  }

  /** The number that belongs into a host's cell. */
  numberFor(tables: TableReader, node: number, host: number): number {
    return this.#assignments.variant(tables.declared(node), this.#overrides.variant(host));
  }

  /**
   * Writes the cells of all hosts with an override into tables that are about to be published.
   * @param gone told of each override whose host is no more
   */
  async fillAll(tables: TableReader, gone: HostGone): Promise<void> {
    const overrides = this.#overrides;
    for (let host = 1; host < overrides.end; host++) {
      if (host % PIECE === 0) await breathe();
      if (!overrides.isOverridden(host)) continue;
      const node = findHost(tables, overrides.name(host), this.#seed);
      if (node === 0) gone(host);
      else tables.assign(node, this.numberFor(tables, node, host));
    }
  }

  /**
   * Writes the cells that another overlay in front of the same base may show: the new overlay's, and those of the base that the old overlay stood before,
   * where moves were not noted meanwhile.
   */
  async fillOverlays(before: TableReader, tables: TableReader, gone: HostGone): Promise<void> {
    let seen = 0;
    for (const overlay of [before, tables]) {
      if (!overlay.overlaid) continue;
      const end = overlay.overlayEnd;
      for (let at = overlay.overlayFirst; at > end; at = overlay.after(at)) {
        if (++seen % PIECE === 0) await breathe();
        const name = overlay.name(at);
        const host = this.#overrides.find(name, 0, name.length);
        const node = findHost(tables, name, this.#seed);
        if (node !== 0) tables.assign(node, this.numberFor(tables, node, host));
        else if (host !== 0 && this.#overrides.isOverridden(host)) gone(host);
      }
    }
  }
}

/** Lets other work of this thread run. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Calls `visit` for every steered host that is answered, a piece at a time, until it says false. What lies below a zone cut or in another zone's names is
 * declared but never answered, so it is left out. The tables must stay published meanwhile.
 * @param after go on behind this node; 0 begins
 */
export async function forEachHost(
  tables: TableReader,
  seed: number,
  visit: (node: number) => boolean | undefined,
  after = 0,
): Promise<void> {
  const hidden = new Set<number>();
  const { overlaid } = tables;
  let seen = 0;
  // By the clock, not by hosts: what a visit costs may be an operator's choice, a glob of many stars say.
  let until = performance.now() + SLICE_MS;
  const tired = (): boolean => ++seen % LOOK_AT_CLOCK === 0 && performance.now() > until;
  const rest = async (): Promise<void> => {
    await breathe();
    until = performance.now() + SLICE_MS;
  };
  if (overlaid) {
    for (let at = tables.overlayFirst; at > tables.overlayEnd; at = tables.after(at)) {
      const under = tables.underneath(at, seed);
      if (under !== 0) hidden.add(under);
    }
  }
  const first = after > 0 ? tables.after(after) : tables.baseFirst;
  for (let node = after < 0 ? tables.baseEnd : first; node < tables.baseEnd; node = tables.after(node)) {
    if (tired()) await rest();
    if (!isAnswered(tables, node) || hidden.has(node)) continue;
    if (visit(node) === false) return;
  }
  if (!overlaid) return;
  const firstOver = after < 0 ? tables.after(after) : tables.overlayFirst;
  for (let node = firstOver; node > tables.overlayEnd; node = tables.after(node)) {
    if (tired()) await rest();
    if (isAnswered(tables, node) && visit(node) === false) return;
  }
}

function isAnswered(tables: TableReader, node: number): boolean {
  if (tables.declared(node) === 0 || (tables.flags(node) & (NodeFlag.FAST | NodeFlag.HIDDEN)) !== NodeFlag.FAST)
    return false;
  return tables.apex(tables.zoneOf(node)) !== 0;
}
