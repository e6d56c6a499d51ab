/** Classes of clients as a server would make them of the files, in this process. */
import type { Settings } from '../config/settings.ts';
import { clientClasses, looksAtClients } from '../feeds/geo/client-classes.ts';
import { writeClients } from '../feeds/geo/client-writer.ts';
import { GeoFiles } from '../feeds/geo/geo-files.ts';
import type { Network, World } from '../steering/model.ts';
import { ClientArena } from '../tables/arena.ts';
import { ClientReader } from '../tables/client-reader.ts';

/** Databases are read only if a policy looks at clients. */
export function offlineClients(
  network: Network,
  geo: Settings['geo'],
): { classes: World['classes']; reader: ClientReader } {
  const files = new GeoFiles({ country: geo.countryDatabase, asn: geo.asnDatabase });
  if (network.policies.some(looksAtClients))
    for (const problem of files.refresh().problems) process.stderr.write(`${problem}\n`);
  const made = clientClasses(network, files.databases);
  const arena = new ClientArena();
  writeClients(arena, made);
  const reader = new ClientReader();
  reader.use(arena);
  return { classes: made.classes, reader };
}
