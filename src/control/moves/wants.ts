/** What the kinds of change want of each host. */
import { type Family, families } from '../../steering/model.ts';
import type { HostOverride } from '../overrides.ts';
import type { Ledger } from './ledger.ts';
import type { Want } from './plan.ts';
import type { MoveRecord, Transition } from './record.ts';

/** What a move planned for each host it has: the transition's place + 1 by host number (overrides.ts), 0 for hosts it has not. */
export type Planned = Uint16Array;

/** These families to a group. */
export function toGroup(ledger: Ledger, group: string, which: readonly Family[]): Want {
  const set = Object.fromEntries(which.map((family) => [family, group]));
  return { of: (now) => ({ set, ...backTo(ledger, now, which) }) };
}

/** Back to the zone file. Hosts without an override are left out. */
export function toZoneFile(ledger: Ledger): Want {
  return {
    of: (now) =>
      now.move4 === 0 && now.move6 === 0 && now.prepare === 0
        ? undefined
        : { set: { ipv4: null, ipv6: null }, ...backTo(ledger, now, families) },
  };
}

/** What a move in preparation was planned to do to those of its hosts it still prepares. */
export function asPrepared(move: MoveRecord, planned: Planned): Want {
  return {
    detail: (host) => planned[host],
    of: (now, detail) => (now.prepare === move.id && detail > 0 ? move.transitions[detail - 1] : undefined),
  };
}

/** Where a move's hosts were before, those and only those families that it still holds. */
export function before(ledger: Ledger, move: MoveRecord, planned: Planned, at: number): Want {
  return {
    detail: (host) => planned[host],
    of(now, detail) {
      if (detail === 0) return undefined;
      if (now.move4 !== move.id && now.move6 !== move.id && now.prepare !== move.id) return undefined;
      const { restore, restoreUntil }: Transition = move.transitions[detail - 1];
      let setUntil = 0;
      const back = (family: Family, holder: number): string | null | undefined => {
        if (holder !== move.id) return undefined;
        const until = restoreUntil?.[family];
        if (until !== undefined && until <= at) return null;
        const group = restore[family] ?? null;
        if (group !== null && until !== undefined) setUntil = Math.max(setUntil, until);
        return group;
      };
      const set = { ipv4: back('ipv4', now.move4), ipv6: back('ipv6', now.move6) };
      return { set, ...(setUntil === 0 ? {} : { setUntil }), ...backTo(ledger, now, families) };
    },
  };
}

/** What would take a change back: the groups that overrides name now, and until when they are meant to. */
function backTo(
  ledger: Ledger,
  now: HostOverride,
  which: readonly Family[],
): Pick<Transition, 'restore' | 'restoreUntil'> {
  const restore = Object.fromEntries(which.map((family) => [family, now[family] ?? null]));
  const ipv4 = expiryOf(ledger, now.move4);
  const ipv6 = expiryOf(ledger, now.move6);
  return ipv4 === undefined && ipv6 === undefined ? { restore } : { restore, restoreUntil: { ipv4, ipv6 } };
}

/** A revert that set back what was to expire expires then too, with the earliest of its hosts. */
function expiryOf(ledger: Ledger, id: number): number | undefined {
  return ledger.get(id)?.expiresAt;
}
