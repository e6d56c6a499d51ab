/** What steerd.yaml says of dynamic updates: who may change which records, and how many. */
import * as z from 'zod';
import { domain, limit } from './setting-fields.ts';
import { networksOfRule, zonesOfRule } from './settings-access-schema.ts';
import { type NamePattern, parseNamePattern, updatableType } from './updated-fields.ts';

/** A pattern of names of `update.allow`. */
const updatedName = z
  .string()
  .transform((text, context): NamePattern => {
    const pattern = parseNamePattern(text);
    if (pattern !== undefined) return pattern;
    context.addIssue({ code: 'custom', message: `has "${text}", which is no name` });
    return z.NEVER;
  })
  .meta({ examples: ['_acme-challenge.*'] });

/** A type of `update.allow`. */
const updatedType = z
  .string()
  .transform((text, context): number => {
    const type = updatableType(text);
    if (type !== undefined) return type;
    context.addIssue({ code: 'custom', message: `has "${text}", which is no type that updates may have` });
    return z.NEVER;
  })
  .meta({ examples: ['TXT'] });

export const update = z.strictObject({
  allow: z
    .array(
      z.strictObject({
        zones: zonesOfRule,
        keys: z
          .array(domain)
          .min(1)
          .describe('TSIG keys, one of which signs it')
          .meta({ examples: [['acme']] }),
        networks: networksOfRule,
        names: z
          .array(updatedName)
          .min(1)
          .optional()
          .describe(
            'Names it may change, completed by the zone unless they end with a dot; `*` is any number of labels, also none, `@` the zone itself, `self` the name of the key, `subdomains` that and all below it; all names when left out',
          )
          .meta({ examples: [['_acme-challenge.*']] }),
        types: z
          .array(updatedType)
          .min(1)
          .optional()
          .describe(
            'Types of records it may change; when left out, all but those that only files have: SOA, NS, DS, DNAME, STEER and what DNSSEC makes',
          )
          .meta({ examples: [['TXT']] }),
      }),
    )
    .default([])
    .describe('Who may change which records by dynamic updates: whoever one of these rules is true of, nobody else')
    .meta({ examples: [[{ keys: ['acme'], names: ['_acme-challenge.*'], types: ['TXT'] }]] }),
  per_name: limit
    .default(100)
    .describe('Records that updates may make at one name')
    .meta({ examples: [100] }),
  per_zone: limit
    .default(10_000)
    .describe('Records that updates may make in a zone')
    .meta({ examples: [10_000] }),
  per_key: limit
    .default(10_000)
    .describe('Records that the updates of one key may make in a zone')
    .meta({ examples: [10_000] }),
});
