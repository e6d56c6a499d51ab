/** Groups, services and forced states over HTTP. */
import * as z from 'zod';
import { targetStates } from '../../steering/model.ts';
import { duration, family, reason, time } from '../schemas.ts';

export const targetState = z.object({
  state: z.enum(['up', 'down', 'drained', 'auto']),
  reason: z.string().optional(),
  author: z.string().optional(),
  since: time.optional(),
  expires_at: time.optional(),
});

export const stateRequest = z
  .object({ state: z.enum(['up', 'down', 'drained', 'auto']), reason, expires_in: duration.optional() })
  .strict();

export const groupReply = z.object({
  id: z.string(),
  parent: z.string().nullable(),
  routing: z.object({ ipv4: z.string(), ipv6: z.string() }),
  prefixes: z.object({ ipv4: z.string().optional(), ipv6: z.string().optional() }),
  instances: z.array(z.string()),
  fallback: z.array(z.string()),
  forced: targetState.nullable(),
  answers: z.object({ ipv4: z.number(), ipv6: z.number() }).describe('Hosts answered with its VIPs now'),
});

export const serviceReply = z.object({
  id: z.string(),
  targets: z.array(
    z.object({
      group: z.string(),
      family,
      address: z.string(),
      state: z.enum(targetStates).describe('held: usable again, but a guard does not let hosts come back yet'),
      forced: z.boolean(),
    }),
  ),
});

export const withdrawableReply = z.object({
  group: z.string(),
  withdrawable: z.boolean(),
  blockers: z.array(
    z.object({
      family,
      kind: z.enum(['answers', 'fallback', 'record', 'recent', 'shared-prefix']),
      detail: z.string(),
      hosts: z.number().optional(),
      until: time.optional(),
    }),
  ),
});
