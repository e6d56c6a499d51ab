/** The shape of policies in network.yaml. */
import * as z from 'zod';
import { MAX_TTL } from '../wire/constants.ts';
import { idName } from './id-name.ts';

const ttl = z.int().min(0).max(MAX_TTL);
const groupId = idName.meta({ examples: ['europe'] });

const choice = z
  .union([
    z.enum(['ladder', 'nearest']),
    z.strictObject({
      weighted: z
        .record(groupId, z.number().min(0).max(1_000_000))
        .optional()
        .describe('Weights by group: answers are shared out in proportion among the groups that are usable')
        .meta({ examples: [{ europe: 3, anycast: 1 }] }),
      split: groupId.optional().describe('A group that gets a part of the answers; `rest` says where the others go'),
      percent: z
        .number()
        .min(0)
        .max(100)
        .optional()
        .describe('How much `split` gets: 0 to 100. What it has it keeps when the number grows')
        .meta({ examples: [10] }),
      by: z
        .enum(['host', 'client'])
        .default('host')
        .describe('What is shared out: hosts (each is answered alike everywhere), or networks of clients (/24 and /56)')
        .meta({ examples: ['host'] }),
      rest: z
        .enum(['ladder', 'nearest'])
        .default('ladder')
        .describe('Of `split`: how the others are answered')
        .meta({ examples: ['nearest'] }),
    }),
  ])
  .describe(
    'Where the ladder of a host begins: `ladder` at its group; `nearest` at the most specific group that serves the client, of its group and those below; or shares',
  )
  .meta({ examples: ['nearest'] });

const lastResortWord = z.enum(['last_good', 'declared', 'servfail']);

export const policySchema = z
  .strictObject({
    ttl: ttl
      .default(60)
      .describe('Seconds; for hosts that name no TTL of their own')
      .meta({ examples: [60] }),
    ttl_min: ttl
      .optional()
      .describe(
        'No TTL is below this, and none is shortened below it when a change is near (10 s unless told otherwise)',
      )
      .meta({ examples: [10] }),
    ttl_max: ttl
      .optional()
      .describe('No TTL is above this')
      .meta({ examples: [300] }),
    choice: choice.default('ladder'),
    ipv4: z
      .union([
        z.enum(['nearest', 'shared', 'specific', 'none']),
        z.strictObject({ at_least: groupId.describe('A is never of a more specific group than this') }),
      ])
      .default('nearest')
      .describe(
        'Whose IPv4 hosts get: `nearest` of the nearest group up the ladder that has it, `shared` of the top of the ladder, `specific` of exactly their group, `none`, or { at_least: europe }',
      )
      .meta({ examples: ['nearest'] }),
    last_resort: z
      .union([
        lastResortWord,
        z.strictObject({
          all: lastResortWord.default('last_good').describe('What is answered when no target is usable'),
          ipv6: z
            .enum(['answer', 'nodata'])
            .default('answer')
            .describe('`nodata` leaves AAAA out then, for clients that would not try IPv4 by themselves')
            .meta({ examples: ['nodata'] }),
        }),
      ])
      .default('last_good')
      .describe(
        'What is answered when no target is usable: `last_good` the one that was until last, else the declared one; `declared` as if all were up; `servfail` a failure',
      )
      .meta({ examples: ['declared'] }),
    unknown: z
      .enum(['last', 'up', 'down', 'unknown'])
      .default('last')
      .describe(
        'What a target counts as whose state is not known: `last` what it was before, else up; `unknown` worse than up, better than drained',
      )
      .meta({ examples: ['up'] }),
    failback: z
      .enum(['auto', 'manual'])
      .default('auto')
      .describe('`manual`: a target that was down is used again only when an operator forces it `up` or `auto`')
      .meta({ examples: ['manual'] }),
  })
  .describe('How hosts are steered');

export type PolicyFile = z.output<typeof policySchema>;
