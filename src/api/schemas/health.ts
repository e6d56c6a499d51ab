/** What health checks see, over HTTP. */
import * as z from 'zod';
import { targetStates } from '../../steering/model.ts';
import { duration, family, reason, time } from '../schemas.ts';

export const health = z.enum(['up', 'down', 'unknown']);

const checkReply = z.object({
  id: z.string(),
  type: z.string(),
  state: health,
  cause: z.string(),
  last: z
    .object({
      at: time,
      result: z.enum(['ok', 'failed', 'none']).describe('none: nothing was learnt of the target'),
      cause: z.string(),
      milliseconds: z.number(),
      warning: z.string().optional().describe('What to know though all is well, as of a certificate that ends soon'),
      until: time.optional().describe('Until when a report counts'),
    })
    .nullable()
    .describe('The last observation'),
});

export const targetHealthReply = z.object({
  service: z.string(),
  group: z.string(),
  family,
  address: z.string(),
  sites: z
    .array(z.string())
    .describe('Sites that serve the VIP; with several, checks see only the one in whose catchment this server is'),
  state: health.describe('As checks see it'),
  since: time,
  cause: z.string(),
  change_at: time.optional().describe('When the state changes if checks go on as the last ones went'),
  last: z.enum(['up', 'down']).optional().describe('The last state that was not unknown'),
  latched: z
    .boolean()
    .describe(
      'It was down, and no operator has let it come back since (by auto or up); policies with failback: manual wait for that',
    ),
  effective: z
    .enum(targetStates)
    .describe(
      'What counts: what is forced, what a guard holds (held: usable again, but hosts do not come back yet), or was seen before this server was cut off',
    ),
  forced: z.boolean(),
  checks: z.array(checkReply),
});

export const healthReply = z.object({
  held: z
    .object({ since: time, cause: z.string() })
    .nullable()
    .describe('This server takes itself to be cut off: verdicts from before count, and nothing moves by itself'),
  references: z.array(checkReply).describe('Checks of things that are up whenever this server is well connected'),
  items: z.array(targetHealthReply),
});

export const verdictChangeReply = z.object({
  at: time,
  target: z.string(),
  before: health.optional(),
  after: health,
  cause: z.string(),
});

export const checkReportRequest = z
  .object({
    state: z.enum(['up', 'down']),
    reason,
    expires_in: duration.optional().describe('How long it counts; as the check says unless told otherwise'),
  })
  .strict();
