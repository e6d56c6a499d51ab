/** Guards that speak up. */
import type { History } from '../guards/history.ts';
import type { GuardName } from '../guards/rules.ts';

export interface GuardTrip {
  readonly guard: GuardName;
  /** The target it holds (`web/zurich/ipv6`), the group and family it closes (`zurich/ipv6`), or the link that has too much and nowhere to shed it to (`zrh-transit/in`). */
  readonly about: string;
  readonly cause: string;
  /** Unix milliseconds: when it looks again at the latest; undefined when nobody can tell. */
  readonly until?: number;
}

/** By what tells one from another, all that guards hold and close. */
export function tripsIn({ targets, routes, load }: History): Map<string, GuardTrip> {
  const found = new Map<string, GuardTrip>();
  const note = (trip: GuardTrip): void => {
    found.set(`${trip.guard} ${trip.about}`, trip);
  };
  for (const [about, { hold }] of targets)
    if (hold !== undefined) note({ guard: hold.guard, about, cause: hold.cause, until: hold.until });
  for (const [about, { by }] of routes) for (const { guard, cause } of by) note({ guard, about, cause });
  for (const [about, { cause }] of load?.overloads ?? []) note({ guard: 'capacity', about, cause });
  return found;
}
