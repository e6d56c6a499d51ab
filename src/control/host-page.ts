/** Pages of the steered hosts, in the order of the tables: that of the zone files, what was edited since last. */
import { TableReader } from '../tables/table-reader.ts';
import { forEachHost } from './cells.ts';
import { findHost } from './find-host.ts';
import { type HostView, hostView } from './host-view.ts';
import type { Ledger } from './moves/ledger.ts';
import { Problem } from './moves/problem.ts';
import type { Selector } from './moves/record.ts';
import { hostTest, wireName } from './moves/selection.ts';
import type { Publisher } from './publisher.ts';

/** No name begins with it. */
const EDITED = '.';

/**
 * @param after the `next` of the page before: its last host, behind a dot when that was among those edited since the tables were made
 * @throws Problem for names the network does not have, and for an `after` that is no host any more
 */
export async function hostPage(
  publisher: Publisher,
  ledger: Ledger,
  select: Selector,
  after: string | undefined,
  limit: number,
): Promise<{ items: HostView[]; next: string | undefined }> {
  const { served } = publisher;
  if (served === undefined) throw new Problem('conflict', 'nothing is served yet');
  // A reader of its own: a load that is published meanwhile must not change what this one walks over.
  const tables = new TableReader();
  tables.use(publisher.arenas.bases[served.base], publisher.arenas.heads[served.head]);
  const from = after === undefined ? 0 : startAt(tables, publisher.seed, after);
  const matches = hostTest(publisher, select);
  const items: HostView[] = [];
  let more = false;
  let last = '';
  await forEachHost(
    tables,
    publisher.seed,
    (node) => {
      const now = publisher.served;
      // Its arenas may be written again at the next load.
      if (now?.base !== served.base || now.head !== served.head)
        throw new Problem('conflict', 'the zone data changed while the list was made; ask again');
      if (!matches(node)) return true;
      if (items.length === limit) {
        more = true;
        return false;
      }
      const view = hostView(publisher, tables, ledger, node);
      if (view !== undefined) {
        items.push(view);
        last = node < 0 ? `${EDITED}${view.name}` : view.name;
      }
      return true;
    },
    from,
  );
  return { items, next: more ? last : undefined };
}

function startAt(tables: TableReader, seed: number, after: string): number {
  const edited = after.startsWith(EDITED);
  const text = edited ? after.slice(EDITED.length) : after;
  const name = wireName(text);
  const node = name === undefined ? 0 : findHost(tables, name, seed);
  // It was edited between the pages: those after its old place have not been told of yet.
  const at = node < 0 && !edited ? tables.underneath(node, seed) : node;
  if (at === 0 || (edited && node > 0))
    throw new Problem('conflict', `${text} is not where it was, or no host any more; begin the list anew`);
  return at;
}
