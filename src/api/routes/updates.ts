/** What dynamic updates have made. */
import { audited } from '../../control/audit.ts';
import { Problem } from '../../control/moves/problem.ts';
import { listUpdates, viewKey } from '../../control/updates/update-list.ts';
import { formatName, lowerCase, NameError, parseName, sameName } from '../../wire/name.ts';
import { typeOf } from '../../wire/rdata/index.ts';
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { removedReply, removeUpdatesQuery, updateReply, updatesQuery } from '../schemas/updates.ts';
import { pageOf, problemReplies } from '../schemas.ts';
import { timeText } from '../views.ts';

export function updateRoutes(api: Api, { server }: ApiContext): void {
  const { updates } = server;

  api.get(
    '/updates',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'What dynamic updates have made, RRset by RRset, and what of it files hide',
        querystring: updatesQuery,
        response: { 200: pageOf(updateReply), ...problemReplies },
      },
    },
    async (request) => {
      const { zone, after, limit } = request.query;
      const served = server.last?.zones.map(({ name }) => name) ?? [];
      const only = zone === undefined ? undefined : nameOf('zone', zone);
      const all = listUpdates(updates.stored, updates.hidden, served, only);
      const rest = after === undefined ? all : all.filter((view) => viewKey(view) > after);
      const items = rest
        .slice(0, limit)
        .map(({ at, ...view }) => ({ ...view, records: [...view.records], at: timeText(at) }));
      return { items, ...(rest.length > limit ? { next: viewKey(rest[limit - 1]) } : {}) };
    },
  );

  api.delete(
    '/updates',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Remove what dynamic updates have made: of a zone, of one of its names, or one RRset',
        querystring: removeUpdatesQuery,
        response: { 200: removedReply, ...problemReplies },
      },
    },
    async (request) => {
      const { zone, owner, type, reason } = request.query;
      const apex = nameOf('zone', zone);
      const name = owner === undefined ? undefined : nameOf('owner', owner);
      const number = type === undefined ? undefined : typeOf(type);
      if (type !== undefined && number === undefined) throw new Problem('invalid', `type: ${type} is no record type`);
      const about = [
        formatName(apex),
        ...(name === undefined ? [] : [formatName(name)]),
        ...(type === undefined ? [] : [type]),
      ].join(' ');
      const author = request.principal.name;
      const removed = await updates.remove(
        apex,
        (one, of) => (name === undefined || sameName(one, name)) && (number === undefined || number === of),
        (count) =>
          audited({ at: Date.now(), author, action: 'update-remove', about: `${count} RRsets of ${about}`, reason }),
      );
      if (removed === 0) throw new Problem('not-found', `updates have made nothing like this: ${about}`);
      return { removed };
    },
  );
}

function nameOf(parameter: string, text: string): Uint8Array {
  try {
    const name = parseName(text);
    lowerCase(name);
    return name;
  } catch (error) {
    if (error instanceof NameError) throw new Problem('invalid', `${parameter}: ${error.message}`);
    throw error;
  }
}
