/** Zones that come from other servers: how they do, and asking for them now. */
import * as z from 'zod';
import { audited } from '../../control/audit.ts';
import { Problem } from '../../control/moves/problem.ts';
import type { SecondaryStatus } from '../../transfer/incoming/messages.ts';
import { formatName, lowerCase, NameError, parseName } from '../../wire/name.ts';
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { secondaryReply, secondaryRequest } from '../schemas/secondary.ts';
import { listOf, problemReplies } from '../schemas.ts';
import { timeText } from '../views.ts';

export function secondaryRoutes(api: Api, { server }: ApiContext): void {
  api.get(
    '/secondary',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Zones that come from other servers, and how they do',
        response: { 200: listOf(secondaryReply), ...problemReplies },
      },
    },
    async () => {
      const served = new Map((server.last?.zones ?? []).map(({ name, serial }) => [name, serial]));
      const statuses = [...(server.secondaries?.statuses ?? [])];
      return { items: statuses.map(([name, status]) => statusBody(name, status, served.get(name))) };
    },
  );

  api.post(
    '/secondary/:zone/refresh',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Ask the primary of a zone now',
        params: z.object({ zone: z.string().min(1).max(1024) }),
        body: secondaryRequest.nullish(),
        response: { 200: z.object({ ok: z.boolean() }), ...problemReplies },
      },
    },
    async (request) => {
      const zone = zoneName(request.params.zone);
      const { whole = false, reason } = request.body ?? {};
      if (server.secondaries?.isFollowed(zone) !== true)
        throw new Problem('not-found', `${zone} is no zone of secondary.zones`);
      const action = whole ? 'retransfer' : 'refresh';
      const entry = { at: Date.now(), author: request.principal.name, action, about: zone };
      const wanted = whole ? [server.secondaries.retransferWanted(zone)] : [];
      await server.store.commit([...wanted, audited(reason === undefined ? entry : { ...entry, reason })]);
      server.secondaries.refresh(zone, whole);
      return { ok: true };
    },
  );
}

function statusBody(
  name: string,
  { state, primary, serial, checkedAt, nextAt, expiresAt, retransfer, problem }: SecondaryStatus,
  served: number | undefined,
): z.input<typeof secondaryReply> {
  return {
    name,
    state,
    primary,
    ...(serial === undefined ? {} : { serial, served: served ?? serial }),
    ...(checkedAt === undefined ? {} : { checked_at: timeText(checkedAt) }),
    next_at: timeText(nextAt),
    ...(expiresAt === undefined ? {} : { expires_at: timeText(expiresAt) }),
    retransfer,
    ...(problem === undefined ? {} : { problem }),
  };
}

function zoneName(text: string): string {
  try {
    const name = parseName(text);
    lowerCase(name);
    return formatName(name);
  } catch (error) {
    if (error instanceof NameError) throw new Problem('invalid', error.message);
    throw error;
  }
}
