import * as z from 'zod';
import { type Answered, explainAnswer, type Step } from '../../control/explain.ts';
import { askedClient } from '../../control/explain-client.ts';
import { findHost } from '../../control/find-host.ts';
import { hostPage } from '../../control/host-page.ts';
import { type HostView, hostView, overrideNotes } from '../../control/host-view.ts';
import { Problem } from '../../control/moves/problem.ts';
import { wireName } from '../../control/moves/selection.ts';
import { answersAt } from '../../control/past.ts';
import type { Server } from '../../control/server.ts';
import { typeOf } from '../../wire/rdata/index.ts';
import { checkIfMatch, entityTag } from '../conditions.ts';
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { explainReply } from '../schemas/explain.ts';
import { hostReply } from '../schemas/hosts.ts';
import { moveReply } from '../schemas/moves.ts';
import { pageOf, pageQuery, problemReplies, reason, selectorFields, time } from '../schemas.ts';
import { hostBody, moveView, pastView, stepBody, timeText } from '../views.ts';
import { movesTag } from './moves.ts';

/** A host's tag: also what `If-Match` of a move of this host alone may name. */
export function hostTag(view: HostView): string {
  return entityTag(`host ${view.name} ${view.version}`);
}

/** @throws Problem `not-found` */
export function mustFindHost({ publisher, steering }: Server, text: string): HostView {
  const name = wireName(text);
  const node = name === undefined ? 0 : findHost(publisher.tables, name, publisher.seed);
  const view = node === 0 ? undefined : hostView(publisher, publisher.tables, steering.moves.ledger, node);
  if (view === undefined) throw new Problem('not-found', `${text} is no steered host that is served here`);
  return view;
}

const params = z.object({ name: z.string().min(1).max(1024) });

export function hostRoutes(api: Api, { server }: ApiContext): void {
  const { publisher, steering } = server;
  const { moves } = steering;

  api.get(
    '/hosts',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Steered hosts, in the order of the zone files',
        querystring: pageQuery.extend(selectorFields),
        response: { 200: pageOf(hostReply), ...problemReplies },
      },
    },
    async (request, reply) => {
      const { after, limit, ...select } = request.query;
      const { items, next } = await hostPage(publisher, moves.ledger, select, after, limit);
      void reply.header('etag', movesTag(server));
      return { items: items.map(hostBody), ...(next === undefined ? {} : { next }) };
    },
  );

  api.get(
    '/hosts/:name',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'A host: groups, override, addresses and why',
        params,
        response: { 200: hostReply, ...problemReplies },
      },
    },
    async (request, reply) => {
      const view = mustFindHost(server, request.params.name);
      void reply.header('etag', hostTag(view));
      return hostBody(view);
    },
  );

  api.delete(
    '/hosts/:name/override',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Return a host to its zone file',
        params,
        querystring: z.strictObject({ reason: reason.optional() }),
        response: { 200: moveReply, ...problemReplies },
      },
    },
    async (request) => {
      const { name } = request.params;
      mustFindHost(server, name);
      const record = await moves.release([name], request.query.reason ?? 'returned to its zone file', {
        author: request.principal.name,
        precondition: () => checkIfMatch(request, [hostTag(mustFindHost(server, name))]),
      });
      return moveView(record, Date.now(), undefined, await moves.firstHosts(record));
    },
  );

  api.get(
    '/explain',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The answer to a question, and why it is that one',
        querystring: z.strictObject({
          name: z.string().min(1).max(1024),
          type: z.string().max(20).optional().describe('A and AAAA unless told otherwise'),
          at: time.optional().describe('Also what was answered at this time'),
          client: z
            .string()
            .max(64)
            .optional()
            .describe(
              'The client: an address, or a country (ISO 3166-1 alpha-2); without it one of whom nothing is known',
            ),
        }),
        response: { 200: explainReply, ...problemReplies },
      },
    },
    async (request) => {
      const { name: text, type: typeText, client, at } = request.query;
      const name = wireName(text);
      if (name === undefined) throw new Problem('invalid', `name: ${text} is no domain name`);
      const asked = client === undefined ? undefined : askedClient(client);
      if (client !== undefined && asked === undefined)
        throw new Problem('invalid', `client: ${client} is no IP address and no country`);
      const type = typeText === undefined ? undefined : typeOf(typeText.toUpperCase());
      if (typeText !== undefined && type === undefined)
        throw new Problem('invalid', `type: ${typeText} is no record type`);
      const steps = explainAnswer(answeredBy(server), name, type, asked);
      return {
        name: steps[0].name,
        type: typeText?.toUpperCase() ?? 'A, AAAA',
        generation: publisher.generation.generation,
        steps: steps.map(stepBody),
        ...(at === undefined ? {} : { past: await pastOf(server, steps, Date.parse(at)) }),
      };
    },
  );
}

async function pastOf(
  { publisher, steering, store }: Server,
  steps: readonly Step[],
  at: number,
): Promise<z.input<typeof explainReply>['past']> {
  const { name, wildcard, result } = steps[steps.length - 1];
  if (at > Date.now()) throw new Problem('invalid', 'at: that is in the future');
  const host = wireName(wildcard ?? name);
  const past =
    result === 'steered' && host !== undefined && (await answersAt(publisher, steering.moves, store, host, at));
  if (!past) throw new Problem('invalid', `at: ${name} is no steered host`);
  return { at: timeText(at), name: wildcard ?? name, ipv4: pastView(past.ipv4), ipv6: pastView(past.ipv6) };
}

function answeredBy({ publisher, steering }: Server): Answered {
  const { tables, seed, assignments, overrides, clients } = publisher;
  const world = publisher.world(Date.now());
  if (world === undefined) throw new Problem('conflict', 'nothing is served yet');
  return {
    tables,
    seed,
    world,
    clients,
    resolved: assignments.resolved,
    keys: assignments.keys,
    overrides: (node) => overrideNotes(steering.moves.ledger, overrides.get(overrides.at(node))),
  };
}
