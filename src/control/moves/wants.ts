/** What the kinds of change want of each host. */
import { type Family, families } from '../../steering/model.ts';
import type { HostColumn, HostOverride } from '../overrides.ts';
import type { Want } from './plan.ts';
import type { MoveRecord, Transition } from './record.ts';

/** What a move planned for each host it has: the transition's place + 1, 0 for hosts it has not. */
export type Planned = HostColumn;

/** These families to a group. */
export function toGroup(group: string, which: readonly Family[]): Want {
  const set = Object.fromEntries(which.map((family) => [family, group]));
  return { of: (now) => ({ set, ...backTo(now, which) }) };
}

/** Back to the zone file. Hosts without an override are left out. */
export function toZoneFile(): Want {
  return {
    of: (now) =>
      now.move4 === 0 && now.move6 === 0 && now.prepare === 0
        ? undefined
        : { set: { ipv4: null, ipv6: null }, ...backTo(now, families) },
  };
}

/** What a move in preparation was planned to do to those of its hosts it still prepares. A revert sets what is there by then. */
export function asPrepared(move: MoveRecord, planned: Planned): Want {
  return {
    detail: (host) => planned.get(host),
    of: (now, detail) =>
      now.prepare === move.id && detail > 0
        ? { set: move.transitions[detail - 1].set, ...backTo(now, move.families) }
        : undefined,
  };
}

/** Back to the zone file: what a revert had set, for those and only those families whose time is over. */
export function runOut(move: MoveRecord, at: number): Want {
  return {
    of(now) {
      const over = (holder: number, until = 0): null | undefined =>
        holder === move.id && until > 0 && until <= at ? null : undefined;
      const set = { ipv4: over(now.move4, now.until4), ipv6: over(now.move6, now.until6) };
      return set.ipv4 === undefined && set.ipv6 === undefined ? undefined : { set, ...backTo(now, families) };
    },
  };
}

/** Where a move's hosts were before, those and only those families that it still holds. */
export function before(move: MoveRecord, planned: Planned, at: number): Want {
  return {
    detail: (host) => planned.get(host),
    of(now, detail) {
      if (detail === 0) return undefined;
      if (now.move4 !== move.id && now.move6 !== move.id && now.prepare !== move.id) return undefined;
      const { restore, restoreUntil } = move.transitions[detail - 1];
      const setUntil: { ipv4?: number; ipv6?: number } = {};
      const back = (family: Family, holder: number): string | null | undefined => {
        if (holder !== move.id) return undefined;
        const until = restoreUntil?.[family];
        if (until !== undefined && until <= at) return null;
        const group = restore[family] ?? null;
        if (group !== null && until !== undefined) setUntil[family] = until;
        return group;
      };
      const set = { ipv4: back('ipv4', now.move4), ipv6: back('ipv6', now.move6) };
      const ends = setUntil.ipv4 !== undefined || setUntil.ipv6 !== undefined;
      return { set, ...(ends ? { setUntil } : {}), ...backTo(now, families) };
    },
  };
}

/** What would take a change back: the groups that overrides name now, and until when they are meant to. */
function backTo(now: HostOverride, which: readonly Family[]): Pick<Transition, 'restore' | 'restoreUntil'> {
  const restore = Object.fromEntries(which.map((family) => [family, now[family] ?? null]));
  const ipv4 = now.until4 || undefined;
  const ipv6 = now.until6 || undefined;
  return ipv4 === undefined && ipv6 === undefined ? { restore } : { restore, restoreUntil: { ipv4, ipv6 } };
}
