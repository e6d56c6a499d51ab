/** What concerns the server as a whole: zones, reloads, the audit trail, events, tokens. */
import * as z from 'zod';
import { audited, listAudit } from '../../control/audit.ts';
import { Problem } from '../../control/moves/problem.ts';
import type { Token } from '../../control/tokens.ts';
import { LOCAL } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { serveEvents } from '../event-source.ts';
import type { Api } from '../plugin.ts';
import { zoneReply } from '../schemas/hosts.ts';
import { auditReply, decisionReply, reloadReply, tokenReply, tokenRequest } from '../schemas/operations.ts';
import { listOf, pageOf, pageQuery, problemReplies, reason } from '../schemas.ts';
import { decisionView, timeText } from '../views.ts';

export function operationRoutes(api: Api, { server, tokens, events }: ApiContext): void {
  api.get(
    '/zones',
    {
      config: { role: 'viewer' },
      schema: { summary: 'Zones', response: { 200: listOf(zoneReply), ...problemReplies } },
    },
    async () => ({
      items: (server.last?.zones ?? []).map(({ name, file, serial, hosts, records }) => ({
        name,
        file,
        serial,
        hosts,
        records,
      })),
    }),
  );

  api.post(
    '/reload',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Load the zone files and network.yaml again, and return when they are served',
        body: z.object({ reason: reason.optional() }).strict().nullish(),
        response: { 200: reloadReply, ...problemReplies },
      },
    },
    async (request) => {
      const why = request.body?.reason;
      const entry = { at: Date.now(), author: request.principal.name, action: 'reload', about: 'zone files' };
      await server.store.commit([audited(why === undefined ? entry : { ...entry, reason: why })]);
      if (!(await server.reload()))
        throw new Problem(
          'conflict',
          'the files have mistakes (the log and steerd check tell them); the last good set is served on',
        );
      return { ok: true, generation: server.publisher.generation.generation, zones: server.last?.zones.length ?? 0 };
    },
  );

  api.get(
    '/audit',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Who did what, when, and why: newest first',
        querystring: pageQuery,
        response: { 200: pageOf(auditReply), ...problemReplies },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const found = await listAudit(server.store, limit + 1, after);
      const items = found.slice(0, limit).map(({ entry }) => ({ ...entry, at: timeText(entry.at) }));
      return { items, ...(found.length > limit ? { next: found[limit - 1].key } : {}) };
    },
  );

  api.get(
    '/decisions',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Changes of what is answered, by health, force or policy: newest first',
        querystring: pageQuery,
        response: { 200: pageOf(decisionReply), ...problemReplies },
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const found = await server.decisions.list(limit + 1, after);
      const items = found.slice(0, limit).map(({ decision }) => decisionView(decision));
      return { items, ...(found.length > limit ? { next: found[limit - 1].key } : {}) };
    },
  );

  api.get(
    '/events',
    {
      config: { role: 'viewer' },
      schema: {
        summary:
          'What happens, as server-sent events: move, state, decision, freeze, guard, verdict, cut_off, loaded, reload_refused, worker_restarted, checker_replaced, warning',
        description: 'A client that was cut off goes on with `Last-Event-ID`.',
        headers: z.object({ 'last-event-id': z.coerce.number().int().min(0).optional() }),
      },
    },
    async (request, reply) => {
      const { id } = request.principal;
      const mayListen = (): boolean => id === LOCAL || tokens.inUse(id, Date.now());
      serveEvents(events, request.headers['last-event-id'], mayListen, reply);
    },
  );

  api.get(
    '/tokens',
    {
      config: { role: 'admin' },
      schema: { summary: 'Tokens', response: { 200: listOf(tokenReply), ...problemReplies } },
    },
    async () => ({ items: tokens.list().map(tokenBody) }),
  );

  api.post(
    '/tokens',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Make a token. Its text is in this reply and nowhere else.',
        body: tokenRequest,
        response: { 200: tokenReply.extend({ token: z.string() }), ...problemReplies },
      },
    },
    async (request) => {
      const { name, role, expires_in: expiresIn } = request.body;
      const now = Date.now();
      const author = request.principal.name;
      const { token, text } = await tokens.create(
        name,
        role,
        expiresIn === undefined ? undefined : now + expiresIn * 1000,
        ({ id }) => [audited({ at: now, author, action: 'token-create', about: `${name} (${id}, ${role})` })],
      );
      return { ...tokenBody(token), token: text };
    },
  );

  api.delete(
    '/tokens/:token',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Revoke a token, by name or id',
        params: z.object({ token: z.string().min(1).max(64) }),
        response: { 200: tokenReply, ...problemReplies },
      },
    },
    async (request) => {
      const author = request.principal.name;
      const token = await tokens.revoke(request.params.token, ({ id, name }) => [
        audited({ at: Date.now(), author, action: 'token-revoke', about: `${name} (${id})` }),
      ]);
      return tokenBody(token);
    },
  );
}

function tokenBody({ id, name, role, created, expiresAt, revoked }: Token) {
  return {
    id,
    name,
    role,
    created_at: timeText(created),
    ...(expiresAt === undefined ? {} : { expires_at: timeText(expiresAt) }),
    ...(revoked === undefined ? {} : { revoked_at: timeText(revoked) }),
  };
}
