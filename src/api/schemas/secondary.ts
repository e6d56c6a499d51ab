/** Zones that come from other servers, over HTTP. */
import * as z from 'zod';
import { secondaryStates } from '../../transfer/incoming/messages.ts';
import { reason, time } from '../schemas.ts';

export const secondaryReply = z.object({
  name: z.string(),
  state: z
    .enum(secondaryStates)
    .describe(
      'waiting: nothing has come yet. current: the primary had nothing newer. failing: it could not be asked, or what it sent was not taken; what came before is answered. expired: that is too old, and nothing is answered',
    ),
  primary: z.string().describe('The primary that was asked last'),
  serial: z.number().optional().describe('The serial that came from it; absent as long as nothing has'),
  served: z.number().optional().describe('The serial that is answered: newer than that where something stands above'),
  checked_at: time.optional().describe('When the primary was last known to have nothing newer'),
  next_at: time.describe('When it is asked again, unless it speaks before'),
  expires_at: time.optional().describe('When what is here is too old, if the primary can not be asked until then'),
  retransfer: z
    .boolean()
    .describe(
      'Whether the whole zone is wanted, as an operator asked for, and has not come yet: it is tried until it has',
    ),
  problem: z.string().optional().describe('Why not all is well'),
});

export const secondaryRequest = z
  .object({
    whole: z.boolean().default(false).describe('Transfer the whole zone, whatever its serial'),
    reason: reason.optional(),
  })
  .strict();
