/** The audit trail, decisions, tokens and reloads over HTTP. */
import * as z from 'zod';
import { roles } from '../../control/tokens.ts';
import { duration, family, time } from '../schemas.ts';

export const auditReply = z.object({
  at: time,
  author: z.string(),
  action: z.string(),
  about: z.string(),
  reason: z.string().optional(),
});

export const decisionReply = z.object({
  at: time,
  generation: z.number(),
  service: z.string(),
  policy: z.string(),
  group: z.string().describe('The group hosts are assigned to'),
  starts: z
    .array(z.string())
    .describe('Where their ladder begins: the group nearest to some clients, or all groups that share'),
  family,
  before: z.string().describe('The groups that answered'),
  after: z.string().describe('The groups that answer'),
  cause: z.string().describe('The chain of reasons'),
});

export const tokenReply = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  created_at: time,
  expires_at: time.optional(),
  revoked_at: time.optional(),
});

export const tokenRequest = z
  .object({
    name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'write letters, digits, dots, dashes and underscores'),
    role: z.enum(roles),
    expires_in: duration.optional(),
  })
  .strict();

export const reloadReply = z.object({
  ok: z.boolean(),
  generation: z.number().describe('Rises with every publication'),
  zones: z.number(),
});
