/** Moves over HTTP. */
import * as z from 'zod';
import { moveStatuses } from '../../control/moves/record.ts';
import { guardNames } from '../../steering/guards/rules.ts';
import { duration, family, name, reason, selectorFields, time } from '../schemas.ts';

const selector = z
  .object(selectorFields)
  .strict()
  .refine(
    (s) => Object.keys(s).length > 0,
    'name at least one of zone, service, group and glob; {"glob": "*"} is every host',
  );

export const moveBody = z
  .object({
    hosts: z.array(name).min(1).max(100_000).optional(),
    select: selector.optional(),
    to: name.describe('The group to move to'),
    families: z.array(family).min(1).max(2).optional().describe('Both unless told otherwise'),
    reason,
    at: time.optional().describe('When; now unless told otherwise'),
    expires_in: duration.optional().describe('After this, hosts go back to where they were'),
    prepare: z
      .union([z.literal(true), z.number().int().min(1).max(3600)])
      .optional()
      .describe('Serve this short TTL (seconds; true: 5) for one old TTL first, then switch'),
    hold: z
      .union([z.literal(0), duration])
      .optional()
      .describe('How long the old VIPs must keep serving after old answers have run out; 15 m unless told otherwise'),
    dry_run: z.boolean().optional().describe('Only say what it would do'),
    force: z.boolean().optional().describe('Do it though guards refuse it; the audit trail names them'),
  })
  .strict()
  .refine((m) => (m.hosts === undefined) !== (m.select === undefined), 'give either hosts or select');

export const answerSide = z.object({
  ipv4: z.object({ group: z.string(), answers: z.string().optional(), address: z.string().optional() }),
  ipv6: z.object({ group: z.string(), answers: z.string().optional(), address: z.string().optional() }),
  ttl: z.number(),
});

export const movedHost = z.object({
  name: z.string(),
  before: answerSide.optional().describe('Absent until a scheduled move is executed'),
  after: answerSide.optional(),
});

export const moveReply = z.object({
  id: z.number().optional().describe('Absent of a dry run'),
  kind: z.enum(['move', 'revert', 'return', 'expiry', 'host-gone']),
  status: z.enum(moveStatuses),
  of: z.number().optional().describe('The move that this one took back'),
  to: z.string().optional(),
  families: z.array(family),
  select: z.record(z.string(), z.string()).optional(),
  reason: z.string(),
  author: z.string(),
  created_at: time,
  at: time.optional(),
  prepare_ttl: z.number().optional(),
  switch_at: time.optional().describe('When new answers begin'),
  settles_at: time.optional().describe('When the last old answer has run out of caches that honour its TTL'),
  hold: z.number(),
  done_at: time.optional().describe('When the old VIPs need not serve any more'),
  expires_at: time.optional(),
  ended: z
    .object({ how: z.enum(['reverted', 'superseded', 'expired', 'cancelled']), at: time, by: z.number().optional() })
    .optional(),
  problem: z.string().optional(),
  guards: z
    .array(
      z.object({
        guard: z.enum(guardNames),
        refuses: z.boolean().describe('Not done unless forced; otherwise only a warning'),
        message: z.string(),
      }),
    )
    .optional()
    .describe('What guards say of it'),
  hosts: z.number(),
  kinds: z
    .array(
      z.object({ service: z.string(), policy: z.string(), hosts: z.number(), before: answerSide, after: answerSide }),
    )
    .describe('How hosts change, by kind'),
  changes: z.array(movedHost).optional().describe('The first 100 hosts; the rest at /v1/moves/{id}/hosts'),
  progress: z
    .object({
      elapsed: z.number().describe('0 to 1: the part of the time from the switch to settles_at that is over'),
      asked_again: z
        .number()
        .optional()
        .describe(
          '0 to 1, estimated from a sample: the part of the former query rate that has asked again since the switch',
        ),
      sampled: z.number().describe('Resolver and name pairs the estimate is from'),
    })
    .optional(),
});
