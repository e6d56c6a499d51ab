/** What would follow from changes. */
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { whatIfReply, whatIfRequest } from '../schemas/whatif.ts';
import { problemReplies } from '../schemas.ts';
import { rulesOf, whatIfView } from '../whatif-view.ts';

export function whatIfRoutes(api: Api, { server }: ApiContext): void {
  api.post(
    '/whatif',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'What would follow from failures, more load, moves and changes of prefixes; nothing is changed',
        body: whatIfRequest,
        response: { 200: whatIfReply, ...problemReplies },
      },
    },
    async (request) => {
      return whatIfView(await server.whatIfs.ask(request.body.changes, rulesOf(request.body)));
    },
  );
}
