/** Hosts and their zones over HTTP. */
import * as z from 'zod';
import { time } from '../schemas.ts';

export const override = z.object({
  group: z.string(),
  move: z.number(),
  reason: z.string(),
  author: z.string(),
  expires_at: time.optional(),
});

export const hostReply = z.object({
  name: z.string(),
  zone: z.string(),
  service: z.string(),
  policy: z.string(),
  ttl: z.number(),
  declared: z.object({ ipv4: z.string(), ipv6: z.string() }),
  effective: z.object({ ipv4: z.string(), ipv6: z.string() }),
  override: z.object({ ipv4: override.optional(), ipv6: override.optional() }).nullable(),
  a: z.array(z.string()),
  aaaa: z.array(z.string()),
  reasons: z.object({ ipv4: z.string(), ipv6: z.string() }).describe('The chain of reasons by family'),
});

export const zoneReply = z.object({
  name: z.string(),
  file: z.string(),
  serial: z.number(),
  hosts: z.number(),
  records: z.number(),
});
