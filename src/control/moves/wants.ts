/** What the kinds of change want of each host. */
import { type Family, families } from '../../steering/model.ts';
import type { HostOverride } from '../overrides.ts';
import type { Want } from './plan.ts';
import type { MoveRecord, Transition } from './record.ts';

/** These families to a group. */
export function toGroup(group: string, which: readonly Family[]): Want {
  const set = Object.fromEntries(which.map((family) => [family, group]));
  return (_, now) => ({ set, ...backTo(now, which) });
}

/** Back to the zone file. Hosts without an override are left out. */
export function toZoneFile(): Want {
  return (_, now) =>
    now.move4 === 0 && now.move6 === 0 && now.prepare === 0
      ? undefined
      : { set: { ipv4: null, ipv6: null }, ...backTo(now, families) };
}

/** What a move in preparation was planned to do to those of its hosts it still prepares. A revert sets what is there by then. */
export function asPrepared(move: MoveRecord, planned: ReadonlyMap<number, Transition>): Want {
  return (host, now) => {
    const set = now.prepare === move.id ? planned.get(host)?.set : undefined;
    return set === undefined ? undefined : { set, ...backTo(now, move.families) };
  };
}

/** Back to the zone file: what a revert had set, for those and only those families whose time is over. */
export function runOut(move: MoveRecord, at: number): Want {
  return (_, now) => {
    const over = (holder: number, until: number | undefined): null | undefined =>
      holder === move.id && (until ?? 0) > 0 && (until ?? 0) <= at ? null : undefined;
    const set = { ipv4: over(now.move4, now.until4), ipv6: over(now.move6, now.until6) };
    return set.ipv4 === undefined && set.ipv6 === undefined ? undefined : { set, ...backTo(now, families) };
  };
}

/** Where a move's hosts were before, those and only those families that it still holds. */
export function before(move: MoveRecord, planned: ReadonlyMap<number, Transition>, at: number): Want {
  return (host, now) => {
    const transition = planned.get(host);
    if (transition === undefined) return undefined;
    if (now.move4 !== move.id && now.move6 !== move.id && now.prepare !== move.id) return undefined;
    const setUntil: { ipv4?: number; ipv6?: number } = {};
    const back = (family: Family, holder: number): string | null | undefined => {
      if (holder !== move.id) return undefined;
      const until = transition.restoreUntil?.[family];
      if (until !== undefined && until <= at) return null;
      const group = transition.restore[family] ?? null;
      if (group !== null && until !== undefined) setUntil[family] = until;
      return group;
    };
    const set = { ipv4: back('ipv4', now.move4), ipv6: back('ipv6', now.move6) };
    const ends = setUntil.ipv4 !== undefined || setUntil.ipv6 !== undefined;
    return { set, ...(ends ? { setUntil } : {}), ...backTo(now, families) };
  };
}

/** What would take a change back: the groups that overrides name now, and until when they are meant to. */
function backTo(now: HostOverride, which: readonly Family[]): Pick<Transition, 'restore' | 'restoreUntil'> {
  const restore = Object.fromEntries(which.map((family) => [family, now[family] ?? null]));
  const ipv4 = now.until4 || undefined;
  const ipv6 = now.until6 || undefined;
  return ipv4 === undefined && ipv6 === undefined ? { restore } : { restore, restoreUntil: { ipv4, ipv6 } };
}
