/** What dynamic updates have made, as the API has it. */
import * as z from 'zod';
import { pageQuery, reason } from '../schemas.ts';

export const updateReply = z.object({
  zone: z.string(),
  owner: z.string(),
  type: z.string(),
  ttl: z.number().int(),
  records: z.array(z.string()).describe('Data, as in a zone file'),
  key: z.string().describe('The TSIG key that changed it last'),
  at: z.string().describe('When'),
  hidden: z
    .object({
      by: z.string().describe('The record of the file that hides it, or that the zone comes from another server'),
      file: z.string(),
      line: z.number().int().describe('0 where it is not known'),
    })
    .optional()
    .describe('Why it is not answered; absent when it is'),
});

export const updatesQuery = pageQuery.extend({ zone: z.string().max(1024).optional() });

export const removeUpdatesQuery = z.strictObject({
  zone: z.string().min(1).max(1024),
  owner: z.string().min(1).max(1024).optional().describe('Only of this name'),
  type: z.string().min(1).max(20).optional().describe('Only of this type'),
  reason,
});

export const removedReply = z.object({ removed: z.number().int().describe('RRsets that are no more') });
