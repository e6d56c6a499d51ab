import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { audited } from '../../control/audit.ts';
import type { ForcedByOperator } from '../../control/forced-states.ts';
import { Problem } from '../../control/moves/problem.ts';
import { unknownGroup } from '../../control/moves/selection.ts';
import { Pointing } from '../../control/pointing.ts';
import type { Server } from '../../control/server.ts';
import { serviceTargets } from '../../control/targets.ts';
import { withdrawalBlockers } from '../../control/withdrawable.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { Family } from '../../steering/model.ts';
import { checkIfMatch, entityTag } from '../conditions.ts';
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { groupReply, serviceReply, stateRequest, targetState, withdrawableReply } from '../schemas/groups.ts';
import { family, listOf, problemReplies } from '../schemas.ts';
import { timeText } from '../views.ts';

const id = z.string().min(1).max(255);
const groupParams = z.object({ group: id });
const targetParams = z.object({ service: id, group: id });
const oneFamily = z.strictObject({
  family: family.optional().describe('Only this family; both unless told otherwise'),
});

export function groupRoutes(api: Api, { server }: ApiContext): void {
  const { publisher, steering } = server;

  api.get(
    '/groups',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Groups of VIPs, and how many hosts each answers for',
        response: { 200: listOf(groupReply), ...problemReplies },
      },
    },
    async () => {
      const world = publisher.world(Date.now());
      if (world === undefined) return { items: [] };
      const { network } = world;
      const pointing = Pointing.in(world, await publisher.counts.all());
      const items = network.groups.map((group) => ({
        id: group.id,
        parent: network.groups[group.parent]?.id ?? null,
        routing: group.routing,
        prefixes: {
          ...(group.prefixes.ipv4 === undefined ? {} : { ipv4: formatPrefix(group.prefixes.ipv4) }),
          ...(group.prefixes.ipv6 === undefined ? {} : { ipv6: formatPrefix(group.prefixes.ipv6) }),
        },
        instances: group.instances.map((site) => network.sites[site].id),
        fallback: group.fallback.map((index) => network.groups[index].id),
        forced: stateBody(server, group.id),
        answers: { ipv4: pointing.at(group.id, 'ipv4').hosts, ipv6: pointing.at(group.id, 'ipv6').hosts },
      }));
      return { items };
    },
  );

  api.get(
    '/groups/:group/withdrawable',
    {
      config: { role: 'viewer' },
      schema: {
        summary: "Whether a group's routes may be withdrawn, and what speaks against it",
        params: groupParams,
        response: { 200: withdrawableReply, ...problemReplies },
      },
    },
    async (request) => {
      const { group } = request.params;
      const blockers = await withdrawalBlockers(publisher, steering.moves.executor.marks, group);
      return {
        group,
        withdrawable: blockers.length === 0,
        blockers: blockers.map(({ until, ...rest }) => ({
          ...rest,
          ...(until === undefined ? {} : { until: timeText(until) }),
        })),
      };
    },
  );

  api.get(
    '/services',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Services, their VIPs and the states of these',
        response: { 200: listOf(serviceReply), ...problemReplies },
      },
    },
    async () => ({ items: serviceTargets(publisher) }),
  );

  stateRoutes(api, server, '/groups/:group/state', groupParams, 'all VIPs of a group');
  stateRoutes(api, server, '/targets/:service/:group/state', targetParams, 'the VIPs of a service in a group');
}

/** What a state is forced on: a group, or a service there. */
type Target = z.ZodType<{ service?: string; group: string }>;

function stateRoutes(api: Api, server: Server, path: string, params: Target, what: string): void {
  const response = { 200: targetState.nullable(), ...problemReplies };

  api.get(
    path,
    {
      config: { role: 'viewer' },
      schema: { summary: `The state forced on ${what}`, params, querystring: oneFamily, response },
    },
    async (request, reply) => {
      const key = targetKey(server, request.params, request.query.family);
      void reply.header('etag', stateTag(server, key));
      return stateBody(server, key);
    },
  );

  api.put(
    path,
    {
      config: { role: 'operator' },
      schema: {
        summary: `Force the state of ${what}: up, down, drained, or auto for none`,
        params,
        querystring: oneFamily,
        body: stateRequest,
        response,
      },
    },
    async (request, reply) => {
      const key = targetKey(server, request.params, request.query.family);
      await force(server, request, key, request.body);
      void reply.header('etag', stateTag(server, key));
      return stateBody(server, key);
    },
  );
}

/** `zurich`, `web/zurich/ipv6`: as steerd.yaml writes targets. @throws Problem `not-found` */
function targetKey(
  { publisher }: Server,
  { service, group }: { service?: string; group: string },
  one: Family | undefined,
): string {
  const { groups = [], services = [] } = publisher.network ?? {};
  if (!groups.some(({ id: known }) => known === group)) throw unknownGroup(publisher, group, 'not-found');
  if (service !== undefined && !services.some(({ id: known }) => known === service)) {
    const known = services.map(({ id: name }) => name).join(', ');
    throw new Problem('not-found', `there is no service ${service}; known: ${known}`);
  }
  return [service, group, one].filter((part) => part !== undefined).join('/');
}

function stateTag({ steering }: Server, key: string): string {
  return entityTag(`state ${key} ${JSON.stringify(steering.states.get(key) ?? null)}`);
}

function stateBody({ steering }: Server, key: string) {
  const forced = steering.states.get(key);
  if (forced === undefined) return null;
  const { state, reason, author, since, expiresAt } = forced;
  return {
    state,
    ...(reason === undefined ? {} : { reason }),
    author: author ?? 'steerd.yaml',
    ...(since === undefined ? {} : { since: timeText(since) }),
    ...(expiresAt === undefined ? {} : { expires_at: timeText(expiresAt) }),
  };
}

async function force(
  server: Server,
  request: FastifyRequest,
  key: string,
  { state, reason, expires_in: expiresIn }: z.output<typeof stateRequest>,
): Promise<void> {
  const now = Date.now();
  const author = request.principal.name;
  const to: ForcedByOperator = {
    state,
    reason,
    author,
    since: now,
    ...(expiresIn === undefined ? {} : { expiresAt: now + expiresIn * 1000 }),
  };
  const entry = audited({ at: now, author, action: 'state', about: `${key} ${state}`, reason });
  await server.steering.force(key, to, [entry], () => checkIfMatch(request, [stateTag(server, key)]));
}
