/** Why an answer is what it is, over HTTP. */
import * as z from 'zod';
import { guardNames } from '../../steering/guards/rules.ts';
import { family, time } from '../schemas.ts';
import { health } from './health.ts';
import { override } from './hosts.ts';

export const verdictReply = z
  .object({ state: z.enum(['up', 'down', 'unknown']), since: time, cause: z.string() })
  .describe('What health checks say, forced or not');

const holdReply = z.object({
  guard: z.enum(guardNames),
  cause: z.string(),
  since: time,
  until: time,
  counts: health.describe('What counts in the place of the verdict'),
});

export const familyAnswer = z.object({
  family,
  group: z.string().optional().describe('The group that answers; absent when the host has no such record'),
  address: z.string().optional(),
  ttl: z.number(),
  last_resort: z
    .enum(['last-good', 'declared'])
    .optional()
    .describe('No target was usable, so the one that was up until last answers, or the declared one'),
  withheld: z
    .enum(['servfail', 'nodata'])
    .optional()
    .describe('No target was usable, and the policy gives no answer then'),
  choice: z.enum(['ladder', 'nearest', 'weighted', 'split']).describe('How the policy chose where the ladder begins'),
  start: z.string().optional().describe('The group where it begins'),
  bucket: z
    .number()
    .optional()
    .describe("The slot of the host's name, or of the client's network, that chose the share: 0 to 65535"),
  shares: z
    .array(z.object({ start: z.string(), group: z.string(), percent: z.number(), why: z.string() }))
    .optional()
    .describe('How answers are shared out, over hosts or clients'),
  candidates: z.array(
    z.object({
      group: z.string(),
      state: z.string().optional(),
      forced: z.boolean(),
      verdict: verdictReply.optional(),
      hold: holdReply.optional().describe('The guard that keeps the verdict from counting'),
      reason: z.string(),
      contains_failed_site: z.boolean(),
      closed: z
        .object({ guard: z.enum(guardNames), cause: z.string(), since: time })
        .optional()
        .describe('The guard that speaks against new hosts here'),
    }),
  ),
  chain: z.string(),
});

const groups = z.object({ ipv4: z.string(), ipv6: z.string() });

export const pastAnswer = z.object({
  group: z.string().describe('The group the host was assigned to'),
  move: z.number().optional().describe('The move that had put it there'),
  answered: z.string().describe('The groups that answered'),
  since: time.optional().describe('The decision that made it so; absent when none so old is kept'),
  cause: z.string(),
});

const explainedClient = z
  .object({
    class: z.number().optional().describe("Of the policy's classes of clients; absent for a country"),
    groups: z.array(z.string()).describe('Groups that serve the client, best first'),
    holds_for: z
      .string()
      .optional()
      .describe('The network that gets the same answers: the scope of EDNS Client Subnet; absent for a country'),
  })
  .describe('The client asked about; absent where it makes no difference');

export const explainReply = z.object({
  name: z.string(),
  type: z.string(),
  generation: z
    .number()
    .optional()
    .describe('Of the plan that is answered from; absent of files that no server answers from'),
  steps: z
    .array(
      z.object({
        name: z.string(),
        zone: z.string().optional(),
        result: z.string(),
        wildcard: z.string().optional(),
        records: z.array(z.string()).optional(),
        service: z.string().optional(),
        policy: z.string().optional(),
        declared: groups.optional(),
        group: groups.optional(),
        override: z.object({ ipv4: override.optional(), ipv6: override.optional() }).optional(),
        families: z.object({ ipv4: familyAnswer.optional(), ipv6: familyAnswer.optional() }).optional(),
        client: explainedClient.optional(),
        next: z.string().optional(),
      }),
    )
    .describe('Names looked at on the way: more than one behind a CNAME or DNAME'),
  past: z
    .object({ at: time, name: z.string(), ipv4: pastAnswer, ipv6: pastAnswer })
    .optional()
    .describe(
      'With `at`: what the steered host that the steps end at was answered with then, by moves and decisions that are kept',
    ),
});
