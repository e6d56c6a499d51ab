/** What network.yaml says of where traffic enters and leaves. */
import * as z from 'zod';
import { duration } from './duration.ts';
import { idName } from './id-name.ts';

/** Bits per second: a number, or with a decimal unit (SI, as interfaces are sold). */
const UNITS = { k: 1e3, M: 1e6, G: 1e9, T: 1e12 } as const;
const RATE = /^(\d+(?:\.\d+)?)([kMGT])$/;

const MOST = 1e15;

const rateText = z
  .string()
  .regex(RATE)
  .transform((value) => {
    const [, count, unit] = RATE.exec(value) as unknown as [string, string, keyof typeof UNITS];
    return Number(count) * UNITS[unit];
  })
  .refine((bits) => bits >= 1 && bits <= MOST, 'must be more than nothing, and no more than 1000T');
const rateNumber = z.number().min(1).max(MOST);
const rate = z.union([rateText, rateNumber]).meta({ examples: ['10G'] });

const percent = z.number().min(1).max(100);

const link = z
  .strictObject({
    site: z
      .string()
      .describe('The site it is of')
      .meta({ examples: ['zrh'] }),
    capacity: z
      .union([
        rateText,
        rateNumber,
        z.strictObject({
          in: rate.describe('Bits per second that can enter the site'),
          out: rate.describe('Bits per second that can leave it'),
        }),
      ])
      .describe('Bits per second, with k, M, G or T: 10G; {in: …, out: …} where they differ')
      .meta({ examples: ['10G'] }),
    high: percent
      .default(80)
      .describe('Percent of the capacity that its load should not exceed')
      .meta({ examples: [80] }),
    low: percent
      .default(60)
      .describe('Percent of the capacity below which it has room again')
      .meta({ examples: [60] }),
  })
  .describe('Where traffic enters and leaves a site: a transit, a port to peers');

export const links = z.record(idName, link).default({}).describe('Links of sites by id, with what they carry');

export const catchment = z
  .record(idName, z.record(idName, z.number().min(0).max(1_000_000)))
  .default({})
  .describe(
    'By group how its traffic is shared out among the sites that announce it, as weights by site; equal unless told otherwise, and what a feed measures goes before it',
  )
  .meta({ examples: [{ europe: { zrh: 2, gva: 1, fra: 3 } }] });

export const loadSteering = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Whether loads of links move hosts'),
    step: z
      .number()
      .min(0.1)
      .max(50)
      .default(10)
      .describe('Percent of what a link carries that one step sheds at the most, and of the hosts of any target')
      .meta({ examples: [10] }),
    interval: duration(10_000)
      .prefault('5m')
      .describe('From one step to the next at least; never shorter than the TTL of what was shed')
      .meta({ examples: ['5m'] }),
  })
  .describe('What links above their high watermark shed to other groups');

export type LoadSteeringFile = z.output<typeof loadSteering>;
export type LinksFile = z.output<typeof links>;
export type CatchmentFile = z.output<typeof catchment>;
