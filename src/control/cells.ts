/**
 * What belongs into the cells: the declared assignment of each host, under what operators have moved. After a load every cell that may differ is written
 * anew before the load is published, so a move during a reload is not lost.
 */
import type { TableReader } from '../tables/table-reader.ts';
import { NodeFlag } from '../zone/reader.ts';
import type { Assignments } from './assignments.ts';
import { findHost } from './find-host.ts';
import type { Overrides, Placement } from './overrides.ts';

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
   * Writes the cells of all hosts with an override into tables that are about to be published, and finds their places there.
   * @param gone told of each override whose host is no more, by the number it has when the places are taken
   */
  async fillAll(tables: TableReader, gone: HostGone): Promise<Placement> {
    const overrides = this.#overrides;
    const placement = overrides.placement(tables);
    let seen = 0;
    for (const host of overrides.all()) {
      if (++seen % PIECE === 0) await breathe();
      const name = overrides.name(host);
      const node = findHost(tables, name, this.#seed);
      const there = placement.put(name, node, overrides.state(host), overrides.penalty(host));
      if (!overrides.isOverridden(host)) continue;
      if (node === 0) gone(there);
      else tables.assign(node, this.numberFor(tables, node, host));
    }
    return placement;
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

/** Has no place among the hosts of the base. */
export const NO_PLACE = -1;

/**
 * Calls `visit` for every steered host that is answered, a piece at a time, until it says false. What lies below a zone cut or in another zone's names is
 * declared but never answered, so it is left out. The tables must stay published meanwhile.
 * @param visit told of the node, and of its place among all hosts of the base, answered or not: NO_PLACE in the overlay, and in a walk that goes on
 * @param after go on behind this node; 0 begins
 */
export async function forEachHost(
  tables: TableReader,
  seed: number,
  visit: (node: number, place: number) => boolean | undefined,
  after = 0,
): Promise<void> {
  const hidden = new Set<number>();
  const { overlaid } = tables;
  const answered = answeredTest(tables);
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
  let hosts = 0;
  const { baseEnd } = tables;
  for (let node = after < 0 ? baseEnd : first; node < baseEnd; node = tables.after(node)) {
    if (tired()) await rest();
    if (tables.declared(node) === 0) continue;
    const place = after === 0 ? hosts++ : NO_PLACE;
    if (!answered(node) || (overlaid && hidden.has(node))) continue;
    if (visit(node, place) === false) return;
  }
  if (!overlaid) return;
  const firstOver = after < 0 ? tables.after(after) : tables.overlayFirst;
  for (let node = firstOver; node > tables.overlayEnd; node = tables.after(node)) {
    if (tired()) await rest();
    if (tables.declared(node) !== 0 && answered(node) && visit(node, NO_PLACE) === false) return;
  }
}

/** Whether a host is answered. Zones are few and hosts are many: each zone is looked up when another one's hosts have ended. */
function answeredTest(tables: TableReader): (node: number) => boolean {
  let zone = 0;
  let isServed = false;
  return (node) => {
    if ((tables.flags(node) & (NodeFlag.FAST | NodeFlag.HIDDEN)) !== NodeFlag.FAST) return false;
    const of = tables.zoneOf(node);
    if (of !== zone) {
      zone = of;
      isServed = tables.apex(of) !== 0;
    }
    return isServed;
  };
}
