import * as z from 'zod';
import { FIRST_HOSTS } from '../../control/moves/executor.ts';
import type { MoveRequest } from '../../control/moves/moves.ts';
import { Problem } from '../../control/moves/problem.ts';
import { type MoveRecord, moveStatuses, statusOf } from '../../control/moves/record.ts';
import type { Server } from '../../control/server.ts';
import { checkIfMatch, entityTag, Idempotency, Replay } from '../conditions.ts';
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { moveBody, movedHost, moveReply } from '../schemas/moves.ts';
import { pageOf, pageQuery, problemReplies, reason } from '../schemas.ts';
import { movedHosts, moveView } from '../views.ts';
import { hostTag, mustFindHost } from './hosts.ts';

/** `prepare: true`, in seconds. */
const PREPARE_TTL = 5;

/** The tag of all moves together, which the list of hosts has too: any change of an override changes it. */
export function movesTag({ steering }: Server): string {
  const { nextId, nextOrder } = steering.moves.ledger;
  return entityTag(`moves ${nextId} ${nextOrder}`);
}

function moveTag(move: MoveRecord): string {
  return entityTag(`move ${move.id} ${move.order ?? 0} ${move.ended?.how ?? ''}`);
}

const params = z.object({ id: z.coerce.number().int().min(1) });

export function moveRoutes(api: Api, { server }: ApiContext): void {
  const { moves, progress } = server.steering;

  const mustFind = (id: number): MoveRecord => {
    const move = moves.ledger.get(id);
    if (move === undefined) throw new Problem('not-found', `there is no move ${id}`);
    return move;
  };

  const full = async (move: MoveRecord) =>
    moveView(move, Date.now(), progress.askedAgain(move.id), await moves.firstHosts(move));

  /** Runs a change once, however often it is posted under one key. */
  const once = async (change: () => Promise<MoveRecord>): Promise<{ move: MoveRecord; replayed: boolean }> => {
    try {
      return { move: await change(), replayed: false };
    } catch (error) {
      if (error instanceof Replay) return { move: mustFind(error.move), replayed: true };
      throw error;
    }
  };

  api.post(
    '/moves',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Move hosts to a group: all together, or none',
        body: moveBody,
        response: { 200: moveReply, ...problemReplies },
      },
    },
    async (request, reply) => {
      const { dry_run: dryRun = false, ...asked } = request.body;
      const wanted = moveRequest(asked);
      const author = request.principal.name;
      const precondition = (): void => {
        const [single, ...more] = wanted.hosts ?? [];
        const alone = single !== undefined && more.length === 0;
        checkIfMatch(request, [movesTag(server), ...(alone ? [hostTag(mustFindHost(server, single))] : [])]);
      };
      if (dryRun) {
        precondition();
        const { move, list } = await moves.preview(wanted, author);
        const { id: _, ...view } = moveView(move, Date.now(), undefined, list);
        return view;
      }
      const idempotency = new Idempotency(server.store, request);
      const { move, replayed } = await once(() =>
        moves.create(wanted, {
          author,
          beside: ({ id }) => idempotency.remember(id),
          precondition: async () => {
            await idempotency.check();
            precondition();
          },
        }),
      );
      void reply.header('etag', movesTag(server));
      if (replayed) void reply.header('idempotent-replayed', 'true');
      return full(move);
    },
  );

  api.get(
    '/moves',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Moves, newest first',
        querystring: pageQuery.extend({ status: z.enum(moveStatuses).optional() }),
        response: { 200: pageOf(moveReply), ...problemReplies },
      },
    },
    async (request, reply) => {
      const { after, limit, status } = request.query;
      const before = after === undefined ? Number.POSITIVE_INFINITY : Number(after);
      if (Number.isNaN(before)) throw new Problem('invalid', 'after: give the next of the page before');
      const now = Date.now();
      const found = [...moves.ledger.all()]
        .filter((move) => move.id < before && (status === undefined || statusOf(move, now) === status))
        .sort((a, b) => b.id - a.id);
      const items = found.slice(0, limit);
      void reply.header('etag', movesTag(server));
      const next = found.length > limit ? String(items[items.length - 1].id) : undefined;
      return { items: items.map((move) => moveView(move, now)), ...(next === undefined ? {} : { next }) };
    },
  );

  api.get(
    '/moves/:id',
    {
      config: { role: 'viewer' },
      schema: { summary: 'A move and how far it is', params, response: { 200: moveReply, ...problemReplies } },
    },
    async (request, reply) => {
      const move = mustFind(request.params.id);
      void reply.header('etag', moveTag(move));
      return full(move);
    },
  );

  api.get(
    '/moves/:id/hosts',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The hosts of a move, with old and new addresses',
        params,
        querystring: pageQuery,
        response: { 200: pageOf(movedHost), ...problemReplies },
      },
    },
    async (request) => {
      const move = mustFind(request.params.id);
      const { after, limit = FIRST_HOSTS } = request.query;
      const { list, next } = await moves.hostPage(move, after, limit);
      return { items: movedHosts(move, list), ...(next === undefined ? {} : { next }) };
    },
  );

  api.post(
    '/moves/:id/revert',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Take a move back: hosts it still holds go where they were before',
        params,
        body: z.object({ reason }).strict(),
        response: { 200: moveReply, ...problemReplies },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const idempotency = new Idempotency(server.store, request);
      const { move, replayed } = await once(() =>
        moves.revert(id, request.body.reason, {
          author: request.principal.name,
          beside: (record) => idempotency.remember(record.id),
          precondition: async () => {
            await idempotency.check();
            checkIfMatch(request, [moveTag(mustFind(id))]);
          },
        }),
      );
      if (replayed) void reply.header('idempotent-replayed', 'true');
      return full(move);
    },
  );
}

function moveRequest(body: Omit<z.output<typeof moveBody>, 'dry_run'>): MoveRequest {
  const { at, expires_in: expiresIn, prepare, ...rest } = body;
  return {
    ...rest,
    ...(at === undefined ? {} : { at: Date.parse(at) }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
    ...(prepare === undefined ? {} : { prepareTtl: prepare === true ? PREPARE_TTL : prepare }),
  };
}
