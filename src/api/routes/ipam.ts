/** What the operator's addresses are used for. */
import { demandsOf } from '../../control/demands.ts';
import { Problem } from '../../control/moves/problem.ts';
import { ipam } from '../../steering/ipam/ipam.ts';
import type { ApiContext } from '../context.ts';
import type { Api } from '../plugin.ts';
import { ipamReply } from '../schemas/ipam.ts';
import { problemReplies } from '../schemas.ts';
import { ipamView } from '../views.ts';

export function ipamRoutes(api: Api, { server }: ApiContext): void {
  api.get(
    '/ipam',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'What addresses are used for, what more IPv4 would bring, and what to announce and register',
        response: { 200: ipamReply, ...problemReplies },
      },
    },
    async () => {
      const counts = await server.publisher.counts.all();
      const world = server.publisher.world(Date.now());
      if (world === undefined) throw new Problem('conflict', 'nothing is served yet');
      return ipamView(ipam(world.network, demandsOf(counts, world.assignments), server.observedAnswers));
    },
  );
}
