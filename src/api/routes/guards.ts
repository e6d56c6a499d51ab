/** Guards: what they hold, and freezes. */
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { audited } from '../../control/audit.ts';
import type { FreezeRecord } from '../../control/freezes.ts';
import { guardView } from '../../control/guard-view.ts';
import { loadView } from '../../control/load-view.ts';
import { Problem } from '../../control/moves/problem.ts';
import type { Server } from '../../control/server.ts';
import { NO_LOAD } from '../../steering/load/diversion.ts';
import { checkIfMatch, entityTag } from '../conditions.ts';
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { freezeReply, freezeRequest, guardsReply } from '../schemas/guards.ts';
import { problemReplies, reason } from '../schemas.ts';
import { holdBody, timeText } from '../views.ts';

/** The longest an order to change nothing may last: who forgets it must not find it a year later. */
const MOST_FROZEN_MS = 31 * 24 * 3600 * 1000;

export function guardRoutes(api: Api, { server }: ApiContext): void {
  const { publisher, steering } = server;

  api.get(
    '/guards',
    {
      config: { role: 'viewer' },
      schema: {
        summary:
          'What guards hold back now and why, groups that take no new hosts by themselves, freezes, and what was unsteady lately',
        response: { 200: guardsReply, ...problemReplies },
      },
    },
    async () => {
      const { limits, blastRadius, closed, holds, penalties } = guardView(publisher, Date.now());
      const { diversions, overloads } = loadView(publisher.history.load ?? NO_LOAD);
      return {
        freezes: steering.freezes.list().map(({ group, freeze }) => freezeBody(group, freeze)),
        holds: holds.map(({ target, seen, hold }) => ({ target, seen, ...holdBody(hold) })),
        closed: closed.map(({ since, ...each }) => ({ ...each, since: timeText(since) })),
        blast_radius: blastRadius === undefined ? null : { ...blastRadius, interval: blastRadius.interval / 1000 },
        limits: limits.map(({ guard, site, groups, isExceeded, message }) => ({
          guard,
          site,
          groups: [...groups],
          exceeded: isExceeded,
          message,
        })),
        diversions: diversions.map(({ to, since, ...each }) => ({ ...each, to: [...to], since: timeText(since) })),
        overloads: overloads.map(({ since, ...each }) => ({ ...each, since: timeText(since) })),
        penalties: [...penalties],
      };
    },
  );

  freezeRoutes(api, server, '/freeze', z.object({}), 'all automatic changes');
  freezeRoutes(
    api,
    server,
    '/groups/:group/freeze',
    z.object({ group: z.string().min(1).max(255) }),
    "automatic changes that a group's targets would cause",
  );
}

function freezeRoutes(
  api: Api,
  server: Server,
  path: string,
  params: z.ZodType<{ group?: string }>,
  what: string,
): void {
  const { freezes } = server.steering;
  const response = { 200: freezeReply.nullable(), ...problemReplies };
  const body = (group: string | undefined) => {
    const freeze = freezes.get(group);
    return freeze === undefined ? null : freezeBody(group, freeze);
  };

  api.get(
    path,
    { config: { role: 'viewer' }, schema: { summary: `The freeze of ${what}, or null`, params, response } },
    async (request, reply) => {
      const { group } = request.params;
      void reply.header('etag', freezeTag(server, group));
      return body(group);
    },
  );

  api.put(
    path,
    {
      config: { role: 'operator' },
      schema: { summary: `Freeze ${what} until a time`, params, body: freezeRequest, response },
    },
    async (request, reply) => {
      const { group } = request.params;
      const { until, for: lasting, leave_dead: leaveDead, reason: why } = request.body;
      const now = Date.now();
      const end = lasting === undefined ? Date.parse(until as string) : now + lasting * 1000;
      if (end <= now) throw new Problem('invalid', 'until: this time is over already');
      if (end > now + MOST_FROZEN_MS) throw new Problem('invalid', 'a freeze lasts 31 days at most');
      const author = request.principal.name;
      const to: FreezeRecord = { until: end, leaveDead, reason: why, author, since: now };
      await change(server, request, group, to, { author, reason: why });
      void reply.header('etag', freezeTag(server, group));
      return body(group);
    },
  );

  api.delete(
    path,
    {
      config: { role: 'operator' },
      schema: {
        summary: `End the freeze of ${what}: what waited happens now`,
        params,
        querystring: z.strictObject({ reason }),
        response,
      },
    },
    async (request) => {
      const { group } = request.params;
      if (freezes.get(group) === undefined)
        throw new Problem('not-found', group === undefined ? 'nothing is frozen as a whole' : `${group} is not frozen`);
      const by = { author: request.principal.name, reason: request.query.reason };
      await change(server, request, group, undefined, by);
      return null;
    },
  );
}

async function change(
  server: Server,
  request: FastifyRequest,
  group: string | undefined,
  to: FreezeRecord | undefined,
  by: Pick<FreezeRecord, 'author' | 'reason'>,
): Promise<void> {
  const how =
    to === undefined ? 'ended' : `until ${timeText(to.until)}${to.leaveDead ? ', dead targets are left' : ''}`;
  const entry = audited({ at: Date.now(), action: 'freeze', about: `${group ?? 'all groups'}: ${how}`, ...by });
  const precondition = (): void => checkIfMatch(request, [freezeTag(server, group)]);
  await server.steering.freeze(group, to, by, [entry], precondition);
}

function freezeTag({ steering }: Server, group: string | undefined): string {
  return entityTag(`freeze ${group ?? ''} ${JSON.stringify(steering.freezes.get(group) ?? null)}`);
}

function freezeBody(
  group: string | undefined,
  { until, leaveDead, reason: why, author, since }: FreezeRecord,
): z.input<typeof freezeReply> {
  return {
    group: group ?? null,
    since: timeText(since),
    until: timeText(until),
    leave_dead: leaveDead,
    reason: why,
    author,
  };
}
