/** What steerd.yaml says of who may do what: the rules that names, transfers, notifications and updates have, by zone, network and key; and who may ask for names. */
import * as z from 'zod';
import { domain, network } from './setting-fields.ts';

export const zonesOfRule = z
  .array(domain)
  .min(1)
  .optional()
  .describe('Zones it is about; all when left out')
  .meta({ examples: [['example.net']] });

export const networksOfRule = z
  .array(network)
  .min(1)
  .optional()
  .describe('Networks and addresses it comes from; any when left out')
  .meta({ examples: [['192.0.2.53']] });

const keysOfRule = z
  .array(domain)
  .min(1)
  .optional()
  .describe('TSIG keys, one of which signs it; none is asked for when left out')
  .meta({ examples: [['xfr']] });

/** Whoever all of this is true of. */
export const who = { networks: networksOfRule, keys: keysOfRule };
/** Of which zones, and who. */
export const rule = { zones: zonesOfRule, ...who };

/** A rule must say something of who asks. */
export function saysWho({ networks, keys }: { networks?: unknown; keys?: unknown }): boolean {
  return networks !== undefined || keys !== undefined;
}
export const SAYS_WHO = 'needs networks or keys';

export const access = z
  .array(z.strictObject(rule).refine(saysWho, SAYS_WHO))
  .default([])
  .describe(
    'Who may ask for names of which zones: a zone that rules are about answers to whoever one of them is true of, every other zone to everybody',
  )
  .meta({ examples: [[{ zones: ['example.net'], networks: ['192.0.2.0/24'] }]] });
