/** Guards and freezes over HTTP. */
import * as z from 'zod';
import { guardNames } from '../../steering/guards/rules.ts';
import { directions } from '../../steering/network-data.ts';
import { duration, family, reason, time } from '../schemas.ts';
import { health } from './health.ts';

export const freezeReply = z.object({
  group: z.string().nullable().describe('null: all groups'),
  since: time,
  until: time,
  leave_dead: z.boolean(),
  reason: z.string(),
  author: z.string(),
});

export const freezeRequest = z
  .object({
    until: time.optional().describe('Until when; or `for`'),
    for: duration.optional().describe('How long'),
    leave_dead: z.boolean().default(false).describe('Hosts leave dead targets all the same'),
    reason,
  })
  .strict()
  .refine((f) => (f.until === undefined) !== (f.for === undefined), 'give either until or for');

const movedShares = z.object({ hosts: z.number(), queries: z.number() }).describe('Parts of all, 0 to 1');

export const guardsReply = z.object({
  freezes: z.array(freezeReply),
  holds: z.array(
    z.object({
      target: z.string(),
      guard: z.enum(guardNames),
      cause: z.string(),
      since: time,
      until: time.describe('When the guard looks again at the latest'),
      seen: health.describe('As checks see it'),
      counts: health.describe('As it counts: what it was when the guard began to hold it'),
    }),
  ),
  closed: z
    .array(
      z.object({
        group: z.string(),
        family,
        prefix: z.string(),
        guard: z.enum(guardNames),
        cause: z.string(),
        since: time,
      }),
    )
    .describe('Groups that take no new hosts by themselves'),
  limits: z
    .array(
      z.object({
        guard: z.enum(guardNames),
        site: z.string(),
        groups: z.array(z.string()).describe('Groups whose routes are part of it'),
        exceeded: z.boolean().describe('Beyond the limit, not only near it'),
        message: z.string(),
      }),
    )
    .describe('What sessions and routers of sites do not take, or hardly'),
  blast_radius: z
    .object({
      interval: z.number().describe('Seconds'),
      most: movedShares,
      moved: z.object({ ipv4: movedShares, ipv6: movedShares }),
    })
    .nullable()
    .describe('What changed its group by itself within the interval that ends now, and how much may; null: no limit'),
  diversions: z
    .array(
      z.object({
        target: z.string(),
        kind: z.enum(['shed', 'forced']).describe('A part of the hosts of a target that is up, or all of a dead one'),
        to: z.array(z.object({ group: z.string(), percent: z.number().describe("Of the target's hosts") })),
        since: time,
        cause: z.string(),
      }),
    )
    .describe('What load steering answers with other groups'),
  overloads: z
    .array(
      z.object({
        link: z.string(),
        direction: z.enum(directions),
        ratio: z.number().describe('Load as a part of the capacity, when it was looked at last'),
        since: time,
        cause: z.string().describe('Why what is too much stays'),
      }),
    )
    .describe('Links above their high watermark whose load has nowhere to go'),
  penalties: z
    .array(
      z.object({
        target: z.string().optional(),
        hosts: z
          .object({ service: z.string(), policy: z.string(), group: z.string(), family: z.string() })
          .optional()
          .describe('Hosts that moved by themselves, in place of a target'),
        penalty: z.number(),
        suppressed: z.boolean().describe('It was above the limit and has not come down far enough since'),
      }),
    )
    .describe('What was unsteady lately, the most unsteady first'),
});
