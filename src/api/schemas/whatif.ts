/** What goes over HTTP of what-ifs. */
import * as z from 'zod';
import { duration, family, selectorFields } from '../schemas.ts';

const thing = z.string().min(1).max(1024);
const group = z.string().min(1).max(1024).describe('A group, or of one family: GROUP/ipv4');

const change = z.union([
  z.strictObject({
    fail: thing.describe('site:ID, link:ID, group:ID, group:ID/ipv6 or target:SERVICE/GROUP/FAMILY'),
  }),
  z.strictObject({
    load: z.number().describe('How many times as much traffic, of everything or of one thing'),
    of: thing.optional().describe('link:ID, group:ID or group:ID/ipv6'),
  }),
  z.strictObject({
    move: z
      .strictObject({
        hosts: z.array(z.string().min(1).max(1024)).min(1).max(100_000).optional(),
        select: z
          .strictObject(selectorFields)
          .refine((s) => Object.keys(s).length > 0, 'name at least one of zone, service, group and glob')
          .optional(),
        to: z.string().min(1).max(1024),
        families: z.array(family).min(1).max(2).optional(),
        force: z.boolean().optional().describe('Though guards refuse it'),
      })
      .refine((m) => (m.hosts === undefined) !== (m.select === undefined), 'give either hosts or select'),
  }),
  z.strictObject({ invalid: group.describe('Its prefix becomes RPKI-invalid: GROUP, or of one family GROUP/ipv4') }),
  z.strictObject({ withdraw: group.describe('Its prefix is announced nowhere: GROUP, or of one family GROUP/ipv4') }),
  z.strictObject({
    add_ipv4: z.string().min(1).max(1024).describe('A group without IPv4 gets a prefix, and VIPs in it'),
    prefix: z.string().max(64).optional(),
  }),
]);

const UNITS = { k: 1e3, M: 1e6, G: 1e9, T: 1e12 } as const;

/** As capacities in network.yaml. */
const rate = z.union([
  z.number().min(1).max(1e15),
  z
    .string()
    .regex(/^\d{1,6}(\.\d{1,6})?[kMGT]$/, 'write bits per second, as 40G')
    .transform((text) => Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS]),
]);

/** How many times the capacity. */
const ratio = z.number().min(0.01).max(1000);

export const whatIfRequest = z.strictObject({
  changes: z.array(change).max(1000).default([]).describe('All happen at once'),
  n_1: z.boolean().default(false).describe('Also every single failure on top, worst first'),
  cascade: ratio
    .nullable()
    .default(1)
    .describe('A link that is loaded above so many times its capacity for 90 s is taken to fail next; null: none does'),
  limit: ratio.default(1).describe('A link above so many times its capacity is a problem'),
  traffic: rate
    .optional()
    .describe('Bits per second that enter in all, and leave, where no feed measures loads: a number, or 40G'),
  horizon: duration.default(7200).describe('The longest it goes on, in virtual time'),
});

const weight = z.object({ hosts: z.number(), queries: z.number().describe('Answers a second') });
const bits = z.object({ in: z.number(), out: z.number() }).describe('Bits per second');
const direction = z.enum(['in', 'out']);
const moved = z.object({
  service: z.string(),
  family,
  from: z.string().nullable().describe('The group that answers now; null: no answer'),
  to: z.string().nullable(),
  hosts: z.number().describe('With shares by client a part of each'),
  queries: z.number().describe('Answers a second'),
});

export const whatIfReply = z.object({
  problems: z
    .array(
      z.object({
        kind: z
          .enum(['over-limit', 'cascade', 'unserved', 'lost-traffic', 'unsettled', 'guarded', 'single', 'left-out'])
          .describe(
            'A link goes over the limit; one fails because of that; hosts are left with what is not usable; traffic has nowhere to go; it still changed at the end; a guard refuses a move, or a prefix; a single failure would do one of these',
          ),
        message: z.string(),
      }),
    )
    .describe('What should not be; empty when nothing speaks against it'),
  settled: z.boolean().describe('Nothing changed any more at the end'),
  lasted: z.number().describe('Seconds until the last change'),
  totals: z
    .object({ ipv4: weight, ipv6: weight })
    .describe('All there is, by family: a host counts in each that it has'),
  groups: z
    .array(
      z.object({
        group: z.string(),
        parent: z.string().nullable(),
        ipv4: z.object({ before: weight, after: weight }),
        ipv6: z.object({ before: weight, after: weight }),
      }),
    )
    .describe('What each group answers'),
  moved: z.array(moved).describe('From now to the end, most hosts first'),
  unserved: z
    .object({
      before: weight,
      after: weight,
      dead: weight.describe('Answered with a dead target'),
      last_resort: weight.describe('Nothing usable was found'),
    })
    .describe('Addresses of hosts that are answered with what is not usable, or not at all'),
  links: z
    .array(
      z.object({
        link: z.string(),
        site: z.string(),
        direction,
        capacity: z.number(),
        before: z.number(),
        after: z.number(),
        peak: z.number().describe('The most after any step'),
      }),
    )
    .describe('Bits per second; 0 before where no load is known'),
  sites: z.array(z.object({ site: z.string(), lost: z.boolean(), before: bits, after: bits })),
  lost: bits.describe('Bits per second that have nowhere to enter or leave'),
  steps: z
    .array(
      z.object({
        at: z.number().describe('Seconds after the changes'),
        cascades: z.array(z.object({ link: z.string(), ratio: z.number() })).describe('Links that fail in the wake'),
        changes: z
          .array(
            z.object({
              service: z.string(),
              policy: z.string(),
              group: z.string(),
              starts: z.array(z.string()),
              family,
              before: z.string(),
              after: z.string(),
              cause: z.string(),
            }),
          )
          .describe('As in decisions'),
        moved: z.array(moved).describe('By this step'),
        links: z.array(z.object({ link: z.string(), direction, load: z.number(), ratio: z.number() })),
        sites: z.array(z.object({ site: z.string(), in: z.number(), out: z.number() })),
        lost: bits,
      }),
    )
    .describe('Whenever something changed, with where traffic lands then'),
  dead: z.array(z.object({ target: z.string(), why: z.string() })).describe('Targets nobody answers at'),
  guards: z
    .array(
      z.object({
        guard: z.string(),
        about: z
          .string()
          .optional()
          .describe(
            'The target it holds, the group and family it closes, or the link that has too much; absent where it speaks of a move',
          ),
        at: z.number().describe('Seconds after the changes'),
        until: z.iso.datetime().optional(),
        refuses: z.boolean(),
        cause: z.string(),
      }),
    )
    .describe('Guards that spoke up'),
  findings: z
    .array(z.object({ kind: z.string(), group: z.string(), family, site: z.string().optional(), message: z.string() }))
    .describe('What would be found wrong with routes that is not now'),
  notes: z.array(z.string()).describe('What to know of how it was worked out'),
  singles: z
    .array(
      z.object({
        failure: z.string(),
        unserved: z.number().describe('Part of all queries, or of all hosts where nobody counts queries'),
        cascades: z.array(z.string()).describe('Links that fail in its wake'),
        worst: z
          .object({ link: z.string(), direction, ratio: z.number() })
          .optional()
          .describe('The highest load as a part of the capacity'),
        lost: z.number().describe('Bits per second'),
        moved: z.number().describe('Part of all, as unserved'),
        settled: z.boolean(),
      }),
    )
    .optional()
    .describe('With n_1: every single failure, worst first'),
  left_out: z.number().optional().describe('Single failures there was no time for'),
});
