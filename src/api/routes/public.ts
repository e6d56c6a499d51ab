/** What needs no token: health, metrics and the description of the API. */
import * as z from 'zod';
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { HttpError } from '../problems.ts';
import { problemReplies } from '../schemas.ts';

const status = z.object({ status: z.string() });

export function publicRoutes(api: Api, { server, metrics }: ApiContext, document: () => unknown): void {
  api.get(
    '/healthz',
    { schema: { summary: 'Whether the process lives', security: [], response: { 200: status } } },
    async () => ({ status: 'alive' }),
  );

  api.get(
    '/readyz',
    {
      schema: {
        summary:
          'Whether queries are answered: zones are served, all workers live, and the first round of checks is over',
        security: [],
        response: { 200: status, ...problemReplies },
      },
    },
    async () => {
      if (!server.ready)
        throw new HttpError(
          503,
          'not-ready',
          server.last === undefined
            ? 'nothing is served yet'
            : server.health.isReady
              ? 'a worker is being restarted'
              : 'the first round of checks is not over',
        );
      return { status: 'ready' };
    },
  );

  api.get(
    '/metrics',
    { schema: { summary: 'Metrics in the Prometheus text format', security: [] } },
    async (_request, reply) => {
      void reply.type(metrics.contentType);
      return metrics.render();
    },
  );

  api.get('/openapi.json', { schema: { hide: true } }, async () => document());
}
