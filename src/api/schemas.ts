/** What goes over HTTP: requests and replies, as zod schemas from which validation, types and OpenAPI come. Times are ISO 8601 in UTC. */
import * as z from 'zod';
import { moveStatuses } from '../control/moves/record.ts';
import { roles } from '../control/tokens.ts';
import { guardNames } from '../steering/guards/rules.ts';
import { targetStates } from '../steering/model.ts';
import { directions } from '../steering/network-data.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const MOST_SECONDS = 366 * 86_400;

const name = z.string().min(1).max(1024);
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

const override = z.object({
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

export const targetState = z.object({
  state: z.enum(['up', 'down', 'drained', 'auto']),
  reason: z.string().optional(),
  author: z.string().optional(),
  since: time.optional(),
  expires_at: time.optional(),
});

export const stateRequest = z
  .object({ state: z.enum(['up', 'down', 'drained', 'auto']), reason, expires_in: duration.optional() })
  .strict();

export const groupReply = z.object({
  id: z.string(),
  parent: z.string().nullable(),
  routing: z.object({ ipv4: z.string(), ipv6: z.string() }),
  prefixes: z.object({ ipv4: z.string().optional(), ipv6: z.string().optional() }),
  instances: z.array(z.string()),
  fallback: z.array(z.string()),
  forced: targetState.nullable(),
  answers: z.object({ ipv4: z.number(), ipv6: z.number() }).describe('Hosts answered with its VIPs now'),
});

export const serviceReply = z.object({
  id: z.string(),
  targets: z.array(
    z.object({
      group: z.string(),
      family,
      address: z.string(),
      state: z.enum(targetStates).describe('held: usable again, but a guard does not let hosts come back yet'),
      forced: z.boolean(),
    }),
  ),
});

export const zoneReply = z.object({
  name: z.string(),
  file: z.string(),
  serial: z.number(),
  hosts: z.number(),
  records: z.number(),
});

export const withdrawableReply = z.object({
  group: z.string(),
  withdrawable: z.boolean(),
  blockers: z.array(
    z.object({
      family,
      kind: z.enum(['answers', 'fallback', 'record', 'recent', 'shared-prefix']),
      detail: z.string(),
      hosts: z.number().optional(),
      until: time.optional(),
    }),
  ),
});

const health = z.enum(['up', 'down', 'unknown']);

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

export const feedReply = z.object({
  id: z.string(),
  source: z.string().describe('Where it is read'),
  state: z
    .enum(['waiting', 'ok', 'failing', 'stale'])
    .describe(
      'waiting: the first attempt is under way. failing: the last attempt failed, and what was read before counts on. stale: what was read is too old, or nothing was; nothing new is decided by it, and what was decided holds',
    ),
  since: time,
  why: z.string().optional().describe('Why it is not ok'),
  observed_at: time.optional().describe('Of which time its newest data are; absent as long as there are none'),
  stale_at: time.optional().describe('When they are stale, if nothing newer comes'),
  next_at: time
    .optional()
    .describe('The next attempt; absent while one is under way, and where a connection stays open'),
  attempts: z.number(),
  failures: z.number().describe('Attempts that failed'),
  notes: z.record(z.string(), z.union([z.string(), z.number()])).describe('What else is known of it, by kind of feed'),
});

export const feedsReply = z.object({
  items: z.array(feedReply),
  routes: z
    .array(
      z.object({
        group: z.string(),
        family,
        prefix: z.string(),
        validity: z
          .object({ state: z.enum(['valid', 'invalid', 'not-found']), cause: z.string(), stale: z.boolean() })
          .nullable()
          .describe('Route origin validation (RFC 6811); null where nothing is known'),
        announced: z
          .array(
            z.object({
              site: z.string(),
              expected: z.boolean().describe("Whether the group's announce has the site"),
              as: z
                .enum(['exact', 'aggregate', 'part', 'none', 'unknown'])
                .describe('As it is; by a shorter prefix; only longer ones in it; not; or nobody has said lately'),
            }),
          )
          .nullable()
          .describe('By site how it is announced; null where nobody observes it'),
      }),
    )
    .describe("What is known of each group's prefix"),
  links: z
    .array(
      z.object({
        link: z.string(),
        site: z.string(),
        direction: z.enum(['in', 'out']),
        load: z.number().describe('Bits per second'),
        capacity: z.number().describe('Bits per second'),
        ratio: z.number().describe('The load as a part of the capacity'),
        observed_at: time,
        stale: z.boolean(),
      }),
    )
    .describe('Loads of links, as far as they are known'),
  catchments: z
    .array(
      z.object({
        group: z.string(),
        family,
        shares: z
          .record(z.string(), z.number())
          .describe('By site the part of its traffic that enters there; together 1'),
        observed_at: time,
        stale: z.boolean(),
      }),
    )
    .describe('Where the traffic of groups was measured to enter'),
  findings: z
    .array(
      z.object({
        kind: z.enum(['invalid', 'not-found', 'unannounced', 'unexpected', 'stuck']),
        group: z.string(),
        family,
        site: z.string().optional(),
        message: z.string(),
      }),
    )
    .describe('What is wrong with routes'),
});

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

export const ipamReply = z.object({
  prefixes: z
    .array(
      z.object({
        prefix: z.string(),
        family,
        groups: z.array(z.string()).describe('More than one where it is shared'),
        bits: z.number().describe('2 to this power addresses'),
        used: z.number().describe('Addresses that are VIPs'),
        free: z.number().describe('IPv6: rounded'),
      }),
    )
    .describe('Each distinct prefix'),
  routing: z
    .array(
      z.object({
        routing: z.enum(['anycast', 'important', 'lazy', 'group-lazy']),
        family,
        groups: z.number(),
        prefixes: z.number().describe('Distinct prefixes that groups of this routing have'),
        shared: z.number().describe('Of these, how many another routing has too'),
      }),
    )
    .describe('What each routing costs'),
  broader: z
    .array(
      z.object({
        service: z.string(),
        policy: z.string(),
        ipv4: z.string(),
        ipv6: z.string(),
        hosts: z.number(),
        steps: z.number().describe('Groups that IPv4 is up the ladder from IPv6'),
      }),
    )
    .describe('Hosts whose A is of a broader group than their AAAA, when all is up; most hosts first'),
  gains: z
    .array(
      z.object({
        group: z.string(),
        routing: z.enum(['anycast', 'important', 'lazy', 'group-lazy']),
        needs: z
          .enum(['own', 'shared'])
          .describe('A prefix of its own, or VIPs in one that is announced everywhere already'),
        from: z.record(z.string(), z.number()).describe('Hosts by the group that their A is of now'),
        hosts: z.number().describe('Hosts whose A would be of this group'),
        queries: z.number().optional().describe('AAAA queries of these hosts since the start, estimated'),
        share: z.number().optional().describe('Of all AAAA queries'),
      }),
    )
    .describe('What an IPv4 prefix would change, for each group without one; most to gain first'),
  sites: z
    .array(
      z.object({
        site: z.string(),
        prefixes: z
          .array(z.object({ prefix: z.string(), family, groups: z.array(z.string()) }))
          .describe('Covering prefixes, to transits and peers'),
        host_routes: z
          .array(z.object({ route: z.string(), family, service: z.string(), group: z.string() }))
          .describe("Host routes, to the site's own routers"),
      }),
    )
    .describe('What each site announces'),
  objects: z
    .array(
      z.object({
        prefix: z.string(),
        family,
        origin: z.number(),
        groups: z.array(z.string()),
        rpsl: z.string().describe('A route or route6 object'),
        roa: z.object({ prefix: z.string(), maxLength: z.number(), asn: z.number() }),
      }),
    )
    .describe('What each prefix needs in the registries; none where origin_as is not set'),
});

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

export const reloadReply = z.object({
  ok: z.boolean(),
  generation: z.number().describe('Rises with every publication'),
  zones: z.number(),
});

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
