/**
 * What goes over HTTP: requests and replies, as zod schemas from which validation, types and OpenAPI come. Times are ISO 8601 in UTC. Here is what all of them
 * share; the rest is by area in `schemas/`.
 */
import * as z from 'zod';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

const MOST_SECONDS = 366 * 86_400;

export const name = z.string().min(1).max(1024);

export const family = z.enum(['ipv4', 'ipv6']);

export const time = z.iso.datetime({ offset: true });

export const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  // It is shown in logs and terminals.
  .regex(/^\P{Cc}*$/u, 'write one line, without control characters')
  .describe('Why, for those who read the audit trail');

/** Seconds, as a number or as text: `90`, `"15m"`. */
export const duration = z
  .union([
    z.number().int().min(1),
    z.string().regex(/^[1-9]\d{0,8}[smhd]?$/, 'write seconds, or a number and s, m, h or d'),
  ])
  .transform((value) => {
    if (typeof value === 'number') return value;
    const unit = /[smhd]$/.exec(value)?.[0] as keyof typeof SECONDS | undefined;
    return Number.parseInt(value, 10) * (unit === undefined ? 1 : SECONDS[unit]);
  })
  .pipe(z.number().max(MOST_SECONDS))
  .describe('Seconds, or a number and s, m, h or d');

export const problemSchema = z
  .object({
    type: z.string().describe('urn:steerd:problem:<code>'),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ about: z.string(), message: z.string() })).optional(),
  })
  .describe('Problem details (RFC 9457)');

/** What hosts are selected by: all that are given must match. */
export const selectorFields = {
  zone: name.optional(),
  service: name.optional(),
  group: name.optional().describe('The group that either family is assigned to now'),
  glob: name.optional().describe('Over the host name: `*` any characters, `?` one'),
};

/** Every route may answer with a problem. */
export const problemReplies = { '4xx': problemSchema, '5xx': problemSchema } as const;

/** A list that is short enough to come whole. */
export function listOf<T extends z.ZodType>(item: T): z.ZodObject<{ items: z.ZodArray<T> }> {
  return z.object({ items: z.array(item) });
}

/** A page of a list. */
export function pageOf<T extends z.ZodType>(
  item: T,
): z.ZodObject<{ items: z.ZodArray<T>; next: z.ZodOptional<z.ZodString> }> {
  return z.object({
    items: z.array(item),
    next: z.string().optional().describe('Give this as `after` for the next page; absent on the last'),
  });
}

export const pageQuery = z.strictObject({
  after: z.string().max(2048).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
