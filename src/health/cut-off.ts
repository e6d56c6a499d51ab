/**
 * Whether the observer is cut off: a server that has lost its own network sees everything fail, and must not move the world because of it (DESIGN §5).
 *
 * It takes itself to be cut off when targets that no single site can explain fail within one window, or when the reference checks fail. A target falls at the sites
 * that serve it: one at (zrh, gva) and one at (zrh) may both have fallen by Zurich alone; one at (zrh) and one at (fra) can't. So the sites of all that fell are
 * intersected, and nothing left means two sites or more. An anycast target that every site serves is then explained by any of them, two families of a target or two
 * services at one site are one site, and what falls one after another over a longer time is no cut-off.
 *
 * What ends it: so many of those targets are up again, or forced by an operator, that one site explains the rest, the references are up, and all that has been so for a
 * while (`release`). Pure: state in, state out.
 */
import type { Family, Verdict } from '../steering/model.ts';
import type { CutOffRule } from './check.ts';
import type { Failing } from './reach.ts';

/** A target that went from up to down, observed by us. */
export interface Fall {
  readonly at: number;
  readonly target: string;
  /** Numbers of the sites that serve it. */
  readonly sites: readonly number[];
  readonly family: Family;
  /** What it was before. */
  readonly before: Verdict;
  /** Undefined when it was no probe of ours that failed. */
  readonly failing: Failing | undefined;
}

export interface CutOff {
  /** Those of the last window; while held, all since its beginning. */
  readonly falls: readonly Fall[];
  readonly held?: { readonly since: number; readonly cause: string };
  /** Since when nothing speaks for it any more, while held. */
  readonly wellSince?: number;
}

export const CONNECTED: CutOff = { falls: [] };

export interface Seen {
  readonly falls: readonly Fall[];
  /** Whether a target that fell is down still, and nobody but us says so. */
  readonly isDown: (target: string) => boolean;
  /** Why the reference checks are down; undefined when they aren't, or there are none. */
  readonly references: string | undefined;
}

/** @param rule undefined: it is switched off */
export function nextCutOff(before: CutOff, rule: CutOffRule | undefined, seen: Seen, now: number): CutOff {
  if (rule === undefined) return CONNECTED;
  // A target that fell again counts by its last fall.
  const again = new Set(seen.falls.map(({ target }) => target));
  const all = [...before.falls.filter(({ target }) => !again.has(target)), ...seen.falls];
  if (before.held === undefined) {
    const falls = all.filter(({ at, target }) => at > now - rule.window && seen.isDown(target));
    const cause = causeOf(falls, seen.references);
    if (cause === undefined)
      return falls.length === before.falls.length && seen.falls.length === 0 ? before : { falls };
    return { falls, held: { since: now, cause } };
  }
  const { held } = before;
  const falls = all.filter(({ target }) => seen.isDown(target));
  if (causeOf(falls, seen.references) !== undefined) return { falls: all, held };
  const wellSince = before.wellSince ?? now;
  if (now - wellSince >= rule.release) return CONNECTED;
  return { falls: all, held, wellSince };
}

function causeOf(falls: readonly Fall[], references: string | undefined): string | undefined {
  if (references !== undefined) return `reference checks fail: ${references}`;
  if (!needTwoSites(falls)) return undefined;
  const names = falls.slice(0, 3).map(({ target }) => target);
  const more = falls.length > names.length ? ` and ${falls.length - names.length} more` : '';
  return `targets of several sites failed at once: ${names.join(', ')}${more}`;
}

/** Whether no single site serves all of them. A target whose sites nobody knows says nothing of sites. */
export function needTwoSites(falls: readonly Pick<Fall, 'sites'>[]): boolean {
  const known = falls.filter(({ sites }) => sites.length > 0);
  if (known.length < 2) return false;
  const shared = known
    .slice(1)
    .reduce((left, { sites }) => left.filter((site) => sites.includes(site)), known[0].sites);
  return shared.length === 0;
}
