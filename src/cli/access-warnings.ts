/** A zone that rules of access name and nobody serves may be a slip: the zone that was meant answers everybody. So it is told of, after each load, once until it comes. */
import type { Settings } from '../config/settings.ts';
import type { ServerEvents } from '../control/server-events.ts';
import { formatName } from '../wire/name.ts';

export function withAccessWarnings(events: ServerEvents, rules: Settings['access']): ServerEvents {
  const named = [...new Set(rules.flatMap(({ zones }) => zones ?? []).map((zone) => formatName(zone)))];
  if (named.length === 0) return events;
  let told: ReadonlySet<string> = new Set();
  return {
    ...events,
    loaded(result, generation) {
      events.loaded(result, generation);
      const served = new Set(result.zones.map(({ name }) => name));
      const missing = named.filter((name) => !served.has(name));
      for (const name of missing)
        if (!told.has(name))
          events.warning(
            `access has a rule for ${name}, which is no zone here: nothing is kept from anybody by it; correct its name or add the zone`,
          );
      told = new Set(missing);
    },
  };
}
